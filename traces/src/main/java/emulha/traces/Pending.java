package emulha.traces;

import emulha.files.Tree;
import java.io.BufferedOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * A file or directory being written under another name beside its target, so that nothing
 * half-written ever bears the final name.
 */
final class Pending implements AutoCloseable {
  private static final int BUFFER_BYTES = 1 << 20;

  private final Path target;
  private final Path path;
  private boolean committed;

  private Pending(Path target, Path path) {
    this.target = target;
    this.path = path;
  }

  /** A file yet to be created; the target must not exist. */
  static Pending file(Path target) throws IOException {
    return beside(target);
  }

  /** A directory, already created; the target must not exist or be an empty directory. */
  static Pending directory(Path target) throws IOException {
    Pending pending = beside(target);
    Files.createDirectory(pending.path);
    return pending;
  }

  /** Where to write. */
  Path path() {
    return path;
  }

  /** A new file, buffered, whose errors name the target. */
  OutputStream create(Path file) throws IOException {
    var named =
        new FilterOutputStream(Files.newOutputStream(file, StandardOpenOption.CREATE_NEW)) {
          @Override
          public void write(byte[] bytes, int offset, int length) throws IOException {
            try {
              out.write(bytes, offset, length);
            } catch (IOException e) {
              throw cannotWrite(e);
            }
          }
        };
    return new BufferedOutputStream(named, BUFFER_BYTES);
  }

  /** The error, naming the target. */
  IOException cannotWrite(IOException e) {
    return new IOException("cannot write " + target + ": " + e.getMessage(), e);
  }

  /** Gives what was written its final name. */
  void commit() throws IOException {
    requireAbsent(target);
    Files.move(path, target, StandardCopyOption.ATOMIC_MOVE);
    committed = true;
  }

  /** Removes what was written, unless committed. */
  @Override
  public void close() throws IOException {
    if (!committed) {
      Tree.delete(path);
    }
  }

  private static Pending beside(Path target) throws IOException {
    requireAbsent(target);
    Path absolute = target.toAbsolutePath().normalize();
    Path parent = absolute.getParent();
    if (parent == null) {
      throw new IllegalArgumentException(target + ": not a place to write to");
    }
    Files.createDirectories(parent);
    String name = "." + absolute.getFileName() + ".partial-" + UUID.randomUUID();
    return new Pending(absolute, parent.resolve(name));
  }

  private static void requireAbsent(Path target) throws IOException {
    if (Files.isDirectory(target)) {
      try (Stream<Path> content = Files.list(target)) {
        if (content.findAny().isPresent()) {
          throw new IllegalArgumentException(
              target + ": directory is not empty; name another or remove it");
        }
      }
    } else if (Files.exists(target)) {
      throw new IllegalArgumentException(target + ": exists already; name another or remove it");
    }
  }
}
