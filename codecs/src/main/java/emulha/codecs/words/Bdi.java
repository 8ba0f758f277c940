package emulha.codecs.words;

import emulha.codecs.Arguments;
import emulha.codecs.CorruptEncodingException;
import emulha.codecs.LaneReader;
import emulha.codecs.Parameter;
import emulha.codecs.general.Codec;
import emulha.codecs.general.CodecProvider;
import emulha.codecs.general.SimpleCodec;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;

/**
 * Base-Delta-Immediate compression (Pekhimenko et al., PACT 2012, §4 and Table 2): a cache line is
 * zeros, one 8-byte value repeated, or values of 8, 4 or 2 bytes that are all near one base or near
 * zero.
 *
 * <p>An encoding is: a code of 4 bits for each line, lower half of a byte first; then the lines. 0:
 * nothing; 1: the value (8 bytes); 2 to 7: base, then a mask of a bit for each value (1 = near the
 * base, 0 = near zero; padded to a byte), then the differences, two's complement, little-endian; 8:
 * the line as it is; then bytes behind the last line. The base is the first value that is not near
 * zero. A line has the shortest of these, the first in case of a tie. The paper keeps code and mask
 * in the cache's tags and does not count them; here they are in the encoding.
 *
 * <p>The paper's lines are of 32 or 64 bytes: key {@code line}.
 */
public final class Bdi extends CodecProvider {
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private static final int ZEROS = 0;
  private static final int REPEATED = 1;
  private static final int FIRST_SHAPE = 2;
  private static final int RAW = 8;

  /** Bytes of a value and of a difference, codes 2 to 7. */
  private static final int[][] SHAPES = {{8, 1}, {8, 2}, {8, 4}, {4, 1}, {4, 2}, {2, 1}};

  public Bdi() {
    super(
        "bdi",
        "cache lines as a base and small differences, made for caches",
        "Pekhimenko et al., PACT 2012, §4 and Table 2");
  }

  @Override
  public List<Parameter> parameters() {
    return List.of(
        new Parameter("line", "32|64", "64", "bytes of a cache line, compressed alone"), SCOPE);
  }

  @Override
  protected Codec codec(Arguments arguments) {
    var lines = new Lines(arguments.choice("line").equals("32") ? 32 : 64);
    return new SimpleCodec(
        () -> "java",
        Codec.USUAL_NANOS,
        () -> new Encoder(lines, lines.line),
        () -> lines::decompress);
  }

  private static long value(byte[] bytes, int at, int width) {
    long value = 0;
    for (int i = width - 1; i >= 0; i--) {
      value = (value << 8) | (bytes[at + i] & 0xff);
    }
    return wrapped(value, width);
  }

  private static void put(long value, int width, byte[] bytes, int at) {
    for (int i = 0; i < width; i++) {
      bytes[at + i] = (byte) (value >>> (8 * i));
    }
  }

  /** The number of {@code width} bytes that is equal to the value modulo their range. */
  private static long wrapped(long value, int width) {
    return value << (64 - 8 * width) >> (64 - 8 * width);
  }

  private static boolean fits(long value, int width) {
    return wrapped(value, width) == value;
  }

  private static int maskBytes(int values) {
    return (values + 7) / 8;
  }

  /**
   * Lines of one length.
   *
   * @param line bytes of one, 32 or 64
   */
  private record Lines(int line) {
    int size(int[] shape) {
      int values = line / shape[0];
      return shape[0] + maskBytes(values) + values * shape[1];
    }

    private void decompress(LaneReader lane, int size, byte[] target, int offset, int length)
        throws CorruptEncodingException {
      int lines = length / line;
      int start = lane.take(size);
      int end = start + size;
      int at = start + (lines + 1) / 2;
      byte[] source = lane.bytes();
      if (at > end) {
        throw lane.corrupt("a BDI encoding of %d bytes for %d lines".formatted(size, lines));
      }
      if (lines % 2 != 0 && source[at - 1] >>> 4 != 0) {
        throw lane.corrupt("a code without a line");
      }
      for (int i = 0; i < lines; i++) {
        int code = (source[start + i / 2] >>> (i % 2 * 4)) & 0xf;
        int needed = needed(code, lane);
        if (needed > end - at) {
          throw lane.corrupt("a line of %d bytes where %d are left".formatted(needed, end - at));
        }
        read(code, source, at, target, offset + i * line);
        at += needed;
      }
      Words.finish(lane, at, end, target, offset + lines * line, offset + length);
    }

