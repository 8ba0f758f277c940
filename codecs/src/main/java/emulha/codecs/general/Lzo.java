package emulha.codecs.general;

import emulha.codecs.Arguments;
import io.airlift.compress.v3.MalformedInputException;
import io.airlift.compress.v3.lzo.LzoCompressor;
import io.airlift.compress.v3.lzo.LzoDecompressor;

/** LZO1X blocks. In Java: the C library is under a licence that would bind this project. */
public final class Lzo extends CodecProvider {
  /** Table of 2^12 positions; what the library tells is their number. */
  private static final long STATE_BYTES = Integer.BYTES << 12;

  /** Instructions below this have fewer bits, or none, of a copy's length. */
  private static final int FAR_COPY = 16;

  private static final int COPY = 32;
  private static final int NEAR_COPY = 64;

  public Lzo() {
    super(
        "lzo",
        "LZO1X block",
        "CRIU talk (LPC), background; LZO1X as in Linux, Documentation/staging/lzo.rst");
  }

  @Override
  protected Codec codec(Arguments arguments) {
    return new SimpleCodec(
        () -> "aircompressor Java",
        8_000,
        () -> {
          var lzo = new LzoCompressor();
          return new BlockCompressor(lzo::maxCompressedLength, lzo::compress, STATE_BYTES);
        },
        () -> {
          var lzo = new LzoDecompressor();
          return new BlockDecompressor(
              "LZO block",
              (source, at, size, target, offset, length) ->
                  restore(lzo, source, at, size, target, offset, length));
        });
  }

  private static int restore(
      LzoDecompressor lzo, byte[] source, int at, int size, byte[] target, int offset, int length) {
    int restored = lzo.decompress(source, at, size, target, offset, length);
    int end = end(source, at);
    if (end != at + size) {
      throw new MalformedInputException(end - at, "it ends before its %d bytes".formatted(size));
    }
    return restored;
  }

  /**
   * Where a block ends, by its instructions. The library takes a block behind it for more of the
   * same, so without this, encodings that no encoder writes would be accepted.
   *
   * @param bytes has one or several blocks from {@code start} on, all of them whole
   */
  private static int end(byte[] bytes, int start) {
    int at = start;
    // Literals that the last instruction copied.
    int literals = 0;
    if ((bytes[at] & 0xff) >= FAR_COPY) {
      literals = (bytes[at++] & 0xff) - 17;
      at += literals;
    }
    while (true) {
      int instruction = bytes[at++] & 0xff;
      if (instruction < FAR_COPY && literals == 0) {
        literals = 3 + instruction;
        if (instruction == 0) {
          literals += 15;
          for (; bytes[at] == 0; at++) {
            literals += 255;
          }
          literals += bytes[at++] & 0xff;
        }
      } else if (instruction < FAR_COPY || instruction >= NEAR_COPY) {
        literals = instruction & 3;
        at++;
      } else {
        if ((instruction & (instruction < COPY ? 7 : 31)) == 0) {
          while (bytes[at++] == 0) {}
        }
        int distance = (bytes[at] & 0xff) | (bytes[at + 1] & 0xff) << 8;
        at += 2;
        if (instruction < COPY && (instruction & 8) == 0 && distance >>> 2 == 0) {
          return at;
        }
        literals = distance & 3;
      }
      at += literals;
    }
  }
}
