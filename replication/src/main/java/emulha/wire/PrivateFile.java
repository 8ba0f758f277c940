package emulha.wire;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** Files that hold secrets: only their owner may reach them. */
public final class PrivateFile {
  private static final Set<PosixFilePermission> OWNERS =
      PosixFilePermissions.fromString("rwx------");

  private static final int MAX_BYTES = 1 << 20;

  private PrivateFile() {}

  /**
   * Reads a file.
   *
   * @throws IOException if it cannot be read, is larger than 1 MiB, or others than its owner may
   *     reach it, where the file system knows that
   */
  static byte[] read(Path file) throws IOException {
    if (!Files.exists(file)) {
      throw new NoSuchFileException(file.toString());
    }
    if (isPosix(file) && !OWNERS.containsAll(Files.getPosixFilePermissions(file))) {
      throw new IOException(
          "%s: others than its owner may reach this secret; say chmod 600 %s"
              .formatted(file, file));
    }
    if (Files.size(file) > MAX_BYTES) {
      throw new IOException(file + ": too large for a secret");
    }
    return Files.readAllBytes(file);
  }

  /** Lets only its owner reach a file. */
  public static void restrict(Path file) throws IOException {
    if (isPosix(file)) {
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    }
  }

  private static boolean isPosix(Path file) throws IOException {
    return Files.getFileStore(file).supportsFileAttributeView("posix");
  }

  /** Makes a new file that only its owner can reach. */
  public static void write(Path file, byte[] content) throws IOException {
    Files.createFile(file);
    restrict(file);
    Files.write(file, content);
  }
}
