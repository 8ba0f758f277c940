package emulha.emulharcv.stores;

import emulha.codecs.Method;
import emulha.files.LockedFile;
import emulha.wire.Message;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Where checkpoints are kept, as named on the command line. */
public sealed interface StoreLocation {
  /** What the command line takes. */
  String SYNTAX =
      "ram, file:DIR, redis://HOST:PORT[/DB][?prefix=NAME&password-file=FILE], criu:DIR, criu-naive:DIR";

  /** The receiver's RAM: the paper's store. */
  record Ram() implements StoreLocation {
    @Override
    public String kind() {
      return "ram";
    }
  }

  /** Images in files, see {@link FileStore}. */
  record Files(Path directory) implements StoreLocation {
    @Override
    public String kind() {
      return "file";
    }
  }

  /** A Redis server, see {@link RedisStore}. */
  record Redis(RedisServerLocation server) implements StoreLocation {
    /** A server and prefix for these keys. */
    @Override
    public String toString() {
      return server.toString();
    }

    @Override
    public String kind() {
      return "redis";
    }
  }

  /** Directories of images, see {@link CriuStore}. */
  record Criu(Path directory, boolean naive) implements StoreLocation {
    @Override
    public String kind() {
      return naive ? "criu-naive" : "criu";
    }
  }

  /** A text that may name a store, without the password in it. */
  static String masked(String text) {
    return text.replaceAll("(redis://[^:@/?#\\s]*:)[^\\s]*@", "$1***@");
  }

  /** The kind's name, for results. */
  String kind();

  /**
   * Reads what the command line takes.
   *
   * @throws IllegalArgumentException if it is something else; the message lists what there is
   */
  static StoreLocation parse(String text) {
    int colon = text.indexOf(':');
    String kind = colon < 0 ? text : text.substring(0, colon);
    String rest = colon < 0 ? "" : text.substring(colon + 1);
    if (text.equals("ram")) {
      return new Ram();
    }
    if (!rest.isEmpty()) {
      switch (kind) {
        case "redis" -> {
          RedisServerLocation server = RedisServerLocation.parse(text);
          if (server != null) {
            return new Redis(server);
          }
        }
        case "file" -> {
          return new Files(Path.of(rest));
        }
        case "criu" -> {
          return new Criu(Path.of(rest), false);
        }
        case "criu-naive" -> {
          return new Criu(Path.of(rest), true);
        }
        default -> {}
      }
    }
    throw new IllegalArgumentException(
        "unknown store '" + masked(text) + "'; available: " + SYNTAX);
  }

  /**
   * Refuses a method whose checkpoints the store cannot keep.
   *
   * @throws IllegalArgumentException with the reason
   */
  default void require(Method method) {
    if (this instanceof Redis && !method.decodesPagesAlone()) {
      throw new IllegalArgumentException(
          "the store redis keeps each page as it was sent, but '%s' encodes pages together; use a"
                  .formatted(method)
              + " method that encodes each alone, such as none, gzip, lz4, zstd, delta or prefix");
    }
  }

  /**
   * Rebuilds the images from a store that no receiver uses, and writes each as {@code emulharcv
   * --image-out} does: several as {@code OUT.0}, {@code OUT.1}, ….
   *
   * @return by VM, what was written
   * @throws IllegalArgumentException if the store does not outlive its receiver
   * @throws IOException if it is damaged, in use, or holds no whole checkpoint
   */
  default List<ImageDescription> recover(Path out) throws IOException {
    return recover(out, null, line -> {});
  }

  /**
   * {@link #recover(Path)} of a certain checkpoint.
   *
   * @param wanted number of the checkpoint, -1 for the base; null for the last
   * @param log takes warnings
   * @throws DamagedStoreException if the store cannot prove that checkpoint; nothing is written
   */
  default List<ImageDescription> recover(Path out, @Nullable Long wanted, Consumer<String> log)
      throws IOException {
    long start = System.nanoTime();
    try (Opened opened = Opened.existing(this, wanted, log)) {
      FailOverImages images = opened.store().images();
      if (wanted != null && images.checkpoint() != wanted) {
        throw new IOException(
            "%s: does not hold what is asked for, but checkpoint %d"
                .formatted(this, images.checkpoint()));
      }
      if (images.checkpoint() == Message.NOTHING) {
        throw new IOException(this + ": it holds no whole checkpoint");
      }
      long recoveryNs = System.nanoTime() - start;
      List<ImageDescription> written = new ArrayList<>();
      for (int vm = 0; vm < images.vms().size(); vm++) {
        ImageDescription description =
            ImageDescription.of(images, vm, null, recoveryNs, "recovered from " + kind());
        description.write(images, vm, ImageDescription.fileOf(out, vm, images.vms().size()));
        written.add(description);
      }
      return written;
    }
  }

  /** An open store, which nobody else uses. */
  record Opened(CheckpointStore store, List<LockedFile> locks) implements AutoCloseable {
    /** Opens the store for these VMs, and makes it if there is none. */
    public static Opened of(StoreLocation location, List<Message.Vm> vms) throws IOException {
      return of(location, vms, line -> {});
    }

    /** The same, with a place for warnings. */
    public static Opened of(StoreLocation location, List<Message.Vm> vms, Consumer<String> log)
        throws IOException {
      return switch (location) {
        case Ram() -> new Opened(new RamStore(vms), List.of());
        case Redis(RedisServerLocation server) ->
            new Opened(RedisStore.of(server, vms, log), List.of());
        case Files(Path directory) ->
            locked(
                directory,
                () -> {
                  StoreDescription.prepare(directory, FileStore.FORMAT, vms);
                  return new FileStore(directory, vms, null);
                });
        case Criu(Path directory, boolean naive) ->
            locked(
                directory,
                () -> {
                  StoreDescription.prepare(directory, CriuStore.format(naive), vms);
                  return new CriuStore(directory, vms, naive, null);
                });
      };
    }

    /** Opens a store that is there. */
    static Opened existing(StoreLocation location, @Nullable Long wanted, Consumer<String> log)
        throws IOException {
      return switch (location) {
        case Ram() ->
            throw new IllegalArgumentException(
                "the store ram ends with its receiver; what can be recovered are the others of "
                    + SYNTAX);
        case Redis(RedisServerLocation server) ->
            new Opened(RedisStore.existing(server, log), List.of());
        case Files(Path directory) -> {
          List<Message.Vm> vms = StoreDescription.of(directory, FileStore.FORMAT);
          yield locked(directory, () -> new FileStore(directory, vms, wanted));
        }
        case Criu(Path directory, boolean naive) -> {
          List<Message.Vm> vms = StoreDescription.of(directory, CriuStore.format(naive));
          yield locked(directory, () -> new CriuStore(directory, vms, naive, wanted));
        }
      };
    }

    private interface Opening {
      CheckpointStore open() throws IOException;
    }

    private static Opened locked(Path directory, Opening opening) throws IOException {
      LockedFile lock = StoreDescription.lock(directory);
      try {
        return new Opened(opening.open(), List.of(lock));
      } catch (IOException | RuntimeException | Error e) {
        lock.close();
        throw e;
      }
    }

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
