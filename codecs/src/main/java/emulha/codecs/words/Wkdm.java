package emulha.codecs.words;

import emulha.codecs.Arguments;
import emulha.codecs.CorruptEncodingException;
import emulha.codecs.LaneReader;
import emulha.codecs.general.Codec;
import emulha.codecs.general.CodecProvider;
import emulha.codecs.general.SimpleCodec;
import java.util.Arrays;

/**
 * WKdm (Wilson, Kaplan and Smaragdakis, "The Case for Compressed Caching in Virtual Memory
 * Systems", USENIX 1999, §3): each 32-bit word is zero, equal to one of 16 recent words, equal to
 * one in its upper 22 bits, or new; the recent ones stand in a direct-mapped dictionary, all 1 at
 * first.
 *
 * <p>An encoding is: a tag of 2 bits a word (0 zero, 1 partial, 2 new, 3 equal); a dictionary place
 * of 4 bits for each partial or equal word; the lower 10 bits of each partial word; new words, 4
 * bytes each; bytes behind the last word. Each section starts at a byte and is packed from the
 * lowest bit. The lengths follow from the tags, so there is no header.
 *
 * <p>Where it differs from the published program: that pads sections to words and has a header with
 * their lengths; and its hash is a table of random numbers, here a multiplication.
 */
public final class Wkdm extends CodecProvider {
  static final int PLACES = 16;
  private static final int LOW_BITS = 10;
  private static final int ZERO = 0;
  private static final int PARTIAL = 1;
  private static final int NEW = 2;
  private static final int EQUAL = 3;

  /** The stage. */
  public Wkdm() {
    super(
        "wkdm",
        "32-bit words by a dictionary of 16 recent ones, made for memory",
        "Wilson, Kaplan and Smaragdakis, USENIX 1999 §3");
  }

  @Override
  protected Codec codec(Arguments arguments) {
    return new SimpleCodec(() -> "java", Codec.USUAL_NANOS, Encoder::new, Decoder::new);
  }

  /** A word's place in the dictionary: by its upper 22 bits. */
  static int place(int word) {
    return ((word >>> LOW_BITS) * 0x9e37_79b1) >>> 28;
  }

  private static final class Encoder implements Codec.Compressor {
    private final int[] dictionary = new int[PLACES];
    private byte[] tags = new byte[0];

    @Override
    public int bound(int length) {
      return length + length / 8 + 8;
    }

    @Override
    public int compress(byte[] source, int offset, int length, byte[] target, int targetOffset) {
      int words = length / 4;
      if (tags.length < words) {
        tags = new byte[words];
      }
      int[] recent = dictionary;
      Arrays.fill(recent, 1);
      var tagBits = new Bits.Writer(target, targetOffset);
      for (int i = 0; i < words; i++) {
        int word = Words.get(source, offset + 4 * i);
        int place = place(word);
        int tag = tag(word, recent[place]);
        tags[i] = (byte) tag;
        tagBits.write(tag, 2);
        if (tag == PARTIAL || tag == NEW) {
          recent[place] = word;
        }
      }
      var places = new Bits.Writer(target, tagBits.finish());
      for (int i = 0; i < words; i++) {
        if ((tags[i] & 1) != 0) {
          places.write(place(Words.get(source, offset + 4 * i)), 4);
        }
      }
      var lows = new Bits.Writer(target, places.finish());
      for (int i = 0; i < words; i++) {
        if (tags[i] == PARTIAL) {
          lows.write(Words.get(source, offset + 4 * i), LOW_BITS);
        }
      }
      int at = lows.finish();
      for (int i = 0; i < words; i++) {
        if (tags[i] == NEW) {
          Words.set(target, at, Words.get(source, offset + 4 * i));
          at += 4;
        }
      }
      return Words.finish(source, offset + 4 * words, offset + length, target, at, targetOffset);
    }

    private static int tag(int word, int recent) {
      if (word == 0) {
        return ZERO;
      }
      if (word == recent) {
        return EQUAL;
      }
      return word >>> LOW_BITS == recent >>> LOW_BITS ? PARTIAL : NEW;
    }

    @Override
    public long retainedBytes() {
      return 4L * PLACES + tags.length;
    }
  }

  private static final class Decoder implements Codec.Decompressor {
    private final int[] dictionary = new int[PLACES];

    @Override
    public void decompress(LaneReader lane, int size, byte[] target, int offset, int length)
        throws CorruptEncodingException {
      int words = length / 4;
      int start = lane.take(size);
      int end = start + size;
      var tags = new Bits.Reader(lane, start, size);
      int placed = 0;
      int partial = 0;
      for (int i = 0; i < words; i++) {
        int tag = tags.read(2);
        placed += tag & 1;
        partial += tag == PARTIAL ? 1 : 0;
      }
      int placesAt = tags.finish();
      long lowsAt = placesAt + (placed + 1L) / 2;
      long newAt = lowsAt + (10L * partial + 7) / 8;
      if (newAt > end) {
        throw lane.corrupt("a WKdm encoding of " + size + " bytes ends too early");
      }
      tags = new Bits.Reader(lane, start, size);
      var places = new Bits.Reader(lane, placesAt, (int) lowsAt - placesAt);
      var lows = new Bits.Reader(lane, (int) lowsAt, (int) (newAt - lowsAt));
      int at = (int) newAt;
      int[] recent = dictionary;
      Arrays.fill(recent, 1);
      for (int i = 0; i < words; i++) {
        int word;
        switch (tags.read(2)) {
          case ZERO -> word = 0;
          case PARTIAL -> {
            int place = places.read(4);
            word = recent[place] >>> LOW_BITS << LOW_BITS | lows.read(LOW_BITS);
            recent[place] = word;
          }
          case EQUAL -> word = recent[places.read(4)];
          default -> {
            if (end - at < 4) {
              throw lane.corrupt("a WKdm encoding lacks a word");
            }
            word = Words.get(lane.bytes(), at);
            at += 4;
            recent[place(word)] = word;
          }
        }
        Words.set(target, offset + 4 * i, word);
      }
      tags.finish();
      places.finish();
      lows.finish();
      Words.finish(lane, at, end, target, offset + 4 * words, offset + length);
    }

    @Override
    public long retainedBytes() {
      return 4L * PLACES;
    }
  }
}
