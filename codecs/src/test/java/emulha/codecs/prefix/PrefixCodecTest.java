package emulha.codecs.prefix;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import emulha.codecs.LaneReader;
import emulha.codecs.zstd.Libzstd;
import emulha.memory.Page;
import emulha.memory.PageSize;
import java.io.IOException;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Where the system has a libzstd, its prefixes are used; elsewhere zstd-jni's dictionaries, which
 * no other test reaches then. Without this, a host without the library could not take what one with
 * it sends.
 */
final class PrefixCodecTest {
  private static final int OFFSET = 100;

  /** Pages of text, the second one like the first, the third one of another, the first again. */
  private static byte[][] pages() {
    var random = new Random(11);
    byte[] first = new byte[Page.BYTES];
    for (int i = 0; i < first.length; i++) {
      first[i] = (byte) ('a' + random.nextInt(26));
    }
    byte[] second = first.clone();
    second[1000]++;
    byte[] third = new byte[Page.BYTES];
    for (int i = 0; i < third.length; i++) {
      third[i] = (byte) ('0' + i % 7 + random.nextInt(2));
    }
    return new byte[][] {first, second, third, first};
  }

  private static void sends(PrefixCodec from, PrefixCodec to) throws IOException {
    byte[][] pages = pages();
    try (PrefixCodec.Compressor compressor = from.newCompressor(PageSize.SMALL);
        PrefixCodec.Decompressor decompressor = to.newDecompressor(PageSize.SMALL)) {
      byte[] encoding = new byte[OFFSET + compressor.bound(Page.BYTES)];
      for (int i = 0; i < pages.length; i++) {
        boolean prefixed = i == 1 || i == 3;
        byte[] there = new byte[OFFSET + Page.BYTES];
        System.arraycopy(pages[0], 0, there, OFFSET, Page.BYTES);
        if (prefixed) {
          compressor.prefix(there, OFFSET);
          decompressor.prefix(there, OFFSET);
        }
        int size = compressor.compress(pages[i], 0, Page.BYTES, encoding, OFFSET);
        // Random letters alone take more than four bits each.
        assertTrue(!prefixed || size < 64, from.binding() + ": " + size + " bytes");
        var lane = new LaneReader(1);
        lane.open(encoding, OFFSET, size);
        byte[] restored = new byte[OFFSET + Page.BYTES];
        decompressor.decompress(lane, size, restored, OFFSET, Page.BYTES);
        byte[] expected = new byte[restored.length];
        System.arraycopy(pages[i], 0, expected, OFFSET, Page.BYTES);
        assertArrayEquals(expected, restored, from.binding() + " to " + to.binding());
      }
    }
  }

  @Test
  void dictionariesRestoreWhatTheyEncode() throws IOException {
    sends(new DictionaryPrefixCodec(3), new DictionaryPrefixCodec(3));
  }

  @Test
  void bothImplementationsRestoreEachOthersEncodings() throws IOException {
    assumeTrue(Libzstd.AVAILABLE, "no libzstd");
    sends(new NativePrefixCodec(3), new DictionaryPrefixCodec(3));
    sends(new DictionaryPrefixCodec(3), new NativePrefixCodec(3));
  }
}
