package emulha.metrics;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.stream.Stream;

/** Files that are whole under their final name, or not there. */
public final class ResultFiles {
  private ResultFiles() {}

  /** Writes a file as {@link #write(Path, byte[])} does, in UTF-8. */
  public static void write(Path path, String text) throws IOException {
    write(path, text.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * Writes a file, in place of an older one; its directory must exist.
   *
   * @throws IOException if it cannot be written; what was there before is there then
   */
  public static void write(Path path, byte[] content) throws IOException {
    Path partial = path.resolveSibling("." + path.getFileName() + ".partial");
    try {
      Files.write(partial, content);
      Files.move(
          partial, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new IOException("cannot write %s: %s".formatted(path, e.getMessage()), e);
    } finally {
      Files.deleteIfExists(partial);
    }
  }

  /** Deletes a directory, if it is there, with all in it. */
  public static void deleteTree(Path root) throws IOException {
    if (!Files.exists(root)) {
      return;
    }
    try (Stream<Path> files = Files.walk(root)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
