package emulha.traces.archives;

import emulha.files.DamagedFileException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.jspecify.annotations.Nullable;

/** A tar archive read front to back; errors name it and the offset in it. */
public final class TarFile implements AutoCloseable {
  private final Path archive;
  private final InputStream bytes;
  private final TarArchiveInputStream tar;

  /**
   * @param bytes of it, decompressed; closed with this
   */
  public TarFile(Path archive, InputStream bytes) {
    this.archive = archive;
    this.bytes = bytes;
    tar = new TarArchiveInputStream(bytes);
  }

  /** The next entry; null at the end. */
  public @Nullable TarArchiveEntry next() throws IOException {
    return checked("not an intact tar archive", tar::getNextEntry);
  }

  /**
   * The content of the entry that came last; closing it leaves the archive open.
   *
   * @param damage begins the reason where it cannot be read
   */
  public InputStream content(String damage) {
    return new FilterInputStream(tar) {
      @Override
      public int read(byte[] into, int offset, int length) throws IOException {
        return checked(damage, () -> in.read(into, offset, length));
      }

      @Override
      public void close() {}
    };
  }

  private interface Reading<T> {
    T run() throws IOException;
  }

  private <T> T checked(String damage, Reading<T> reading) throws IOException {
    try {
      return reading.run();
    } catch (DamagedFileException e) {
      throw e;
    } catch (IOException | IllegalArgumentException e) {
      throw damaged(damage + ": " + e.getMessage());
    }
  }

  /** An error at the place that was read last. */
  public DamagedFileException damaged(String reason) {
    return new DamagedFileException(archive.toString(), tar.getBytesRead(), reason);
  }

  /** Reads what follows the entries: a decompressor finds its checksum there. */
  public void end() throws IOException {
    bytes.transferTo(OutputStream.nullOutputStream());
  }

  @Override
  public void close() throws IOException {
    tar.close();
  }
}
