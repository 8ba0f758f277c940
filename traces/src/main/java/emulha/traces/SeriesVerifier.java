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
    if (Files.isDirectory(path)) {
      try (var files = new SeriesDirectory.DirectoryFiles(path)) {
        SeriesJson json = SeriesDirectory.json(path);
        return verify(files, json, SeriesDirectory.nameOf(path), true, progress);
      }
    }
    if (!Files.exists(path)) {
      throw new IOException(path + ": no such file");
    }
    try (var files = new SeriesArchive.ArchiveFiles(path, true)) {
      SeriesJson json = files.json();
      Verified content = verify(files, json, SeriesArchive.nameOf(path), false, progress);
      files.end();
      return new Verified(
          content.info(), content.files(), content.bytes(), ArchiveSeal.verify(path));
    }
  }

  private static Verified verify(
      SeriesFiles files, SeriesJson json, String name, boolean sealed, Progress progress)
      throws IOException {
    var info = new SeriesInfo(name, json.description(), json.checkpoints());
    var pages = new DirtyPages();
    long bytes = 0;
    int n = 0;
    for (FileDigest expected : json.files()) {
      SeriesFiles.Opened file = files.open(expected.name());
      if (file.bytes() != expected.bytes()) {
        file.content().close();
        throw new DamagedFileException(
            file.shownAs(),
            Math.min(file.bytes(), expected.bytes()),
            "expected a file of " + expected.bytes() + " bytes, found " + file.bytes());
      }
      MessageDigest sha256 = FileDigest.newSha256();
      boolean base = n == 0;
      try (var reader =
          PageFileReader.of(
              new SeriesFiles.Opened(
                  new DigestInputStream(file.content(), sha256), file.shownAs(), file.bytes()),
              info.description(),
              base ? PageFile.BASE : PageFile.CHECKPOINT,
              base ? 0 : n - 1)) {
        long expectedPages = base ? info.basePages() : reader.pages();
        if (reader.pages() != expectedPages) {
          throw new DamagedFileException(
              file.shownAs(),
              PageFile.PAGE_COUNT_OFFSET,
              "expected " + expectedPages + " pages, found " + reader.pages());
        }
        while (reader.read(info.stretchPages(), pages)) {
          // Reading checks each page.
        }
      }
      if (!FileDigest.of(expected.name(), file.bytes(), sha256).equals(expected)) {
        throw new DamagedFileException(
            file.shownAs(), 0, "its SHA-256 differs from the one in " + SeriesJson.NAME);
      }
      bytes += file.bytes();
      n++;
      progress.step("files", n, json.files().size());
    }
    return new Verified(info, n, bytes, sealed);
  }
}
