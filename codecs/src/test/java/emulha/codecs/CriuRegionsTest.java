package emulha.codecs;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import emulha.memory.DirtyPages;
import emulha.testsupport.Requirements;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * {@code criu} with regions, against the design computed anew: runs of consecutive pages are cut
 * into regions, each compressed by a call of the system's liblz4, zeros left out, raw from 7/8 on.
 */
final class CriuRegionsTest {
  private static final int INDEX_LANE = 2;
  private static final int PAYLOAD_LANE = 3;

  /** Frames of 20, 2, 16, 1 and 81 consecutive pages. */
  private static final List<int[]> RUNS =
      List.of(
          new int[] {0, 20},
          new int[] {30, 32},
          new int[] {40, 56},
          new int[] {57, 58},
          new int[] {100, 181});

  private static Sequence.Step step(byte[][] contents) {
    var dirty = new DirtyPages();
    int next = 0;
    for (int[] run : RUNS) {
      for (int pfn = run[0]; pfn < run[1]; pfn++) {
        dirty.append(pfn, contents[next++], 0);
      }
    }
    return new Sequence.Step(CheckpointKind.INCREMENTAL, List.of(dirty));
  }

  private static byte[][] contents() {
    var random = new SplittableRandom(0x5eed_c910L);
    byte[][] pages = new byte[20 + 2 + 16 + 1 + 81][4096];
    for (int i = 0; i < pages.length; i++) {
      if (i >= 20 + 2 && i < 20 + 2 + 16) {
        continue; // a run, and so a region, of zeros
      }
      if (i >= 60 && i < 90) {
        random.nextBytes(pages[i]);
        continue;
      }
      for (int at = 0; at < 4096; at += 16) {
        byte[] word =
            "%08x record".formatted(random.nextInt(500)).getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(word, 0, pages[i], at, Math.min(word.length, 16));
      }
    }
    return pages;
  }

  private static MethodHandle liblz4() {
    try {
      return Linker.nativeLinker()
          .downcallHandle(
              SymbolLookup.libraryLookup("liblz4.so.1", Arena.global())
                  .findOrThrow("LZ4_compress_fast"),
              FunctionDescriptor.of(
                  ValueLayout.JAVA_INT,
                  ValueLayout.ADDRESS,
                  ValueLayout.ADDRESS,
                  ValueLayout.JAVA_INT,
                  ValueLayout.JAVA_INT,
                  ValueLayout.JAVA_INT));
    } catch (IllegalArgumentException e) {
      Requirements.lacking("liblz4.so.1 is not installed");
      throw e;
    }
  }

  private static byte[] lz4(MethodHandle liblz4, byte[] region, int acceleration) throws Throwable {
    try (var arena = Arena.ofConfined()) {
      MemorySegment source = arena.allocate(region.length);
      source.copyFrom(MemorySegment.ofArray(region));
      MemorySegment target = arena.allocate(region.length + region.length / 255 + 16);
      int size =
          (int)
              liblz4.invokeExact(
                  source, target, region.length, (int) target.byteSize(), acceleration);
      return target.asSlice(0, size).toArray(ValueLayout.JAVA_BYTE);
    }
  }

  private static List<Integer> varints(byte[] bytes) {
    var numbers = new ArrayList<Integer>();
    int value = 0;
    int shift = 0;
    for (byte b : bytes) {
      value |= (b & 0x7f) << shift;
      shift += 7;
      if (b >= 0) {
        numbers.add(value);
        value = 0;
        shift = 0;
      }
    }
    return numbers;
  }

  // Regions across a gap would compress pages together that CRIU does not; a wrong threshold or
  // acceleration would give other sizes under a name that claims CRIU's.
  @ParameterizedTest
  @CsvSource({"64KiB, 16, 1", "64KiB, 16, 8", "256KiB, 64, 1", "256KiB, 64, 1000", "4MiB, 1024, 2"})
  void encodesWhatTheDesignSays(String region, int regionPages, int acceleration) throws Throwable {
    MethodHandle liblz4 = liblz4();
    byte[][] contents = contents();
    var expectedIndex = new ArrayList<Integer>();
    var expectedPayload = new ByteArrayOutputStream();
    int next = 0;
    for (int[] run : RUNS) {
      for (int left = run[1] - run[0]; left > 0; left -= regionPages) {
        int pages = Math.min(left, regionPages);
        byte[] bytes = new byte[pages * 4096];
        for (int i = 0; i < pages; i++) {
          System.arraycopy(contents[next++], 0, bytes, i * 4096, 4096);
        }
        byte[] stored = new byte[0];
        if (!Arrays.equals(bytes, new byte[bytes.length])) {
          stored = lz4(liblz4, bytes, acceleration);
          stored = stored.length >= bytes.length / 8 * 7 ? bytes : stored;
        }
        expectedIndex.add(bytes.length);
        expectedIndex.add(stored.length);
        expectedPayload.writeBytes(stored);
      }
    }
    String spec = "criu:region=" + region + ",acceleration=" + acceleration;
    try (var replay = new Replay(Method.parse(spec), new long[] {200})) {
      Sequence.Step step = step(contents);
      EncodedCheckpoint encoded = replay.encode(step);
      assertEquals(expectedIndex, varints(encoded.copy(INDEX_LANE)));
      assertArrayEquals(expectedPayload.toByteArray(), encoded.copy(PAYLOAD_LANE));
      replay.decode(step, encoded);
      replay.compareImages();
    }
    assertTrue(expectedIndex.contains(0), "no region of zeros");
  }

  // The encodings of the talk's way are those that earlier results were made with.
  @Test
  void isAsBeforeUnlessAsked() throws IOException {
    byte[][] contents = contents();
    byte[] before = payload("criu", contents);
    assertArrayEquals(before, payload("criu:region=none,acceleration=1", contents));
    assertTrue(payload("criu:region=256KiB", contents).length < before.length);
  }

  private static byte[] payload(String spec, byte[][] contents) throws IOException {
    try (var replay = new Replay(Method.parse(spec), new long[] {200})) {
      return replay.encode(step(contents)).copy(PAYLOAD_LANE);
    }
  }

  @Test
  void refusesWhatDoesNotGoTogether() {
    for (String[] bad :
        new String[][] {
          {"criu:block=64KiB,region=64KiB", "exclude each other"},
          {"criu:region=60KiB", "64KiB..4MiB"},
          {"criu:region=8MiB", "64KiB..4MiB"},
          {"criu:region=100001", "64KiB..4MiB"},
          {"criu:acceleration=0", "1..65537"},
          {"criu:acceleration=65538", "1..65537"},
          {"criu:codec=zstd,acceleration=2", "zstd takes no acceleration"}
        }) {
      var error = assertThrows(IllegalArgumentException.class, () -> Method.parse(bad[0]), bad[0]);
      assertTrue(error.getMessage().contains(bad[1]), error::getMessage);
    }
  }
}
