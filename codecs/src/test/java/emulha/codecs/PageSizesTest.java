package emulha.codecs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import emulha.codecs.pipeline.CheckpointEncoder;
import emulha.memory.DirtyPages;
import emulha.memory.Page;
import emulha.memory.PageSize;
import java.io.IOException;
import java.util.List;
import java.util.SplittableRandom;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What methods do with pages that are not of 4096 bytes. */
@Execution(ExecutionMode.CONCURRENT)
final class PageSizesTest {
  private static final Pattern CACHE = Pattern.compile("(cache|history)=(\\d+)KiB");

  /** Methods that say that they are QEMU's, whose pages have 4096 bytes. */
  private static boolean isXbzrle(String spec) {
    return spec.contains("xbzrle");
  }

  /** The same method with a cache of as many pages. */
  private static String sized(String spec, PageSize pageSize) {
    return CACHE
        .matcher(spec)
        .replaceAll(
            match ->
                match.group(1)
                    + "="
                    + Long.parseLong(match.group(2)) * pageSize.bytes() / Page.BYTES
                    + "KiB")
        .replaceAll("(block|region)=\\d+KiB", "$1=2MiB")
        // Its eleventh level would take most of this test's time, and decodes as the others do.
        .replace("brotli:level=11", "brotli:level=9");
  }

  static Stream<Arguments> methodsSizesAndSequences() {
    var kib16 = new PageSize(16 << 10);
    var kib64 = new PageSize(64 << 10);
    var mib2 = new PageSize(2 << 20);
    List<Sequence> sequences =
        List.of(
            Sequence.adversarial().enlarged(kib16),
            Sequence.manyVms().enlarged(kib16),
            Sequence.small().enlarged(kib64),
            Sequence.manyVms().enlarged(kib64),
            Sequence.small().enlarged(mib2));
    return MethodSpecs.ALL.stream()
        .filter(spec -> !isXbzrle(spec))
        .flatMap(
            spec ->
                sequences.stream()
                    .map(sequence -> Arguments.of(sized(spec, pageSize(sequence)), sequence)));
  }

  private static PageSize pageSize(Sequence sequence) {
    return sequence.steps().getFirst().vms().getFirst().pageSize();
  }

