package emulha.emulharcv.stores;

import emulha.files.LockedFile;
import emulha.wire.Message;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Where checkpoints are kept, as named on the command line. */
public interface StoreLocation {
  /** A text that may name a store, without the password in it. */
  static String masked(String text) {
    return text.replaceAll("(redis://[^:@/?#\\s]*:)[^\\s]*@", "$1***@");
  }

  /**
   * Reads what the command line takes.
   *
   * @throws IllegalArgumentException if it is something else; the message lists what there is
   */
  static StoreLocation parse(String text) {
    int colon = text.indexOf(':');
    String name = colon < 0 ? text : text.substring(0, colon);
    String rest = colon < 0 ? "" : text.substring(colon + 1);
    for (StoreKind kind : StoreKind.all()) {
      StoreLocation location = kind.name().equals(name) ? kind.locate(text, rest) : null;
      if (location != null) {
        return location;
      }
    }
    throw new IllegalArgumentException(
        "unknown store '" + masked(text) + "'; available: " + StoreKind.SYNTAX);
  }

  /** What kind of store it is. */
  StoreKind kind();

  /** Opens the store for these VMs, and makes it if there is none; {@code log} takes warnings. */
  Opened open(List<Message.Vm> vms, Consumer<String> log) throws IOException;

  /** Opens a store that is there; the wanted checkpoint, or null for the last. */
  Opened existing(@Nullable Long wanted, Consumer<String> log) throws IOException;

  /** A text about a failure without what tells where this store is. */
  default String hiddenIn(String text) {
    return text;
  }

  /**
   * Rebuilds the images from a store that no receiver uses, and writes each as {@code emulharcv
   * --image-out} does: several as {@code OUT.0}, {@code OUT.1}, ….
   *
   * @param wanted number of the checkpoint, -1 for the base; null for the last
   * @param log takes warnings
   * @return by VM, what was written
   * @throws IllegalArgumentException if the store does not outlive its receiver
   * @throws DamagedStoreException if the store cannot prove that checkpoint; nothing is written
   * @throws IOException if it is in use, or holds no whole checkpoint
   */
  default List<ImageDescription> recover(Path out, @Nullable Long wanted, Consumer<String> log)
      throws IOException {
    long start = System.nanoTime();
    try (Opened opened = existing(wanted, log)) {
      FailOverImages images = opened.store().images();
      if (wanted != null && images.checkpoint() != wanted) {
        throw new IOException(
            "%s: does not hold what is asked for, but %s"
                .formatted(this, FailOverImages.name(images.checkpoint())));
      }
      if (images.checkpoint() == Message.NOTHING) {
        throw new IOException(this + ": it holds no whole checkpoint");
      }
      long recoveryNs = System.nanoTime() - start;
      List<ImageDescription> written = new ArrayList<>();
      for (int vm = 0; vm < images.vms().size(); vm++) {
        ImageDescription description =
            ImageDescription.of(images, vm, null, recoveryNs, "recovered from " + kind().name());
        description.write(images, vm, out);
        written.add(description);
      }
      return written;
    }
  }

  /** An open store, which nobody else uses. */
  record Opened(CheckpointStore store, List<LockedFile> locks) implements AutoCloseable {
    @Override
    public void close() throws IOException {
      try {
        store.close();
      } finally {
        for (LockedFile lock : locks) {
          lock.close();
        }
      }
    }
  }
}
