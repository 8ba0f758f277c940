package emulha.codecs.general;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import emulha.codecs.CorruptEncodingException;
import emulha.codecs.LaneReader;
import emulha.codecs.Method;
import emulha.codecs.prefix.PrefixCodec;
import emulha.memory.Page;
import emulha.memory.PageSize;
import io.airlift.compress.v3.lzo.LzoCompressor;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * An encoding is all of its bytes, and gives as many as were asked for. Without this, bytes that no
 * encoder writes could come with a page, and part of a page could be what was there before.
 */
final class CodecContractTest {
  private static byte[] text(int length) {
    var text = new StringBuilder();
    for (int line = 0; text.length() < length; line++) {
      text.append("line ").append(line * 7919).append(" of a page that is a text;");
    }
    return Arrays.copyOf(text.toString().getBytes(StandardCharsets.US_ASCII), length);
  }

  private static byte[] encoded(Codec codec, byte[] source) throws IOException {
    try (Codec.Compressor compressor = codec.newCompressor()) {
      byte[] target = new byte[compressor.bound(source.length)];
      int size = compressor.compress(source, 0, source.length, target, 0);
      return Arrays.copyOf(target, size);
    }
  }

  private static byte[] restored(Codec codec, byte[] encoding, int length)
      throws CorruptEncodingException {
    byte[] target = new byte[length];
    var lane = new LaneReader(0);
    lane.open(encoding, 0, encoding.length);
    try (Codec.Decompressor decompressor = codec.newDecompressor()) {
      decompressor.decompress(lane, encoding.length, target, 0, length);
    }
    return target;
  }

  private static byte[] joined(byte[] first, byte[] second) {
    byte[] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    return both;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "bdi",
        "brotli",
        "bzip2",
        "fpc",
        "gzip",
        "gzip:engine=libdeflate",
        "lz4",
        "lz4hc",
        "lzo",
        "snappy",
        "wkdm",
        "xz",
        "zstd"
      })
  void anEncodingIsAllOfItsBytesAndGivesAllOfThePage(String spec) throws IOException {
    Codec codec = ((EachBlock) Method.parse(spec).stages().getFirst()).codec();
    byte[] page = text(Page.BYTES);
    byte[] encoding = encoded(codec, page);
    assertArrayEquals(page, restored(codec, encoding, page.length));
    for (byte[] more : new byte[][] {{0}, {1, 2, 3}, encoding}) {
      assertThrows(
          CorruptEncodingException.class,
          () -> restored(codec, joined(encoding, more), page.length),
          () -> more.length + " bytes behind the end");
    }
    for (int length : new int[] {page.length - 1, page.length + 1}) {
      assertThrows(
          CorruptEncodingException.class,
          () -> restored(codec, encoding, length),
          () -> "as " + length + " bytes");
    }
  }

  /** libzstd takes several frames for one, and some that hold nothing. */
  @Test
  void zstdTakesOneFrame() throws IOException {
    Codec codec = ((EachBlock) Method.parse("zstd").stages().getFirst()).codec();
    byte[] page = text(Page.BYTES);
    // A header as ours is, and a last block without a byte.
    byte[] empty = HexFormat.of().parseHex("0088" + "010000");
    byte[] encoding = encoded(codec, page);
    assertThrows(
        CorruptEncodingException.class,
        () -> restored(codec, joined(encoding, empty), page.length));
  }

  /** The library takes several blocks for one, and some that hold nothing. */
  @ParameterizedTest
  @ValueSource(ints = {1, 3, 4, 18, 19, 300, Page.BYTES, 65536})
  void lzoTakesOneBlock(int length) throws IOException {
    Codec codec = ((EachBlock) Method.parse("lzo").stages().getFirst()).codec();
    var random = new Random(7);
    // Literals and copies of all lengths and from all distances.
    byte[] content = new byte[length];
    for (int at = 0; at < length; ) {
      int run = Math.min(length - at, 1 + random.nextInt(random.nextInt(600) + 1));
      if (random.nextBoolean() || at == 0) {
        byte[] literals = new byte[run];
        random.nextBytes(literals);
        System.arraycopy(literals, 0, content, at, run);
      } else {
        int from = random.nextInt(at);
        for (int i = 0; i < run; i++) {
          content[at + i] = content[from + i];
        }
      }
      at += run;
    }
    byte[] encoding = encoded(codec, content);
    assertArrayEquals(content, restored(codec, encoding, length));
    // The instruction for no literals, and the one that ends a block.
    byte[] empty = HexFormat.of().parseHex("11" + "110000");
    String refusal =
        assertThrows(
                CorruptEncodingException.class,
                () -> restored(codec, joined(encoding, empty), length))
            .getMessage();
    assertTrue(refusal.contains("offset=" + encoding.length), refusal);
    byte[] half = Arrays.copyOf(content, (length + 1) / 2);
    byte[] rest = Arrays.copyOfRange(content, half.length, length);
    if (rest.length > 0) {
      byte[] two = joined(encoded(codec, half), encoded(codec, rest));
      assertThrows(CorruptEncodingException.class, () -> restored(codec, two, length));
    }
  }

  /** The library tells the number of its table's places, which are of four bytes each. */
  @Test
  void lzoRetainsItsTable() throws ReflectiveOperationException {
    var table = LzoCompressor.class.getDeclaredField("table");
    table.setAccessible(true);
    try (Codec.Compressor compressor =
        ((EachBlock) Method.parse("lzo").stages().getFirst()).codec().newCompressor()) {
      assertEquals(
          4L * ((int[]) table.get(new LzoCompressor())).length, compressor.retainedBytes());
    }
  }

  @Test
  void aPrefixCodecTakesOneFrame() throws IOException {
    PrefixCodec codec = PrefixCodec.ofLevel(3);
    byte[] page = text(Page.BYTES);
    byte[] restored = new byte[page.length];
    try (PrefixCodec.Compressor compressor = codec.newCompressor(PageSize.SMALL);
        PrefixCodec.Decompressor decompressor = codec.newDecompressor(PageSize.SMALL)) {
      byte[] target = new byte[compressor.bound(page.length)];
      int size = compressor.compress(page, 0, page.length, target, 0);
      byte[] encoding = Arrays.copyOf(target, size);
      var lane = new LaneReader(0);
      lane.open(encoding, 0, encoding.length);
      decompressor.decompress(lane, encoding.length, restored, 0, page.length);
      assertArrayEquals(page, restored);
      // A frame without content, and one to be skipped.
      for (String frame : new String[] {"28b52ffd" + "0088" + "010000", "502a4d18" + "00000000"}) {
        byte[] more = joined(encoding, HexFormat.of().parseHex(frame));
        lane.open(more, 0, more.length);
        assertThrows(
            CorruptEncodingException.class,
            () -> decompressor.decompress(lane, more.length, restored, 0, page.length),
            frame);
      }
    }
  }
}
