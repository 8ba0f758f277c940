package emulha.files;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/**
 * Files that survive a power failure: whole under their name, or not there. What is written goes
 * into {@code .NAME.partial}, is forced to the disk, gets its name, and then the directory is
 * forced to the disk: without the first a file could be empty under its name, without the last it
 * could be gone.
 */
public final class DurableFile {
  private DurableFile() {}

  /** Writes a file, in place of one that is there. */
  public static void write(Path file, byte[] content) throws IOException {
    write(file, WholeFile.Content.of(content));
  }

  /** Writes a file in UTF-8, in place of one that is there. */
  public static void write(Path file, String content) throws IOException {
    write(file, content.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * Writes a file, in place of one that is there.
   *
   * @throws IOException if it cannot be written, with its name; what was there stays
   */
  public static void write(Path file, WholeFile.Content content) throws IOException {
    WholeFile.write(file, content, true);
  }

  /** Gives a file or directory, whose content was forced to the disk, its name for good. */
  public static void rename(Path from, Path to) throws IOException {
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    syncDirectory(to.toAbsolutePath().getParent());
  }

  /** Removes a file, if it is there, for good. */
  public static void delete(Path file) throws IOException {
    if (Files.deleteIfExists(file)) {
      syncDirectory(file.toAbsolutePath().getParent());
    }
  }

  /** Makes the directory, and every missing one above it, for good. */
  public static void createDirectories(Path directory) throws IOException {
    Path missing = directory.toAbsolutePath();
    Path parent = missing.getParent();
    if (Files.isDirectory(missing) || parent == null) {
      return;
    }
    createDirectories(parent);
    Files.createDirectories(missing);
    syncDirectory(parent);
  }

  /** Forces the names in a directory to the disk. */
  public static void syncDirectory(Path directory) throws IOException {
    try (var channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }
}
