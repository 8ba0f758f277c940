package emulha.traces;

import com.github.luben.zstd.ZstdIOException;
import emulha.files.ReadAhead;
import emulha.traces.archives.Decompressed;
import emulha.traces.archives.TarFile;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;

/**
 * Files of a series in a {@code .tar.zst} archive, read as a stream. Its entries stand in the order
 * {@code series.json}, {@code series.json.sha256}, base, checkpoints; all may lie in one directory.
 */
final class SeriesArchive implements SeriesFiles {
  /** The entries that stand before the checkpoints, in order. */
  private static final List<String> HEAD =
      List.of(SeriesJson.NAME, SeriesJson.DIGEST_NAME, PageFile.BASE_NAME);

  private final Path archive;
  private final TarFile tar;
  private byte[] jsonText = new byte[0];

  SeriesArchive(Path archive, boolean ahead) throws IOException {
    this.archive = archive;
    InputStream in = Files.newInputStream(archive);
    try {
      var named =
          new Decompressed(
              Decompressed.zstd(new BufferedInputStream(in, 1 << 16)),
              archive,
              ZstdIOException.class,
              "not intact zstd data, uncompressed",
              Long.MAX_VALUE);
      tar = new TarFile(archive, ahead ? new ReadAhead(named) : named);
    } catch (IOException | RuntimeException e) {
      in.close();
      throw e;
    }
  }

  @Override
  public SeriesJson json() throws IOException {
    jsonText = small(SeriesJson.NAME);
    return SeriesJson.parse(jsonText, small(SeriesJson.DIGEST_NAME), archive.toString());
  }

  /** What {@link #json} parsed. */
  byte[] jsonText() {
    return jsonText;
  }

  @Override
  public void end() throws IOException {
    TarArchiveEntry entry = tar.next();
    if (entry != null) {
      throw tar.damaged("expected the end of the archive, found " + entry.getName());
    }
    tar.end();
  }

  @Override
  public Opened open(String name) throws IOException {
    TarArchiveEntry entry = seek(name);
    return new Opened(
        tar.content("not an intact tar archive"), archive + "!" + name, entry.getSize());
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
      TarArchiveEntry entry = tar.next();
      if (entry == null) {
        throw tar.damaged("expected entry " + name + ", found the end of the archive");
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
        throw tar.damaged(
            "expected entry " + name + ", found " + found + "; make archives with 'traces pack'");
      }
    }
  }
}
