package emulha.codecs.words;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import emulha.codecs.CorruptEncodingException;
import emulha.codecs.LaneReader;
import emulha.codecs.MethodArguments;
import emulha.codecs.StageProvider;
import emulha.codecs.general.Codec;
import emulha.codecs.general.CodecProvider;
import emulha.codecs.general.EachBlock;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * WKdm, FPC and BDI against second, slow implementations by text and big numbers, written from the
 * papers' tables. Without this, encoder and decoder could agree on patterns that are not the
 * papers', and the sizes would be those of something else.
 */
final class WordCodecsTest {
  private static Codec codec(StageProvider provider) {
    var stage =
        (EachBlock)
            provider.create(MethodArguments.of(provider, CodecProvider.SCOPE.key(), "page"));
    return stage.codec();
  }

  private static byte[] compressed(Codec codec, byte[] source) throws IOException {
    try (Codec.Compressor compressor = codec.newCompressor()) {
      byte[] target = new byte[3 + compressor.bound(source.length)];
      Arrays.fill(target, (byte) 0xee);
      int size = compressor.compress(source, 0, source.length, target, 3);
      return Arrays.copyOfRange(target, 3, 3 + size);
    }
  }

  /** Words of all kinds, some of them again, and a few bytes behind the last. */
  private static byte[] made(SplittableRandom random, int length) {
    ByteBuffer bytes = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    List<Integer> used = new ArrayList<>(List.of(1));
    int last = random.nextInt();
    while (bytes.remaining() >= 4) {
      int word =
          switch (random.nextInt(12)) {
            case 0, 1, 2 -> 0;
            case 3 -> random.nextInt(16) - 8;
            case 4 -> (byte) random.nextInt();
            case 5 -> (short) random.nextInt();
            case 6 -> random.nextInt() << 16;
            case 7 -> (random.nextInt() & 0xff) * 0x0101_0101;
            case 8 -> ((byte) random.nextInt() << 16) | ((byte) random.nextInt() & 0xffff);
            case 9 -> used.get(random.nextInt(used.size()));
            case 10 -> last + random.nextInt(200) - 100;
            default -> random.nextInt();
          };
      used.add(word);
      last = word;
      bytes.putInt(word);
    }
    while (bytes.hasRemaining()) {
      bytes.put((byte) random.nextInt());
    }
    return bytes.array();
  }

  private static List<Integer> words(byte[] source) {
    List<Integer> words = new ArrayList<>();
    ByteBuffer bytes = ByteBuffer.wrap(source).order(ByteOrder.LITTLE_ENDIAN);
    while (bytes.remaining() >= 4) {
      words.add(bytes.getInt());
    }
    return words;
  }