    private int needed(int code, LaneReader lane) throws CorruptEncodingException {
      return switch (code) {
        case ZEROS -> 0;
        case REPEATED -> 8;
        case RAW -> line;
        default -> {
          if (code > RAW) {
            throw lane.corrupt("BDI code " + code);
          }
          yield size(SHAPES[code - FIRST_SHAPE]);
        }
      };
    }

    private void read(int code, byte[] source, int from, byte[] target, int to) {
      switch (code) {
        case ZEROS -> Arrays.fill(target, to, to + line, (byte) 0);
        case REPEATED -> {
          for (int i = 0; i < line; i += 8) {
            System.arraycopy(source, from, target, to + i, 8);
          }
        }
        case RAW -> System.arraycopy(source, from, target, to, line);
        default -> {
          int[] shape = SHAPES[code - FIRST_SHAPE];
          int values = line / shape[0];
          int mask = from + shape[0];
          int at = mask + maskBytes(values);
          long base = value(source, from, shape[0]);
          for (int i = 0; i < values; i++) {
            long value = value(source, at + i * shape[1], shape[1]);
            if ((source[mask + i / 8] >>> i % 8 & 1) != 0) {
              value += base;
            }
            put(value, shape[0], target, to + i * shape[0]);
          }
        }
      }
    }
  }

  private record Encoder(Lines lines, int line) implements Codec.Compressor {
    @Override
    public int bound(int length) {
      return length + length / line + 2;
    }

    @Override
    public int compress(byte[] source, int offset, int length, byte[] target, int targetOffset) {
      int count = length / line;
      int codes = (count + 1) / 2;
      Arrays.fill(target, targetOffset, targetOffset + codes, (byte) 0);
      int at = targetOffset + codes;
      for (int i = 0; i < count; i++) {
        int code = code(source, offset + i * line);
        target[targetOffset + i / 2] |= (byte) (code << (i % 2 * 4));
        at = write(code, source, offset + i * line, target, at);
      }
      return Words.finish(source, offset + count * line, offset + length, target, at, targetOffset);
    }

    private int code(byte[] source, int at) {
      long first = (long) LONGS.get(source, at);
      boolean same = true;
      for (int i = 8; i < line && same; i += 8) {
        same = (long) LONGS.get(source, at + i) == first;
      }
      if (same) {
        return first == 0 ? ZEROS : REPEATED;
      }
      int best = RAW;
      int least = line;
      for (int i = 0; i < SHAPES.length; i++) {
        int size = lines.size(SHAPES[i]);
        if (size < least && has(SHAPES[i], source, at)) {
          best = FIRST_SHAPE + i;
          least = size;
        }
      }
      return best;
    }

    private boolean has(int[] shape, byte[] source, int at) {
      boolean based = false;
      long base = 0;
      for (int i = 0; i < line; i += shape[0]) {
        long value = value(source, at + i, shape[0]);
        if (fits(value, shape[1])) {
          continue;
        }
        if (!based) {
          base = value;
          based = true;
        } else if (!fits(wrapped(value - base, shape[0]), shape[1])) {
          return false;
        }
      }
      return true;
    }

    private int write(int code, byte[] source, int from, byte[] target, int to) {
      return switch (code) {
        case ZEROS -> to;
        case REPEATED -> {
          System.arraycopy(source, from, target, to, 8);
          yield to + 8;
        }
        case RAW -> {
          System.arraycopy(source, from, target, to, line);
          yield to + line;
        }
        default -> writeShape(SHAPES[code - FIRST_SHAPE], source, from, target, to);
      };
    }

    private int writeShape(int[] shape, byte[] source, int from, byte[] target, int to) {
      int values = line / shape[0];
      int mask = to + shape[0];
      int at = mask + maskBytes(values);
      Arrays.fill(target, to, at, (byte) 0);
      boolean based = false;
      long base = 0;
      for (int i = 0; i < values; i++) {
        long value = value(source, from + i * shape[0], shape[0]);
        long difference = value;
        if (!fits(value, shape[1])) {
          if (!based) {
            base = value;
            based = true;
            put(base, shape[0], target, to);
          }
          difference = wrapped(value - base, shape[0]);
          target[mask + i / 8] |= (byte) (1 << i % 8);
        }
        put(difference, shape[1], target, at);
        at += shape[1];
      }
      return at;
    }
  }
}
