package emulha.emulharcv;

import emulha.codecs.Method;
import emulha.replication.Message;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Where checkpoints are kept, as named on the command line. */
public sealed interface StoreLocation {
  /** What the command line takes. */
  String SYNTAX = "ram, file:DIR, redis://HOST:PORT, criu:DIR, criu-naive:DIR";

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
  record Redis(URI server) implements StoreLocation {
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
          URI server = redis(text);
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
    throw new IllegalArgumentException("unknown store '" + text + "'; available: " + SYNTAX);
  }

  private static @Nullable URI redis(String text) {
    try {
      URI server = new URI(text);
      return server.getHost() == null || server.getPort() < 1 ? null : server;
    } catch (URISyntaxException e) {
      return null;
    }
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
    long start = System.nanoTime();
    try (Opened opened = Opened.existing(this)) {
      FailOverImages images = opened.store().images();
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
  record Opened(CheckpointStore store, List<FileChannel> locks) implements AutoCloseable {
    /** Opens the store for these VMs, and makes it if there is none. */
    static Opened of(StoreLocation location, List<Message.Vm> vms) throws IOException {
      return switch (location) {
        case Ram() -> new Opened(new RamStore(vms), List.of());
        case Redis(URI server) -> new Opened(RedisStore.of(server, vms), List.of());
        case Files(Path directory) ->
            locked(
                directory,
                () -> {
                  StoreDescription.prepare(directory, FileStore.FORMAT, vms);
                  return new FileStore(directory, vms);
                });
        case Criu(Path directory, boolean naive) ->
            locked(
                directory,
                () -> {
                  StoreDescription.prepare(directory, CriuStore.format(naive), vms);
                  return new CriuStore(directory, vms, naive);
                });
      };
    }

    /** Opens a store that is there. */
    static Opened existing(StoreLocation location) throws IOException {
      return switch (location) {
        case Ram() ->
            throw new IllegalArgumentException(
                "the store ram ends with its receiver; what can be recovered are the others of "
                    + SYNTAX);
        case Redis(URI server) -> new Opened(RedisStore.existing(server), List.of());
        case Files(Path directory) -> {
          List<Message.Vm> vms = StoreDescription.of(directory, FileStore.FORMAT);
          yield locked(directory, () -> new FileStore(directory, vms));
        }
        case Criu(Path directory, boolean naive) -> {
          List<Message.Vm> vms = StoreDescription.of(directory, CriuStore.format(naive));
          yield locked(directory, () -> new CriuStore(directory, vms, naive));
        }
      };
    }

    private interface Opening {
      CheckpointStore open() throws IOException;
    }

    private static Opened locked(Path directory, Opening opening) throws IOException {
      FileChannel lock = StoreDescription.lock(directory);
      try {
        return new Opened(opening.open(), List.of(lock));
      } catch (IOException | RuntimeException e) {
        lock.close();
        throw e;
      }
    }

    @Override
    public void close() throws IOException {
      try {
        store.close();
      } finally {
        for (FileChannel lock : locks) {
          lock.close();
        }
      }
    }
  }
}
