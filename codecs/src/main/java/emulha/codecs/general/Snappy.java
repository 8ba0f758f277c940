package emulha.codecs.general;

import emulha.codecs.Arguments;
import java.io.IOException;

/** Snappy blocks. */
public final class Snappy extends CodecProvider {
  /** Largest hash table: 2^14 entries of 2 bytes, made by the library for each call. */
  private static final long STATE_BYTES = 1 << 15;

  public Snappy() {
    super("snappy", "Snappy block", "CRIU talk (LPC), background; Snappy format description");
  }

  @Override
  protected Codec codec(Arguments arguments) {
    return new SimpleCodec(
        () -> "snappy-java native libsnappy " + org.xerial.snappy.Snappy.getNativeLibraryVersion(),
        5_000,
        () ->
            new BlockCompressor(
                org.xerial.snappy.Snappy::maxCompressedLength,
                (source, offset, length, target, targetOffset, room) ->
                    org.xerial.snappy.Snappy.compress(source, offset, length, target, targetOffset),
                STATE_BYTES),
        () -> new BlockDecompressor("Snappy block", Snappy::restore));
  }

  private static int restore(byte[] source, int at, int size, byte[] target, int offset, int length)
      throws IOException {
    // The library trusts the length in the block, so it is checked before the target is given.
    int stated = org.xerial.snappy.Snappy.uncompressedLength(source, at, size);
    return stated == length
        ? org.xerial.snappy.Snappy.uncompress(source, at, size, target, offset)
        : stated;
  }
}
