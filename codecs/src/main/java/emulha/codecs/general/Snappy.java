package emulha.codecs.general;

import java.io.IOException;

/** Snappy blocks. */
public final class Snappy extends KeylessCodec {
  /** Largest hash table: 2^14 entries of 2 bytes, made by the library for each call. */
  private static final long STATE_BYTES = 1 << 15;

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
    return new BlockCompressor(
        org.xerial.snappy.Snappy::maxCompressedLength,
        (source, offset, length, target, targetOffset, room) ->
            org.xerial.snappy.Snappy.compress(source, offset, length, target, targetOffset),
        STATE_BYTES);
  }

  @Override
  public Codec.Decompressor newDecompressor() {
    return new BlockDecompressor("Snappy block", Snappy::restore);
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
