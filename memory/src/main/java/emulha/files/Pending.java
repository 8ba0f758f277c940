package emulha.files;

import java.io.BufferedOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.stream.Stream;

/**
 * A file or directory being written under another name beside its target, so that nothing
 * half-written ever bears the final name.
 */
public final class Pending extends Partial {
  private static final int BUFFER_BYTES = 1 << 20;

  private final Path target;

  private Pending(Path target) throws IOException {
    super(target);
    this.target = target;
  }

  /** A file yet to be created; the target must not exist. */
  public static Pending file(Path target) throws IOException {
    requireAbsent(target);
    return new Pending(target);
  }

  /** A directory, already created; the target must not exist or be an empty directory. */
  public static Pending directory(Path target) throws IOException {
    Pending pending = file(target);
    try {
      Files.createDirectory(pending.path());
    } catch (IOException e) {
      pending.close();
      throw e;
    }
    return pending;
  }

  /** A new file, buffered, whose errors name the target. */
  public OutputStream create(Path file) throws IOException {
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

  public IOException cannotWrite(IOException e) {
    return new IOException("cannot write " + target + ": " + e.getMessage(), e);
  }

  @Override
  public void commit() throws IOException {
    requireAbsent(target);
    super.commit();
  }

  /**
   * Checks that nothing would be written over.
   *
   * @throws IllegalArgumentException if the target is there, and not an empty directory
   */
  public static void requireAbsent(Path target) throws IOException {
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
