package emulha.codecs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import emulha.codecs.pipeline.CheckpointEncoder;
import emulha.memory.DirtyPages;
import emulha.memory.Page;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Similarity compression beyond the contract: what it counts, and what a collision does. */
final class SimilarityTest {
  /**
   * Two blocks with the MD5 79054025255fb1a26e4bc422aef54eb4, by Wang, Feng, Lai and Yu (2004).
   * Followed by the same bytes, they collide still.
   */
  private static final String COMMON_START = "d131dd02c5e6eec4693d9a0698aff95c2fcab5";

  private static final byte[] ONE =
      HexFormat.of()
          .parseHex(
              COMMON_START
                  + "8712467eab4004583eb8fb7f8955ad340609f4b30283e488832571415a"
                  + "085125e8f7cdc99fd91dbdf280373c5bd8823e3156348f5bae6dacd436c919c6"
                  + "dd53e2b487da03fd02396306d248cda0e99f33420f577ee8ce54b67080a80d1e"
                  + "c69821bcb6a8839396f9652b6ff72a70");
  private static final byte[] OTHER =
      HexFormat.of()
          .parseHex(
              COMMON_START
                  + "0712467eab4004583eb8fb7f8955ad340609f4b30283e4888325f1415a"
                  + "085125e8f7cdc99fd91dbd7280373c5bd8823e3156348f5bae6dacd436c919c6"
                  + "dd53e23487da03fd02396306d248cda0e99f33420f577ee8ce54b67080280d1e"
                  + "c69821bcb6a8839396f965ab6ff72a70");

  private static DirtyPages pages(byte[]... contents) {
    var pages = new DirtyPages();
    for (int i = 0; i < contents.length; i++) {
      pages.append(i, contents[i], 0);
    }
    return pages;
  }

  private static Sequence.Step increment(DirtyPages... vms) {
    return new Sequence.Step(CheckpointKind.INCREMENTAL, List.of(vms));
  }

  /** One guest writes a chunk whose MD5 equals that of another guest's chunk. */
  private static void replayCollision(String spec) throws IOException {
    byte[] victim = Arrays.copyOf(ONE, Page.BYTES);
    byte[] forged = Arrays.copyOf(OTHER, Page.BYTES);
    try (var replay = new Replay(Method.parse(spec), new long[] {2, 2})) {
      for (int i = 0; i < 3; i++) {
        Sequence.Step step = increment(pages(victim, forged), pages(forged, victim));
        replay.decode(step, replay.encode(step));
        replay.compareImages();
      }
    }
  }

  /** Without comparing bytes, a crafted chunk writes one guest's content into another's image. */
  @Test
  void collisionsDoHarmOnlyUnverified() throws IOException {
    assertThrows(AssertionError.class, () -> replayCollision("similarity"));
    assertThrows(AssertionError.class, () -> replayCollision("similarity:lifetime=forever"));
    for (String safe :
        List.of("verify=true", "verify=true,lifetime=forever", "hash=sha256", "hash=xxh3-128")) {
      replayCollision("similarity:" + safe);
    }
  }

  /** Against a set of chunks: how many are new, and whose the first one was. */
  @Test
  void countsDuplicatesByWhereTheFirstOneIs() throws IOException {
    Sequence sequence = Sequence.manyVms();
    long intra = 0;
    long inter = 0;
    long unique = 0;
    try (var replay = new Replay(Method.parse("similarity:chunk=256"), sequence.ramPages())) {
      for (Sequence.Step step : sequence.steps()) {
        List<Set<String>> firstIn = List.of(new HashSet<>(), new HashSet<>(), new HashSet<>());
        for (int vm = 0; vm < 3; vm++) {
          DirtyPages pages = step.vms().get(vm);
          for (int i = 0; i < pages.count(); i++) {
            for (int at = 0; at < Page.BYTES; at += 256) {
              int from = pages.offset(i) + at;
              String chunk = HexFormat.of().formatHex(pages.slab(i), from, from + 256);
              int owner =
                  IntStream.range(0, 3)
                      .filter(v -> firstIn.get(v).contains(chunk))
                      .findFirst()
                      .orElse(-1);
              if (owner < 0) {
                unique++;
                firstIn.get(vm).add(chunk);
              } else if (owner == vm) {
                intra++;
              } else {
                inter++;
              }
            }
          }
        }
        replay.decode(step, replay.encode(step));
      }
      Counters counters = replay.encoder().counters();
      assertTrue(intra > 0 && inter > 0, intra + " " + inter);
      assertEquals(intra, counters.get(Counter.DUPLICATE_CHUNKS_INTRA).orElseThrow());
      assertEquals(inter, counters.get(Counter.DUPLICATE_CHUNKS_INTER).orElseThrow());
      assertEquals(unique, counters.get(Counter.UNIQUE_CHUNKS).orElseThrow());
      assertEquals(256 * unique + 4 * (intra + inter), replay.encoder().payloadBytes());
    }
  }

  /** More VMs than a pointer can name would send pointers to wrong VMs. */
  @Test
  void refusesMoreVmsThanPointersTellApart() {
    Method method = Method.parse("similarity");
    assertThrows(
        IllegalArgumentException.class,
        () -> CheckpointEncoder.of(method, new long[65], (lane, bytes, offset, length) -> {}));
  }
}