  /**
   * Without this a method could lose what lies behind the first 4096 bytes of a page, write beyond
   * a page, or keep contents of another page in its cache.
   */
  @ParameterizedTest
  @MethodSource("methodsSizesAndSequences")
  void restoresEveryPage(String spec, Sequence sequence) throws IOException {
    PageSize pageSize = pageSize(sequence);
    long[] ram = sequence.ramPages();
    try (var replay = new Replay(Method.parse(spec), pageSize, ram)) {
      for (Sequence.Step step : sequence.steps()) {
        long payload = replay.encoder().payloadBytes();
        EncodedCheckpoint encoded = replay.encode(step);
        payload = replay.encoder().payloadBytes() - payload;
        long raw = step.vms().stream().mapToLong(DirtyPages::contentBytes).sum();
        assertTrue(
            payload <= raw + raw / 256 + 4096L * ram.length,
            payload + " bytes of payload for " + raw);
        replay.decode(step, encoded);
        replay.compareImages();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {8 << 10, 16 << 10, 64 << 10, 2 << 20})
  void whatIsDefinedOnSmallPagesIsRefused(int bytes) {
    var pageSize = new PageSize(bytes);
    for (String spec : List.of("xbzrle", "zero+delta:encoding=xbzrle,policy=direct+gzip")) {
      var refused =
          assertThrows(
              IllegalArgumentException.class,
              () ->
                  CheckpointEncoder.of(
                      Method.parse(spec), pageSize, new long[] {1}, null, null, null, null),
              spec);
      assertTrue(
          refused.getMessage().endsWith("use delta, remus, fitdoc or prefix"),
          refused.getMessage());
      assertTrue(refused.getMessage().contains(" " + bytes + " bytes"), refused.getMessage());
    }
    for (String works : List.of("delta", "remus", "fitdoc", "prefix")) {
      Method.parse(works).require(pageSize);
    }
  }

  @Test
  void whatHoldsNoPageIsRefused() {
    var huge = new PageSize(2 << 20);
    assertEquals(
        "method 'delta:cache=1MiB+gzip' cannot work on pages of 2097152 bytes:"
            + " cache=1048576 holds none; give cache=2MiB or more",
        refusal("delta:cache=1MiB+gzip", huge));
    assertEquals(
        "method 'prefix:history=4KiB' cannot work on pages of 2097152 bytes:"
            + " history=4096 holds none; give history=2MiB or more",
        refusal("prefix:history=4KiB", huge));
    assertEquals(
        "method 'criu:block=1MiB' cannot work on pages of 2097152 bytes: it"
            + " compresses 1048576 bytes together, which are no whole pages; use block=page, or block"
            + " or region of 2MiB or a multiple",
        refusal("criu:block=1MiB", huge));
    String auto = "auto:stages=none/prefix:history=4KiB";
    assertTrue(refusal(auto, huge).endsWith("give history=2MiB or more"), refusal(auto, huge));
  }

  private static String refusal(String spec, PageSize pageSize) {
    return String.valueOf(
        assertThrows(
                IllegalArgumentException.class, () -> Method.parse(spec).require(pageSize), spec)
            .getMessage());
  }

  /** A buffer of other pages is no checkpoint of this session: its numbers would be misread. */
  @Test
  void pagesOfAnotherSizeAreRefused() throws IOException {
    try (var replay = new Replay(Method.parse("none"), new PageSize(64 << 10), new long[] {100})) {
      var small = new DirtyPages();
      small.append(1);
      assertThrows(
          IllegalArgumentException.class,
          () -> replay.encode(new Sequence.Step(CheckpointKind.INCREMENTAL, List.of(small))));
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 512, 2048, 4095, 4097, 12288, 65535, 4 << 20, -4096})
  void thereAreNoOtherSizes(long bytes) {
    assertThrows(IllegalArgumentException.class, () -> PageSize.of(bytes));
  }

  /**
   * What the delta of three single bytes in a page takes, from its definition (docs/METHODS.md):
   * two bytes for each block, and for each block with a change a run of equal bytes and one of one
   * byte.
   */
  @ParameterizedTest
  @ValueSource(ints = {16 << 10, 64 << 10, 2 << 20})
  void deltaByBlocks(int pageBytes) throws IOException {
    var pageSize = new PageSize(pageBytes);
    var old = noise(pageSize);
    var changed = new DirtyPages(pageSize);
    changed.append(5, old.slab(0), old.offset(0));
    int last = pageBytes - Page.BYTES;
    changed.slab(0)[0] ^= 1;
    changed.slab(0)[100] ^= 1;
    changed.slab(0)[last + 4095] ^= 1;
    // Block 0: (0)(1) byte (99)(1) byte. Last block: (4095 as two bytes)(1) byte.
    int expected = 2 * (pageBytes / Page.BYTES) + 6 + 4;
    assertEquals(expected, payload("delta", old, changed));
    // Words: an index of 2 bytes and 8 bytes for each changed one.
    assertEquals(2 * (pageBytes / Page.BYTES) + 3 * 10, payload("fitdoc", old, changed));
    // Regions: each changed one as it is.
    assertEquals(2 * 256, payload("regions", old, changed));
    assertEquals(0, payload("delta", old, old));
    assertEquals(pageBytes, payload("none", old, changed));
  }

  private static DirtyPages noise(PageSize pageSize) {
    var page = new DirtyPages(pageSize);
    byte[] bytes = new byte[pageSize.bytes()];
    new SplittableRandom(0x5eed_0011L).nextBytes(bytes);
    page.append(5, bytes, 0);
    return page;
  }

  /** Payload of the second of two checkpoints. */
  private static long payload(String spec, DirtyPages first, DirtyPages second) throws IOException {
    try (var replay = new Replay(Method.parse(spec), first.pageSize(), new long[] {8})) {
      replay.encode(new Sequence.Step(CheckpointKind.INCREMENTAL, List.of(first)));
      long before = replay.encoder().payloadBytes();
      replay.encode(new Sequence.Step(CheckpointKind.INCREMENTAL, List.of(second)));
      return replay.encoder().payloadBytes() - before;
    }
  }
}
