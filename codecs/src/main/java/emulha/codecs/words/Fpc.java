package emulha.codecs.words;

import emulha.codecs.Arguments;
import emulha.codecs.CorruptEncodingException;
import emulha.codecs.LaneReader;
import emulha.codecs.general.Codec;
import emulha.codecs.general.CodecProvider;
import emulha.codecs.general.SimpleCodec;
import java.util.Arrays;

/**
 * Frequent Pattern Compression (Alameldeen and Wood, "Frequent Pattern Compression: A
 * Significance-Based Compression Scheme for L2 Caches", UW-Madison TR 1500, 2004, Table 1): each
 * 32-bit word is a prefix of 3 bits and data.
 *
 * <p>Prefixes: 0 = run of 1 to 8 zero words (3 bits: their number less 1); 1, 2, 3 = number of 4,
 * 8, 16 bits, sign-extended; 4 = upper halfword, the lower one zero (16); 5 = two halfwords, each a
 * sign-extended byte (16, lower one first); 6 = a byte four times (8); 7 = any word (32). A word
 * has the first that fits in the order 0, 1, 2, 6, 3, 4, 5, 7. All are packed without gaps from the
 * lowest bit; bytes behind the last word follow. Where the paper compresses cache lines of 64
 * bytes, runs of zeros here go on across them.
 */
public final class Fpc extends CodecProvider {
  private static final int MAX_RUN = 8;

  /** The stage. */
  public Fpc() {
    super(
        "fpc",
        "32-bit words by eight frequent patterns, made for caches",
        "Alameldeen and Wood, UW-Madison TR 1500 (2004), Table 1");
  }

  @Override
  protected Codec codec(Arguments arguments) {
    return new SimpleCodec(() -> "java", Codec.USUAL_NANOS, Encoder::new, () -> Fpc::decompress);
  }

  private record Encoder() implements Codec.Compressor {
    @Override
    public int bound(int length) {
      return length + length / 8 + 8;
    }

    @Override
    public int compress(byte[] source, int offset, int length, byte[] target, int targetOffset) {
      int words = length / 4;
      var bits = new Bits.Writer(target, targetOffset);
      for (int i = 0; i < words; i++) {
        int word = Words.get(source, offset + 4 * i);
        if (word == 0) {
          int run = 1;
          while (run < MAX_RUN && i + 1 < words && Words.get(source, offset + 4 * i + 4) == 0) {
            run++;
            i++;
          }
          bits.write((run - 1) << 3, 6);
        } else {
          write(word, bits);
        }
      }
      return Words.finish(
          source, offset + 4 * words, offset + length, target, bits.finish(), targetOffset);
    }

    private static void write(int word, Bits.Writer bits) {
      if (word << 28 >> 28 == word) {
        bits.write(1 | word << 3, 7);
      } else if ((byte) word == word) {
        bits.write(2 | word << 3, 11);
      } else if (word == Integer.rotateLeft(word, 8)) {
        bits.write(6 | (word & 0xff) << 3, 11);
      } else if ((short) word == word) {
        bits.write(3 | word << 3, 19);
      } else if ((word & 0xffff) == 0) {
        bits.write(4 | word >>> 16 << 3, 19);
      } else if ((byte) word == (short) word && (byte) (word >> 16) == word >> 16) {
        bits.write(5 | (word & 0xff) << 3 | (word >> 16 & 0xff) << 11, 19);
      } else {
        bits.write(7, 3);
        bits.write(word, 32);
      }
    }
  }

  private static void decompress(LaneReader lane, int size, byte[] target, int offset, int length)
      throws CorruptEncodingException {
    int words = length / 4;
    int start = lane.take(size);
    var bits = new Bits.Reader(lane, start, size);
    for (int i = 0; i < words; i++) {
      int prefix = bits.read(3);
      if (prefix == 0) {
        int run = bits.read(3) + 1;
        if (run > words - i) {
          throw lane.corrupt("a run of %d zero words where %d are left".formatted(run, words - i));
        }
        Arrays.fill(target, offset + 4 * i, offset + 4 * (i + run), (byte) 0);
        i += run - 1;
      } else {
        Words.set(target, offset + 4 * i, word(prefix, bits));
      }
    }
    Words.finish(lane, bits.finish(), start + size, target, offset + 4 * words, offset + length);
  }

  private static int word(int prefix, Bits.Reader bits) throws CorruptEncodingException {
    return switch (prefix) {
      case 1 -> bits.read(4) << 28 >> 28;
      case 2 -> (byte) bits.read(8);
      case 3 -> (short) bits.read(16);
      case 4 -> bits.read(16) << 16;
      case 5 -> {
        int low = (byte) bits.read(8) & 0xffff;
        yield low | (byte) bits.read(8) << 16;
      }
      case 6 -> bits.read(8) * 0x0101_0101;
      default -> bits.read(32);
    };
  }
}
