package emulha.analysis;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** Files that are whole under their final name, or not there. */
final class FinalFile {
  private FinalFile() {}

  static void write(Path path, String text) throws IOException {
    write(path, text.getBytes(StandardCharsets.UTF_8));
  }

  /** Writes a file, in place of an older one; its directory must exist. */
  static void write(Path path, byte[] content) throws IOException {
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
}
