package emulha.codecs.criu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import emulha.codecs.CorruptEncodingException;
import emulha.codecs.LaneReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.SplittableRandom;
import net.jpountz.lz4.LZ4FrameOutputStream;
import net.jpountz.lz4.LZ4FrameOutputStream.BLOCKSIZE;
import net.jpountz.lz4.LZ4FrameOutputStream.FLG;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** LZ4 frames beside those of lz4-java's streams, an implementation that is not ours. */
final class Lz4FramesTest {
  private static final int BLOCK = 4 << 20;

  /** Pages in turn of zeros and of noise, with the last blocks of many nothing but noise. */
  private static byte[] content(int length) {
    byte[] content = new byte[length];
    var random = new SplittableRandom(0x1f4aL);
    byte[] page = new byte[4096];
    for (int at = 0; at < length; at += page.length) {
      if (at >= BLOCK || at / page.length % 2 == 1) {
        random.nextBytes(page);
        System.arraycopy(page, 0, content, at, Math.min(page.length, length - at));
      }
    }
    return content;
  }

  private static byte[] frame(byte[] content, FLG.Bits... flags) throws IOException {
    var frame = new ByteArrayOutputStream();
    try (var out = new LZ4FrameOutputStream(frame, BLOCKSIZE.SIZE_4MB, flags)) {
      out.write(content);
    }
    return frame.toByteArray();
  }

  private static byte[] frame(byte[] content) throws IOException {
    return frame(content, FLG.Bits.BLOCK_INDEPENDENCE, FLG.Bits.CONTENT_CHECKSUM);
  }

  private static byte[] restored(byte[] frame, int length) throws CorruptEncodingException {
    byte[] restored = new byte[length + 2];
    var lane = new LaneReader(0);
    lane.open(frame, 0, frame.length);
    Lz4Frames.codec().newDecompressor().decompress(lane, frame.length, restored, 1, length);
    assertEquals(0, restored[0] | restored[length + 1], "nothing is written beside the content");
    return Arrays.copyOfRange(restored, 1, length + 1);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4096, 100_000, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK + 5000})
  void framesAreThoseOfTheStream(int length) throws IOException {
    byte[] content = content(length);
    byte[] expected = frame(content);
    var compressor = Lz4Frames.codec().newCompressor();
    byte[] target = new byte[3 + compressor.bound(length)];
    int size = compressor.compress(content, 0, length, target, 3);
    assertArrayEquals(expected, Arrays.copyOfRange(target, 3, 3 + size));
    assertArrayEquals(content, restored(expected, length));
  }

  @Test
  void otherFramesAreRefused() throws IOException {
    byte[] content = content(9000);
    assertRefused(frame(content, FLG.Bits.BLOCK_INDEPENDENCE), 9000, "not one of independent");
    assertRefused(frame(content), 8999, "");
    assertRefused(frame(content), 9001, "");
    byte[] two = content(BLOCK + 10);
    assertRefused(frame(two), BLOCK, "a block of");
    assertRefused(frame(content(BLOCK)), BLOCK + 10, "holds");
  }

  /** Without this a frame whose bytes were changed could be another checkpoint's content. */
  @Test
  void noChangedByteIsTakenForContent() throws IOException {
    byte[] content = content(20_000);
    byte[] frame = frame(content);
    for (int at = 0; at < frame.length; at++) {
      frame[at] ^= 0x10;
      assertRefused(frame, content.length, "");
      frame[at] ^= 0x10;
    }
    assertArrayEquals(content, restored(frame, content.length));
  }

  private static void assertRefused(byte[] frame, int length, String because) {
    var refused = assertThrows(CorruptEncodingException.class, () -> restored(frame, length));
    assertTrue(String.valueOf(refused.getMessage()).contains(because), refused::toString);
  }
}
