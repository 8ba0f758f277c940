package emulha.traces;

import com.github.luben.zstd.ZstdOutputStream;
import emulha.files.DamagedFileException;
import emulha.files.Pending;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/**
 * Packs a series into a {@code .tar.zst} archive, and unpacks it. The archive is the same bytes
 * each time (with the same version of zstd): no times, owners or directory order enter it.
 */
public final class SeriesPacker {
  /** How the names of archives end, and of no directory. */
  public static final String EXTENSION = ".tar.zst";

  /** Compression level that makes the smallest archives without taking minutes a gigabyte. */
  public static final int DEFAULT_LEVEL = 19;

  static final int MIN_WINDOW_LOG = 17;
  private static final int MAX_WINDOW_LOG = 30;
  private static final int BUFFER_BYTES = 1 << 20;

  private SeriesPacker() {}

  /**
   * Packs a directory, checking each file's SHA-256 on the way. The window covers the whole series
   * up to 1 GiB, which the reader has to hold.
   *
   * @param archive must not exist; its name ends in {@code .tar.zst}
   * @param level zstd level, 1 to 22
   * @param progress told in files
   */
  public static void pack(Path directory, Path archive, int level, Progress progress)
      throws IOException {
    if (!archive.toString().endsWith(EXTENSION)) {
      throw new IllegalArgumentException(archive + ": the name of an archive ends in " + EXTENSION);
    }
    if (level < 1 || level > 22) {
      throw new IllegalArgumentException("zstd level " + level + "; possible: 1 to 22");
    }
    SeriesJson json = new SeriesDirectory(directory).json();
    long total = json.files().stream().mapToLong(FileDigest::bytes).sum();
    int needed = Long.SIZE - Long.numberOfLeadingZeros(total);
    int windowLog = Math.clamp(needed, MIN_WINDOW_LOG, MAX_WINDOW_LOG);
    try (var pending = Pending.file(archive)) {
      MessageDigest sha256 = FileDigest.newSha256();
      try (var file = pending.create(pending.path())) {
        OutputStream sealed = unclosed(new DigestOutputStream(file, sha256));
        try (var tar = tar(compressor(sealed, level, windowLog))) {
          head(tar, Files.readAllBytes(directory.resolve(SeriesJson.NAME)));
          int n = 0;
          for (FileDigest expected : json.files()) {
            tar.putArchiveEntry(entry(expected.name(), expected.bytes()));
            Path source = directory.resolve(expected.name());
            try (InputStream in = Files.newInputStream(source)) {
              copy(in, tar, expected, source.toString());
            }
            tar.closeArchiveEntry();
            progress.step("files", ++n, json.files().size());
          }
        }
        ArchiveSeal.write(file, sha256);
      }
      pending.commit();
    }
  }

  /**
   * Unpacks an archive, checking each file's SHA-256 on the way.
   *
   * @param directory absent or empty
   * @param progress told in files
   */
  public static void unpack(Path archive, Path directory, Progress progress) throws IOException {
    if (!Files.isRegularFile(archive)) {
      throw new IOException(archive + ": no such archive");
    }
    try (var files = new SeriesArchive(archive, true);
        var pending = Pending.directory(directory)) {
      SeriesJson json = files.json();
      SeriesJson.write(pending.path(), files.jsonText());
      int n = 0;
      for (FileDigest expected : json.files()) {
        SeriesFiles.Opened file = files.open(expected.name());
        try (InputStream in = file.content();
            var out = pending.create(pending.path().resolve(expected.name()))) {
          copy(in, out, expected, file.shownAs());
        }
        progress.step("files", ++n, json.files().size());
      }
      files.end();
      pending.commit();
    }
  }

  /** A stream that is only flushed when it is closed: more is still to be written to the file. */
  static OutputStream unclosed(OutputStream out) {
    return new FilterOutputStream(out) {
      @Override
      public void write(byte[] bytes, int offset, int length) throws IOException {
        out.write(bytes, offset, length);
      }

      @Override
      public void close() throws IOException {
        flush();
      }
    };
  }

  static TarArchiveOutputStream tar(OutputStream out) {
    var tar = new TarArchiveOutputStream(out);
    tar.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_POSIX);
    return tar;
  }

  static ZstdOutputStream compressor(OutputStream out, int level, int windowLog)
      throws IOException {
    var zstd = new ZstdOutputStream(out, level);
    zstd.setChecksum(true);
    zstd.setLong(windowLog);
    return zstd;
  }

  /** Writes the entries that stand first in an archive. */
  static void head(TarArchiveOutputStream tar, byte[] json) throws IOException {
    add(tar, SeriesJson.NAME, json);
    byte[] digest = SeriesJson.formatDigest(json).getBytes(StandardCharsets.US_ASCII);
    add(tar, SeriesJson.DIGEST_NAME, digest);
  }

  private static void add(TarArchiveOutputStream tar, String name, byte[] content)
      throws IOException {
    tar.putArchiveEntry(entry(name, content.length));
    tar.write(content);
    tar.closeArchiveEntry();
  }

  static TarArchiveEntry entry(String name, long bytes) {
    var entry = new TarArchiveEntry(name);
    entry.setSize(bytes);
    entry.setMode(0100644);
    entry.setIds(0, 0);
    entry.setNames("", "");
    entry.setModTime(0L);
    return entry;
  }

  private static void copy(InputStream in, OutputStream out, FileDigest expected, String shownAs)
      throws IOException {
    MessageDigest sha256 = FileDigest.newSha256();
    byte[] buffer = new byte[BUFFER_BYTES];
    long copied = 0;
    for (int n; (n = in.read(buffer)) > 0; copied += n) {
      if (copied + n > expected.bytes()) {
        break;
      }
      sha256.update(buffer, 0, n);
      out.write(buffer, 0, n);
    }
    if (!FileDigest.of(expected.name(), copied, sha256).equals(expected)) {
      throw new DamagedFileException(
          shownAs, 0, "its size or SHA-256 differs from the one in " + SeriesJson.NAME);
    }
  }
}
