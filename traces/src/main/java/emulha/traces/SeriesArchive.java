package emulha.traces;

import com.github.luben.zstd.ZstdIOException;
import com.github.luben.zstd.ZstdInputStream;
import emulha.files.DamagedFileException;
import emulha.files.ReadAhead;
import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;

/**
 * A series in a {@code .tar.zst} archive, read as a stream. Its entries stand in the order {@code
 * series.json}, {@code series.json.sha256}, base, checkpoints; all may lie in one directory.
 *
 * @param ahead whether cursors decompress ahead, on a thread of their own
 */
public record SeriesArchive(Path archive, SeriesInfo info, boolean ahead) implements Series {
  /** How the names of archives end, and of no directory. */
  public static final String EXTENSION = ".tar.zst";

  /** The entries that stand before the checkpoints, in order. */
  static final List<String> HEAD =
      List.of(SeriesJson.NAME, SeriesJson.DIGEST_NAME, PageFile.BASE_NAME);

  /** Largest window accepted, log2: what {@code zstd --long=31} makes. */
  public static final int MAX_WINDOW_LOG = 31;

  static SeriesArchive at(Path archive) throws IOException {
    try (var files = new ArchiveFiles(archive, false)) {
      SeriesJson json = files.json();
      var info = new SeriesInfo(nameOf(archive), json.description(), json.checkpoints());
      return new SeriesArchive(archive, info, false);
    }
  }

  static String nameOf(Path archive) {
    String name = SeriesDirectory.nameOf(archive);
    return name.endsWith(EXTENSION) ? name.substring(0, name.length() - EXTENSION.length()) : name;
  }

  @Override
  public SeriesCursor open() throws IOException {
    return new SeriesFilesCursor(new ArchiveFiles(archive, ahead), info);
  }

  @Override
  public Series readAhead() {
    return new SeriesArchive(archive, info, true);
  }

  /** Entries of the archive in their order. */
  static final class ArchiveFiles implements SeriesFiles {
    private final Path archive;
    private final InputStream decompressed;
    private final TarArchiveInputStream tar;
    private byte[] jsonText = new byte[0];

    ArchiveFiles(Path archive, boolean ahead) throws IOException {
      this.archive = archive;
      InputStream in = Files.newInputStream(archive);
      try {
        var zstd = new ZstdInputStream(new BufferedInputStream(in, 1 << 16));
        zstd.setLongMax(MAX_WINDOW_LOG);
        var named =
            new Decompressed(
                zstd,
                archive,
                ZstdIOException.class,
                "not intact zstd data, uncompressed",
                Long.MAX_VALUE);
        decompressed = ahead ? new ReadAhead(named) : named;
        tar = new TarArchiveInputStream(decompressed);
      } catch (IOException | RuntimeException e) {
        in.close();
        throw e;
      }
    }

    SeriesJson json() throws IOException {
      jsonText = small(SeriesJson.NAME);
      return SeriesJson.parse(jsonText, small(SeriesJson.DIGEST_NAME), archive.toString());
    }

    /** What {@link #json} parsed. */
    byte[] jsonText() {
      return jsonText;
    }

    /** Reads to the end, which the decompressor checks; nothing more of a series may be there. */
    void end() throws IOException {
      TarArchiveEntry entry = checked(tar::getNextEntry);
      if (entry != null) {
        throw new DamagedFileException(
            archive.toString(),
            tar.getBytesRead(),
            "expected the end of the archive, found " + entry.getName());
      }
      decompressed.transferTo(OutputStream.nullOutputStream());
    }

    @Override
    public Opened open(String name) throws IOException {
      TarArchiveEntry entry = seek(name);
      var content =
          new FilterInputStream(tar) {
            @Override
            public int read(byte[] bytes, int offset, int length) throws IOException {
              return checked(() -> in.read(bytes, offset, length));
            }

            @Override
            public void close() {
              // The archive stays open for the next entry.
            }
          };
      return new Opened(content, archive + "!" + name, entry.getSize());
    }

    @Override
    public void close() throws IOException {
      tar.close();
    }

    private byte[] small(String name) throws IOException {
      try (InputStream content = open(name).content()) {
        byte[] bytes = content.readNBytes(SeriesJson.MAX_BYTES);
        if (content.read() >= 0) {
          throw new IOException(
              archive + "!" + name + ": larger than " + SeriesJson.MAX_BYTES + " bytes");
        }
        return bytes;
      }
    }

    /** Passes over entries up to this one. */
    private TarArchiveEntry seek(String name) throws IOException {
      while (true) {
        TarArchiveEntry entry = checked(tar::getNextEntry);
        if (entry == null) {
          throw new DamagedFileException(
              archive.toString(),
              tar.getBytesRead(),
              "expected entry " + name + ", found the end of the archive");
        }
        if (!entry.isFile()) {
          continue;
        }
        String path = entry.getName();
        String found = path.substring(path.lastIndexOf('/') + 1);
        if (found.equals(name)) {
          return entry;
        }
        int rank = HEAD.indexOf(found);
        int wanted = HEAD.indexOf(name);
        if (rank < 0 || (wanted >= 0 && rank > wanted)) {
          throw new DamagedFileException(
              archive.toString(),
              tar.getBytesRead(),
              "expected entry " + name + ", found " + found + "; make archives with 'traces pack'");
        }
      }
    }

    private interface Reading<T> {
      T run() throws IOException;
    }

    /** Puts the archive's name and the offset into the archive library's errors. */
    private <T> T checked(Reading<T> reading) throws IOException {
      try {
        return reading.run();
      } catch (DamagedFileException e) {
        throw e;
      } catch (IOException | IllegalArgumentException e) {
        throw new DamagedFileException(
            archive.toString(), tar.getBytesRead(), "not an intact tar archive: " + e.getMessage());
      }
    }
  }
}
