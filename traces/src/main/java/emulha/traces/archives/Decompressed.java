package emulha.traces.archives;

import com.github.luben.zstd.ZstdInputStream;
import emulha.files.DamagedFileException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;

/** What a decompressor gives; its errors name the archive and the offset in what it gave. */
public final class Decompressed extends InputStream {
  /** Largest window accepted, log2: what {@code zstd --long=31} makes. */
  private static final int MAX_WINDOW_LOG = 31;

  private final InputStream in;
  private final Path archive;
  private final Class<? extends IOException> error;
  private final String damage;
  private final long limit;
  private long position;

  /**
   * @param in the decompressor, closed with this
   * @param error what it throws where the data are damaged
   * @param damage begins the reason where it fails
   * @param limit most bytes that it may give
   */
  public Decompressed(
      InputStream in, Path archive, Class<? extends IOException> error, String damage, long limit) {
    this.in = in;
    this.archive = archive;
    this.error = error;
    this.damage = damage;
    this.limit = limit;
  }

  /** A decompressor of zstd. */
  public static InputStream zstd(InputStream compressed) throws IOException {
    var zstd = new ZstdInputStream(compressed);
    zstd.setLongMax(MAX_WINDOW_LOG);
    return zstd;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    int n;
    try {
      n = in.read(bytes, offset, length);
    } catch (IOException e) {
      throw error.isInstance(e) ? damaged(damage + ": " + e.getMessage()) : e;
    }
    position += Math.max(0, n);
    if (position > limit) {
      throw damaged("more than " + limit + " bytes, decompressed");
    }
    return n;
  }

  private DamagedFileException damaged(String reason) {
    return new DamagedFileException(archive.toString(), position, reason);
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
