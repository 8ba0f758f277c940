package emulha.codecs.similarity;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class ChunkHashTest {
  /**
   * All lanes against the platform's MD5, for whole and partial groups. Without it a wrong lane
   * would still give consistent digests, and only duplicates across lanes would be missed.
   */
  @Test
  void lanesGiveTheDigestsOfThePlatform() {
    ChunkHash lanes = ChunkHash.named("md5");
    assertTrue(lanes.binding().contains("lanes"), lanes.binding());
    var platform = new ChunkHash.Jdk("MD5", 2);
    var random = new SplittableRandom(0x5eed_1010L);
    for (int length : new int[] {64, 256, 1024, 4096, 100, 1}) {
      for (int count = 1; count <= 2 * VectorMd5.LANES + 5; count++) {
        byte[][] arrays = new byte[count][];
        int[] offsets = new int[count];
        int[] lengths = new int[count];
        for (int i = 0; i < count; i++) {
          offsets[i] = random.nextInt(9);
          lengths[i] = length;
          arrays[i] = new byte[offsets[i] + length + random.nextInt(9)];
          random.nextBytes(arrays[i]);
        }
        if (count % 11 == 0) {
          lengths[count - 1] = length / 2;
        }
        long[] ours = new long[2 * count];
        long[] expected = new long[2 * count];
        lanes.digest(arrays, offsets, lengths, count, ours);
        platform.digest(arrays, offsets, lengths, count, expected);
        assertArrayEquals(expected, ours, count + " chunks of " + length);
      }
    }
  }

  private static String hex(ChunkHash hash, byte[] content, int bytes) {
    return HexFormat.of().formatHex(hash.digest(content), 0, bytes);
  }

  /**
   * FIPS 180-4's example of SHA-1, and vectors of BLAKE3 that its authors publish
   * (test_vectors.json: bytes 0, 1, … 250, 0, …). Without this a digest of another name, or of
   * leftovers of the chunk before, would find the same duplicates.
   */
  @Test
  void digestsAreThePublishedOnes() {
    ChunkHash sha1 = ChunkHash.named("sha1");
    byte[] abc = "abc".getBytes(StandardCharsets.US_ASCII);
    assertEquals("a9993e364706816aba3e25717850c26c9cd0d89d", hex(sha1, abc, 20));
    assertArrayEquals(new byte[4], Arrays.copyOfRange(sha1.digest(abc), 20, 24));
    ChunkHash blake3 = ChunkHash.named("blake3");
    Map.of(
            0, "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262",
            1, "2d3adedff11b61f14c886e35afa036736dcd87a74d27b5c1510225d0f592e213",
            1024, "42214739f095a406f3fc83deb889744ac00df831c10daa55189b5d121c855af7",
            1025, "d00278ae47eb27b34faecf67b4fe263f82d5412916c1ffd97c8cb7fb814b8444")
        .forEach(
            (length, expected) -> {
              byte[] content = new byte[length];
              for (int i = 0; i < length; i++) {
                content[i] = (byte) (i % 251);
              }
              assertEquals(expected, hex(blake3, content, 32), length + " bytes");
            });
  }

  /** Digests of 64 letters "a", from the system's md5sum and sha256sum. */
  @Test
  void digestsAreTheWellKnownOnes() {
    byte[] chunk = "a".repeat(64).getBytes(StandardCharsets.US_ASCII);
    byte[][] arrays = {chunk, chunk, chunk, chunk};
    int[] offsets = new int[4];
    int[] lengths = {64, 64, 64, 64};
    for (String name : new String[] {"md5", "md5-single", "sha256"}) {
      ChunkHash hash = ChunkHash.named(name);
      long[] digests = new long[4 * hash.words()];
      hash.digest(arrays, offsets, lengths, 4, digests);
      ByteBuffer bytes =
          ByteBuffer.allocate(hash.words() * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
      for (int w = 0; w < hash.words(); w++) {
        bytes.putLong(digests[3 * hash.words() + w]);
      }
      assertEquals(
          name.startsWith("md5")
              ? "014842d480b571495a4a0363793f7367"
              : "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb",
          HexFormat.of().formatHex(bytes.array()));
    }
  }
}
