package emulha.codecs.general;

import emulha.codecs.CorruptEncodingException;
import emulha.codecs.LaneReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;

/**
 * Restores by a library's stream of the content.
 *
 * @param format what it takes, for example {@code bzip2 stream}
 */
record StreamDecompressor(String format, Source source, long retainedBytes)
    implements Codec.Decompressor {
  /** Where the content comes from. */
  interface Source {
    /**
     * The content of an encoding.
     *
     * @param length bytes that it should have
     */
    InputStream of(InputStream encoding, int length) throws IOException;
  }

  @Override
  public void decompress(LaneReader lane, int size, byte[] target, int offset, int length)
      throws CorruptEncodingException {
    int at = lane.take(size);
    var encoding = new ByteArrayInputStream(lane.bytes(), at, size);
    int restored;
    boolean more;
    try (InputStream in = source.of(encoding, length)) {
      restored = in.readNBytes(target, offset, length);
      more = in.read() >= 0;
    } catch (IOException | RuntimeException e) {
      throw lane.corrupt(format + ": " + e);
    }
    if (restored != length) {
      throw lane.corrupt("%s holds %d of %d bytes".formatted(format, restored, length));
    }
    if (more) {
      throw lane.corrupt("%s holds more than %d bytes".formatted(format, length));
    }
    if (encoding.available() != 0) {
      throw lane.corrupt("%s does not end after %d bytes".formatted(format, size));
    }
  }
}
