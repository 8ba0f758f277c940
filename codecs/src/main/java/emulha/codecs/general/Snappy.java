package emulha.codecs.general;

import emulha.codecs.CorruptEncodingException;
import emulha.codecs.LaneReader;
import java.io.IOException;

/** Snappy blocks. */
public final class Snappy extends KeylessCodec {
  public Snappy() {
    super("snappy", "Snappy block", "CRIU talk (LPC), background; Snappy format description");
  }

  @Override
  public int usualNanos() {
    return 5_000;
  }

  @Override
  public String binding() {
    return "snappy-java native libsnappy " + org.xerial.snappy.Snappy.getNativeLibraryVersion();
  }

  @Override
  public Codec.Compressor newCompressor() {
    return new Encoder();
  }

  @Override
  public Codec.Decompressor newDecompressor() {
    return Snappy::decompress;
  }

  private static final class Encoder implements Codec.Compressor {
    /** Largest hash table: 2^14 entries of 2 bytes, made by the library for each call. */
    private static final long STATE_BYTES = 1 << 15;

    @Override
    public int bound(int length) {
      return org.xerial.snappy.Snappy.maxCompressedLength(length);
    }

    @Override
    public int compress(byte[] source, int offset, int length, byte[] target, int targetOffset)
        throws IOException {
      return org.xerial.snappy.Snappy.compress(source, offset, length, target, targetOffset);
    }

    @Override
    public long retainedBytes() {
      return STATE_BYTES;
    }
  }

  private static void decompress(LaneReader lane, int size, byte[] target, int offset, int length)
      throws CorruptEncodingException {
    int at = lane.take(size);
    byte[] bytes = lane.bytes();
    try {
      // The library trusts the length in the block, so it is checked before the target is given.
      int stated = org.xerial.snappy.Snappy.uncompressedLength(bytes, at, size);
      if (stated != length) {
        throw lane.corrupt("Snappy block states " + stated + " bytes, expected " + length);
      }
      org.xerial.snappy.Snappy.uncompress(bytes, at, size, target, offset);
    } catch (CorruptEncodingException e) {
      throw e;
    } catch (IOException e) {
      throw lane.corrupt("Snappy block: " + e.getMessage());
    }
  }
}
