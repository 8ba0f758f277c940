package emulha.traces;

import emulha.files.DamagedFileException;
import emulha.memory.DirtyPages;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;

/**
 * Proves a series intact: every byte of every file, of an archive also every compressed byte. Any
 * flipped bit and any truncation is found.
 */
public final class SeriesVerifier {
  private SeriesVerifier() {}

  /**
   * What was verified.
   *
   * @param info the series
   * @param files number of its page files
   * @param bytes their size together
   * @param sealed false for an archive of another tool, which carries no digest of its own: its
   *     content is proved, its compressed form is not
   */
  public record Verified(SeriesInfo info, int files, long bytes, boolean sealed) {}

  /**
   * Verifies a directory or an archive.
   *
   * @param progress told in files
   * @throws DamagedFileException names the first damaged file and offset
   * @throws IOException if a file is missing or cannot be read
   */
  public static Verified verify(Path path, Progress progress) throws IOException {
    if (!Files.exists(path)) {
      throw new IOException(path + ": no such file");
    }
    try (var files = SeriesFiles.of(path, true)) {
      SeriesJson json = files.json();
      SeriesInfo info = json.info(path);
      var pages = new DirtyPages();
      long bytes = 0;
      int n = 0;
      for (FileDigest expected : json.files()) {
        bytes += verify(files, expected, info, n++, pages);
        progress.step("files", n, json.files().size());
      }
      files.end();
      boolean sealed = Files.isDirectory(path) || ArchiveSeal.verify(path);
      return new Verified(info, n, bytes, sealed);
    }
  }

  /** Verifies a series' {@code n}th file, and returns its size. */
  private static long verify(
      SeriesFiles files, FileDigest expected, SeriesInfo info, int n, DirtyPages pages)
      throws IOException {
    SeriesFiles.Opened file = files.open(expected.name());
    MessageDigest sha256 = FileDigest.newSha256();
    var content = new DigestInputStream(file.content(), sha256);
    var digested = new SeriesFiles.Opened(content, file.shownAs(), file.bytes());
    try (var reader =
        n == 0
            ? PageFileReader.ofBase(digested, info.description())
            : PageFileReader.ofCheckpoint(digested, info.description(), n - 1)) {
      while (reader.read(info.stretchPages(), pages)) {
        // Reading checks each page.
      }
    }
    if (!FileDigest.of(expected.name(), file.bytes(), sha256).equals(expected)) {
      throw new DamagedFileException(
          file.shownAs(), 0, "its size or SHA-256 differs from the one in " + SeriesJson.NAME);
    }
    return file.bytes();
  }
}