  /** The lowest bits of a number as text, lowest first. */
  private static String bits(long value, int count) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < count; i++) {
      text.append((value >> i & 1) == 1 ? '1' : '0');
    }
    return text.toString();
  }

  private static List<Byte> packed(String bits) {
    List<Byte> bytes = new ArrayList<>();
    for (int i = 0; i < bits.length(); i += 8) {
      String eight = bits.substring(i, Math.min(bits.length(), i + 8));
      bytes.add((byte) Integer.parseInt(new StringBuilder(eight).reverse().toString(), 2));
    }
    return bytes;
  }

  private static byte[] array(List<Byte> bytes) {
    byte[] array = new byte[bytes.size()];
    for (int i = 0; i < array.length; i++) {
      array[i] = bytes.get(i);
    }
    return array;
  }

  private static void addTail(byte[] source, int unit, List<Byte> to) {
    for (int i = source.length / unit * unit; i < source.length; i++) {
      to.add(source[i]);
    }
  }

  private static byte[] wkdm(byte[] source) {
    int[] dictionary = new int[Wkdm.PLACES];
    Arrays.fill(dictionary, 1);
    var tags = new StringBuilder();
    var places = new StringBuilder();
    var lows = new StringBuilder();
    var fresh = new StringBuilder();
    for (int word : words(source)) {
      int place = Wkdm.place(word);
      String high = Integer.toBinaryString(1 << 22 | word >>> 10);
      String recent = Integer.toBinaryString(1 << 22 | dictionary[place] >>> 10);
      if (word == 0) {
        tags.append("00");
      } else if (word == dictionary[place]) {
        tags.append("11");
        places.append(bits(place, 4));
      } else if (high.equals(recent)) {
        tags.append("10");
        places.append(bits(place, 4));
        lows.append(bits(word % 1024 + 1024, 10));
        dictionary[place] = word;
      } else {
        tags.append("01");
        fresh.append(bits(word, 32));
        dictionary[place] = word;
      }
    }
    List<Byte> all = new ArrayList<>();
    for (var section : List.of(tags, places, lows, fresh)) {
      all.addAll(packed(section.toString()));
    }
    addTail(source, 4, all);
    return array(all);
  }

  private static boolean within(long value, int bits) {
    return value >= -(1L << (bits - 1)) && value < 1L << (bits - 1);
  }

  private static byte[] fpc(byte[] source) {
    var text = new StringBuilder();
    int zeros = 0;
    List<Integer> words = words(source);
    for (int i = 0; i <= words.size(); i++) {
      boolean zero = i < words.size() && words.get(i) == 0;
      if (zeros == 8 || (zeros > 0 && !zero)) {
        text.append(bits(0, 3)).append(bits(zeros - 1, 3));
        zeros = 0;
      }
      if (zero) {
        zeros++;
      } else if (i < words.size()) {
        int word = words.get(i);
        short low = (short) (word & 0xffff);
        short high = (short) (word >>> 16);
        byte[] four = BigInteger.valueOf((word & 0xffff_ffffL) | (1L << 40)).toByteArray();
        if (within(word, 4)) {
          text.append(bits(1, 3)).append(bits(word, 4));
        } else if (within(word, 8)) {
          text.append(bits(2, 3)).append(bits(word, 8));
        } else if (four[2] == four[3] && four[3] == four[4] && four[4] == four[5]) {
          text.append(bits(6, 3)).append(bits(four[2], 8));
        } else if (within(word, 16)) {
          text.append(bits(3, 3)).append(bits(word, 16));
        } else if (low == 0) {
          text.append(bits(4, 3)).append(bits(high, 16));
        } else if (within(low, 8) && within(high, 8)) {
          text.append(bits(5, 3)).append(bits(low, 8)).append(bits(high, 8));
        } else {
          text.append(bits(7, 3)).append(bits(word, 32));
        }
      }
    }
    List<Byte> all = packed(text.toString());
    addTail(source, 4, all);
    return array(all);
  }

  /** A little-endian number, with sign. */
  private static BigInteger number(byte[] source, int at, int width) {
    byte[] reversed = new byte[width];
    for (int i = 0; i < width; i++) {
      reversed[width - 1 - i] = source[at + i];
    }
    return new BigInteger(reversed);
  }

  private static boolean near(BigInteger value, int bytes) {
    return value.bitLength() < 8 * bytes;
  }

  private static void addNumber(BigInteger value, int width, List<Byte> to) {
    for (int i = 0; i < width; i++) {
      to.add(value.shiftRight(8 * i).byteValue());
    }
  }

  /** The line with values and differences of these widths; empty: they do not fit. */
  private static List<Byte> shaped(byte[] source, int at, int line, int width, int narrow) {
    BigInteger base = null;
    var mask = new StringBuilder();
    List<Byte> differences = new ArrayList<>();
    for (int i = at; i < at + line; i += width) {
      BigInteger value = number(source, i, width);
      if (near(value, narrow)) {
        mask.append('0');
        addNumber(value, narrow, differences);
        continue;
      }
      base = base == null ? value : base;
      BigInteger range = BigInteger.ONE.shiftLeft(8 * width);
      BigInteger difference = value.subtract(base).mod(range);
      if (difference.testBit(8 * width - 1)) {
        difference = difference.subtract(range);
      }
      if (!near(difference, narrow)) {
        return List.of();
      }
      mask.append('1');
      addNumber(difference, narrow, differences);
    }
    List<Byte> all = new ArrayList<>();
    addNumber(base == null ? BigInteger.ZERO : base, width, all);
    all.addAll(packed(mask.toString()));
    all.addAll(differences);
    return all;
  }

  private static byte[] bdi(byte[] source, int line) {
    int[][] shapes = {{8, 1}, {8, 2}, {8, 4}, {4, 1}, {4, 2}, {2, 1}};
    var codes = new StringBuilder();
    List<Byte> lines = new ArrayList<>();
    for (int at = 0; at + line <= source.length; at += line) {
      byte[] bytes = Arrays.copyOfRange(source, at, at + line);
      byte[] repeated = new byte[line];
      for (int i = 0; i < line; i++) {
        repeated[i] = bytes[i % 8];
      }
      int code = 8;
      List<Byte> best = new ArrayList<>();
      for (byte b : bytes) {
        best.add(b);
      }
      if (Arrays.equals(bytes, new byte[line])) {
        code = 0;
        best = List.of();
      } else if (Arrays.equals(bytes, repeated)) {
        code = 1;
        best = best.subList(0, 8);
      } else {
        for (int i = 0; i < 6; i++) {
          List<Byte> shaped = shaped(source, at, line, shapes[i][0], shapes[i][1]);
          if (!shaped.isEmpty() && shaped.size() < best.size()) {
            code = 2 + i;
            best = shaped;
          }
        }
      }
      codes.append(bits(code, 4));
      lines.addAll(best);
    }
    List<Byte> all = packed(codes.toString());
    all.addAll(lines);
    addTail(source, line, all);
    return array(all);
  }

  @ParameterizedTest
  @ValueSource(ints = {4096, 256, 1, 3, 4, 31, 67, 100, 8200})
  void encodeAsTheSlowOnesDo(int length) throws IOException {
    var random = new SplittableRandom(0x5eed_3d0cL + length);
    for (int round = 0; round < 40; round++) {
      byte[] source = made(random, length);
      assertArrayEquals(
          wkdm(source), compressed(codec(new Wkdm()), source), "WKdm, round " + round);
      assertArrayEquals(fpc(source), compressed(codec(new Fpc()), source), "FPC, round " + round);
      for (int line : new int[] {32, 64}) {
        // Lines of one shape, else nearly all would be raw.
        int shape = random.nextInt(4);
        if (shape > 0) {
          long base = random.nextLong();
          for (int i = 0; i + (1 << shape) <= length; i += 1 << shape) {
            long value =
                (random.nextInt(3) == 0 ? 0 : base)
                    + random.nextInt(1 << (7 * random.nextInt(1, 3)));
            for (int b = 0; b < 1 << shape; b++) {
              source[i + b] = (byte) (value >>> (8 * b));
            }
          }
        }
        byte[] expected = bdi(source, line);
        assertArrayEquals(
            expected,
            compressed(
                new Bdi().codec(MethodArguments.of(new Bdi(), "line", Integer.toString(line))),
                source),
            "BDI of " + line + ", round " + round);
      }
    }
  }

  /** Without this, what was cut off would be said to have fewer than no bytes too many. */
  @Test
  void anotherLengthIsTooFewOrTooMany() throws IOException {
    for (Codec codec : List.of(codec(new Wkdm()), codec(new Fpc()))) {
      byte[] encoding = compressed(codec, new byte[31]);
      for (int more : new int[] {-1, 1}) {
        byte[] other = Arrays.copyOf(encoding, encoding.length + more);
        var lane = new LaneReader(0);
        lane.open(other, 0, other.length);
        String message =
            String.valueOf(
                assertThrows(
                        CorruptEncodingException.class,
                        () ->
                            codec
                                .newDecompressor()
                                .decompress(lane, other.length, new byte[31], 0, 31))
                    .getMessage());
        assertTrue(message.endsWith("has 1 bytes too " + (more < 0 ? "few" : "many")), message);
      }
    }
  }

  /**
   * Pekhimenko et al., Figures 3 and 4: lines of 32 bytes from h264ref and perlbench take 12 bytes.
   * Here the mask of a byte and the code of half a byte, rounded up, are counted, too.
   */
  @Test
  void bdiTakesThePapersLines() throws IOException {
    int[][] lines = {
      {0x00000000, 0x0000000b, 0x00000003, 0x00000001, 0x00000004, 0x00000000, 0x00000003, 4},
      {
        0xc04039c0, 0xc04039c8, 0xc04039d0, 0xc04039d8,
        0xc04039e0, 0xc04039e8, 0xc04039f0, 0xc04039f8
      }
    };
    // Code 5, values of 4 bytes and differences of 1; the base; which are near it; the differences
    // as the figures show them.
    String[] expected = {
      "05" + "00000000" + "00" + "000b030104000304", "05" + "c03940c0" + "ff" + "0008101820283038"
    };
    for (int i = 0; i < lines.length; i++) {
      int[] line = lines[i];
      ByteBuffer bytes = ByteBuffer.allocate(32).order(ByteOrder.LITTLE_ENDIAN);
      bytes.asIntBuffer().put(line);
      Codec bdi = new Bdi().codec(MethodArguments.of(new Bdi(), "line", "32"));
      byte[] encoding = compressed(bdi, bytes.array());
      assertEquals(12 + 1 + 1, encoding.length);
      assertEquals(expected[i], HexFormat.of().formatHex(encoding));
    }
  }
}
