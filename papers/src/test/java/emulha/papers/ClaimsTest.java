package emulha.papers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.TextNode;
import emulha.analysis.drawing.Width;
import emulha.analysis.measures.Evidence;
import emulha.analysis.measures.Facts;
import emulha.metrics.CheckpointRow;
import emulha.metrics.RunRow;
import emulha.papers.Claim.As;
import emulha.papers.Claim.Basis;
import emulha.papers.Claim.Of;
import emulha.testsupport.Rows;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class ClaimsTest {
  /** Of rows that stand for themselves. */
  private static final Claim.Pairing ALONE = new Claim.Pairing(null, null, null);

  @TempDir Path directory;

  private final List<RunRow> runs = new ArrayList<>();
  private final List<CheckpointRow> rows = new ArrayList<>();

  private void run(String method, String origin, long payload, long... cpuNs) {
    series(method, origin, 10, payload, cpuNs);
  }

  private void series(String method, String origin, int checkpoints, long payload, long... cpuNs) {
    // One value stands for six trials, which decide.
    long[] trials =
        cpuNs.length == 1 ? LongStream.generate(() -> cpuNs[0]).limit(6).toArray() : cpuNs;
    for (int t = 0; t < trials.length; t++) {
      RunRow run = Rows.run("run-" + runs.size(), "redis", origin, method, 25);
      runs.add(run);
      for (int c = 0; c < checkpoints; c++) {
        rows.add(Rows.checkpoint(run, 1, "vm", c, 1, payload, trials[t], 1_000_000L));
      }
    }
  }

  private Verdict judge(Basis basis, Claim.Test... tests) throws IOException {
    return judge(false, basis, tests);
  }

  private Verdict judge(boolean quick, Basis basis, Claim.Test... tests) throws IOException {
    Path in = directory.resolve("in-" + runs.size() + "-" + rows.size());
    if (!Files.exists(in)) {
      Rows.write(in, runs, rows);
    }
    return Claims.judge(
        new Claim(
            "id",
            new Claim.Said("§1", "statement", "1"),
            basis,
            basis == Basis.MACHINE ? Claim.NOTHING : "contents",
            List.of(tests),
            "",
            null),
        Evidence.read(in),
        quick);
  }

  private static Claim.Test cpu(String method, Of of, @Nullable Double min, @Nullable Double max) {
    return new Claim.Test(
        new Claim.Quantity("CPU", "summary", "sender_cpu_ns_per_page", 1e-3, " µs"),
        of(method),
        ALONE,
        new Claim.Expected(of, min, max));
  }

  private static Claim.Test reduction(double min) {
    return new Claim.Test(
        new Claim.Quantity("reduction", "summary", "traffic_reduction", 100, " %"),
        of("GZIP*"),
        ALONE,
        new Claim.Expected(Of.EACH, min, null));
  }

  private static Claim.Rows of(String method) {
    return new Claim.Rows(Map.of(), Map.of("method", TextNode.valueOf(method)), null);
  }

  @Test
  void holdsOrDoesNot() throws IOException {
    run("gzip:level=6", "recording", 1024, 2000);
    Verdict holds = judge(Basis.CONTENT, reduction(70));
    assertEquals(new Verdict(Verdict.Kind.HOLDS, "reduction: 75 %", "", "redis"), holds);
    assertEquals(Verdict.Kind.DOES_NOT_HOLD, judge(Basis.CONTENT, reduction(76)).kind());
    assertEquals(
        Verdict.Kind.DOES_NOT_HOLD, judge(Basis.CONTENT, reduction(70), reduction(76)).kind());
  }

  /** A figure that was put into the trace must not come out as a finding, nor hide a recording. */
  @Test
  void whatWasCalibratedIsInput() throws IOException {
    run("gzip:level=6", "synthetic", 1024, 2000);
    assertEquals(Verdict.Kind.INPUT, judge(Basis.CONTENT, reduction(70)).kind());
    assertEquals(Verdict.Kind.INPUT, judge(Basis.SIZES, reduction(76)).kind());
    assertEquals(Verdict.Kind.HOLDS, judge(Basis.MACHINE, cpu("gzip*", Of.EACH, 1.0, 3.0)).kind());
    assertEquals(Verdict.Kind.INPUT, judge(Basis.RECORDINGS, reduction(70)).kind());
    run("gzip:level=6", "recording", 2048, 2000);
    // Another guest's recording can neither confirm nor refute what was measured on the paper's.
    assertEquals(Verdict.Kind.CANNOT_BE_TESTED, judge(Basis.RECORDINGS, reduction(40)).kind());
    Verdict recorded = judge(Basis.CONTENT, reduction(70));
    assertEquals("reduction: 50 %", recorded.ours());
    assertEquals(Verdict.Kind.DOES_NOT_HOLD, recorded.kind());
  }

  /** Trials on both sides of the bound decide nothing. */
  @Test
  void intervalOverTheBoundDecidesNothing() throws IOException {
    run("gzip:level=6", "recording", 1024, 1000, 1000, 2000, 2000, 3000, 3000);
    Verdict verdict = judge(Basis.MACHINE, cpu("gzip*", Of.EACH, 1.5, null));
    assertEquals(Verdict.Kind.CANNOT_BE_TESTED, verdict.kind());
    assertEquals("CPU: 2 µs [1, 3]", verdict.ours());
    assertEquals("the interval holds the bound", verdict.reason());
    assertEquals(Verdict.Kind.HOLDS, judge(Basis.MACHINE, cpu("gzip*", Of.EACH, 0.5, null)).kind());
  }

  /** Of a second of a workload, and of a cache still empty, a verdict would be a matter of luck. */
  @Test
  void shortRecordingsAreNoEvidence() throws IOException {
    series("gzip:level=6", "recording", 9, 1024, 2000, 2000, 2000, 2000, 2000, 2000);
    Verdict verdict = judge(Basis.CONTENT, reduction(70));
    assertEquals(Verdict.Kind.CANNOT_BE_TESTED, verdict.kind());
    assertEquals(
        "the recordings have fewer than 10 checkpoints at these intervals", verdict.reason());
    assertEquals(Verdict.Kind.HOLDS, judge(Basis.MACHINE, cpu("gzip*", Of.EACH, 1.0, 3.0)).kind());
    series("gzip:level=6", "synthetic", 9, 1024, 2000);
    assertEquals(Verdict.Kind.INPUT, judge(Basis.CONTENT, reduction(70)).kind());
    series("gzip:level=5", "recording", 10, 3072, 2000);
    assertEquals("reduction: 25 %", judge(Basis.CONTENT, reduction(70)).ours());
    Claim.Test asked = reduction(70);
    var longer =
        new Claim.Test(
            asked.quantity(),
            new Claim.Rows(Map.of(), asked.rows().where(), 11),
            asked.pairing(),
            asked.expected());
    assertEquals(Verdict.Kind.INPUT, judge(Basis.CONTENT, longer).kind());
  }

  /** What was called a 95 % interval of two trials was wrong in half of all cases. */
  @Test
  void rangesDecideNothing() throws IOException {
    run("gzip:level=6", "recording", 1024, 2000, 2001, 2002, 2003, 2004);
    Claim.Test asked = cpu("gzip*", Of.EACH, 1.0, 3.0);
    Verdict verdict = judge(Basis.MACHINE, asked);
    assertEquals(Verdict.Kind.CANNOT_BE_TESTED, verdict.kind());
    assertEquals("CPU: 2.002 µs (range 2 to 2.004 of n = 5)", verdict.ours());
    assertTrue(verdict.reason().startsWith("a range of trials is no interval"), verdict.reason());
    assertEquals(Verdict.Kind.NOT_IN_QUICK, judge(true, Basis.MACHINE, asked).kind());
    // What is counted needs no second trial.
    assertEquals(Verdict.Kind.HOLDS, judge(Basis.CONTENT, reduction(70)).kind());
  }

  /** Judged where there are results alone, "all intervals" would mean the one that was easy. */
  @Test
  void everySettingIsNeeded() throws IOException {
    run("gzip:level=6", "recording", 1024, 2000);
    Claim.Test both = atTwoIntervals(cpu("gzip*", Of.EACH, 1.0, 3.0));
    Verdict verdict = judge(Basis.MACHINE, both);
    assertEquals(Verdict.Kind.CANNOT_BE_TESTED, verdict.kind());
    assertEquals("no results for CPU (interval_ms 100)", verdict.reason());
    assertEquals("CPU: 2 µs", verdict.ours());
    assertEquals(Verdict.Kind.NOT_IN_QUICK, judge(true, Basis.MACHINE, both).kind());
  }

  private static Claim.Test atTwoIntervals(Claim.Test asked) {
    return new Claim.Test(
        asked.quantity(),
        new Claim.Rows(
            Map.of("interval_ms", List.of(IntNode.valueOf(25), IntNode.valueOf(100))),
            asked.rows().where(),
            null),
        asked.pairing(),
        asked.expected());
  }

  /** No result still lacking could mend "each", "at most" or "at least", nor undo "some". */
  @Test
  void oneSettingSettlesWhatOthersCannotChange() throws IOException {
    run("gzip:level=6", "recording", 1024, 2000);
    Verdict each = judge(Basis.MACHINE, atTwoIntervals(cpu("gzip*", Of.EACH, 3.0, null)));
    assertEquals(
        new Verdict(
            Verdict.Kind.DOES_NOT_HOLD,
            "CPU: 2 µs",
            "one setting is enough; no results for CPU (interval_ms 100)",
            "redis"),
        each);
    Map<Claim.Test, Verdict.Kind> expected =
        Map.of(
            cpu("gzip*", Of.SOME, 1.0, null), Verdict.Kind.HOLDS,
            cpu("gzip*", Of.SOME, 3.0, null), Verdict.Kind.CANNOT_BE_TESTED,
            cpu("gzip*", Of.MAX, 0.5, 1.0), Verdict.Kind.DOES_NOT_HOLD,
            cpu("gzip*", Of.MAX, 3.0, 4.0), Verdict.Kind.CANNOT_BE_TESTED,
            cpu("gzip*", Of.MIN, 3.0, null), Verdict.Kind.DOES_NOT_HOLD,
            cpu("gzip*", Of.MIN, null, 1.0), Verdict.Kind.CANNOT_BE_TESTED,
            cpu("gzip*", Of.MOST, 3.0, null), Verdict.Kind.CANNOT_BE_TESTED);
    for (var one : expected.entrySet()) {
      assertEquals(
          one.getValue(),
          judge(Basis.MACHINE, atTwoIntervals(one.getKey())).kind(),
          one.getKey().toString());
    }
    run("gzip:level=5", "recording", 1024, 8000, 8000, 8000, 8000, 8000);
    assertEquals(
        Verdict.Kind.CANNOT_BE_TESTED,
        judge(Basis.MACHINE, cpu("gzip*", Of.EACH, 1.0, 3.0)).kind(),
        "five trials settle nothing");
  }

  /** A disturbed trial of one setting would leave open what a majority of the others settles. */
  @Test
  void aMajoritySettlesWhatOthersCannotChange() throws IOException {
    run("a1", "recording", 1024, 1000);
    run("a2", "recording", 1024, 1000);
    run("a3", "recording", 1024, 3000);
    run("a4", "recording", 1024, 8000, 8000, 8000, 8000, 8000);
    assertEquals(
        Verdict.Kind.DOES_NOT_HOLD, judge(Basis.MACHINE, cpu("a*", Of.MOST, 2.0, null)).kind());
    Claim.Test below = cpu("a*", Of.MOST, null, 2.0);
    assertEquals(
        Verdict.Kind.CANNOT_BE_TESTED, judge(Basis.MACHINE, below).kind(), "a4 may be below");
    run("a5", "recording", 1024, 1000);
    Verdict holds = judge(Basis.MACHINE, below);
    assertEquals(Verdict.Kind.HOLDS, holds.kind());
    assertEquals("", holds.reason());
    assertEquals(
        Verdict.Kind.CANNOT_BE_TESTED,
        judge(Basis.MACHINE, atTwoIntervals(below)).kind(),
        "a setting that is lacking may be several");
  }

  private void transfers(String method, boolean disturbed, long transferNs) {
    for (int i = 0; i < 6; i++) {
      RunRow run = Rows.with(Rows.run(method + i, "redis", "recording", method, 25), disturbed);
      runs.add(run);
      for (int c = 0; c < 10; c++) {
        rows.add(Rows.checkpoint(run, 1, "vm", c, 1, 1024, 1000L, transferNs));
      }
    }
  }

  private static Claim.Test times(String a, String b, @Nullable Double min, @Nullable Double max) {
    return new Claim.Test(
        new Claim.Quantity(a + " / " + b, "summary", "transfer_ns", 1, " times"),
        of(a),
        new Claim.Pairing(Map.of("method", TextNode.valueOf(b)), List.of("traces", "vm"), As.RATIO),
        new Claim.Expected(Of.EACH, min, max));
  }

  /** Waiting for a processor only lengthens a transfer: what is twice as long is so without it. */
  @Test
  void aDisturbedTransferIsAtMostThatLong() throws IOException {
    transfers("slow", false, 8_000_000);
    transfers("fast", true, 4_000_000);
    Verdict longer = judge(Basis.MACHINE, times("slow", "fast", 2.0, null));
    assertEquals(Verdict.Kind.HOLDS, longer.kind());
    assertEquals("slow / fast: 2 times [2, ∞)", longer.ours());
    assertEquals(
        Verdict.Kind.DOES_NOT_HOLD, judge(Basis.MACHINE, times("slow", "fast", null, 1.9)).kind());
    assertEquals(
        Verdict.Kind.CANNOT_BE_TESTED,
        judge(Basis.MACHINE, times("slow", "fast", null, 3.0)).kind(),
        "it may be any number of times");
    assertEquals(Verdict.Kind.HOLDS, judge(Basis.MACHINE, times("fast", "slow", null, 0.5)).kind());
    assertEquals(
        Verdict.Kind.CANNOT_BE_TESTED,
        judge(Basis.MACHINE, times("fast", "slow", 0.1, null)).kind(),
        "it may be next to nothing");
  }

  /** Of more trials, all of them disturbed, a bound was taken in place of what was measured. */
  @Test
  void whatIsMeasuredIsTakenAndNotABound() throws IOException {
    transfers("fast", false, 4_000_000);
    for (int i = 0; i < 7; i++) {
      RunRow run = Rows.run("paced" + i, "redis", "recording", "fast", 25);
      run = Rows.with(Rows.with(run, "replay", "asap"), true);
      runs.add(run);
      for (int c = 0; c < 10; c++) {
        rows.add(Rows.checkpoint(run, 1, "vm", c, 1, 1024, 1000L, 5_000_000L));
      }
    }
    var atLeast =
        new Claim.Test(
            new Claim.Quantity("transfer", "summary", "transfer_ns", 1e-6, " ms"),
            of("fast"),
            ALONE,
            new Claim.Expected(Of.EACH, 3.0, null));
    Verdict verdict = judge(Basis.MACHINE, atLeast);
    assertEquals("transfer: 4 ms", verdict.ours());
    assertEquals(Verdict.Kind.HOLDS, verdict.kind());
  }

  /** Counted twice, a setting that was both reduced and replayed would outvote another. */
  @Test
  void reducedAndReplayedIsOneSetting() throws IOException {
    run("a1", "recording", 1024, 1000);
    run("a2", "recording", 1024, 1000);
    run("a3", "recording", 3072, 1000);
    // Whatever is replayed has a store.
    var ram = new RunRow.Store("ram", new RunRow.Written(0), 0, null, null);
    for (int i = 0; i < 2; i++) {
      RunRow again = Rows.run("again-" + i, "redis", "a3", 25);
      runs.add(
          i == 0
              ? Rows.with(again, "reduce", "none")
              : Rows.with(again, again.key().runId(), 1, again.network(), ram));
      Long cpuNs = i == 0 ? null : 1000L;
      Long transferNs = i == 0 ? null : 1_000_000L;
      for (int c = 0; c < 10; c++) {
        rows.add(Rows.checkpoint(again, 1, "vm", c, 1, 3072, cpuNs, transferNs));
      }
    }
    Claim.Test asked = reduction(70);
    var most =
        new Claim.Test(
            asked.quantity(),
            of("a*"),
            asked.pairing(),
            new Claim.Expected(Of.MOST, asked.expected().min(), null));
    Verdict verdict = judge(Basis.CONTENT, most);
    assertEquals("reduction: 25 to 75 % in 3 settings, 2 as claimed", verdict.ours());
    assertEquals(Verdict.Kind.HOLDS, verdict.kind());
  }

  /** The beginning of a recording, replayed for its times, would count as another recording. */
  @Test
  void partOfARecordingCountsForItsTimesAlone() throws IOException {
    series("gzip:level=6", "recording", 20, 1024, 2000);
    RunRow part = Rows.run("part", "redis-part", "gzip:level=6", 25);
    runs.add(part);
    for (int c = 0; c < 10; c++) {
      rows.add(Rows.checkpoint(part, 1, "vm", c, 1, 3072, 4000L, 1_000_000L));
    }
    assertEquals("reduction: 75 %", judge(Basis.CONTENT, reduction(70)).ours());
    assertEquals(
        "CPU: 2 to 4 µs in 2 settings",
        judge(Basis.MACHINE, cpu("gzip*", Of.EACH, 1.0, null)).ours());
  }

  @Test
  void withoutResultsNothingIsTested() throws IOException {
    run("gzip:level=6", "recording", 1024, 1000);
    Verdict verdict = judge(Basis.MACHINE, cpu("zstd*", Of.EACH, 1.0, null));
    assertEquals(Verdict.Kind.CANNOT_BE_TESTED, verdict.kind());
    assertEquals("no results for CPU (method zstd*)", verdict.reason());
    // One test without results leaves the claim open, one that fails settles it.
    assertEquals(
        Verdict.Kind.DOES_NOT_HOLD,
        judge(Basis.MACHINE, cpu("zstd*", Of.EACH, 1.0, null), cpu("gzip*", Of.EACH, 2.0, null))
            .kind());
  }

  @Test
  void countsMostAndSome() throws IOException {
    run("a1", "recording", 1024, 1000);
    run("a2", "recording", 1024, 2000);
    assertEquals(
        Verdict.Kind.CANNOT_BE_TESTED, judge(Basis.MACHINE, cpu("a*", Of.MOST, 1.0, null)).kind());
    run("a3", "recording", 1024, 3000);
    assertEquals(Verdict.Kind.HOLDS, judge(Basis.MACHINE, cpu("a*", Of.MOST, 2.0, null)).kind());
    assertEquals(
        Verdict.Kind.DOES_NOT_HOLD, judge(Basis.MACHINE, cpu("a*", Of.MOST, 3.0, null)).kind());
    assertEquals(Verdict.Kind.HOLDS, judge(Basis.MACHINE, cpu("a*", Of.SOME, 3.0, null)).kind());
    assertEquals(
        Verdict.Kind.DOES_NOT_HOLD, judge(Basis.MACHINE, cpu("a*", Of.SOME, 4.0, null)).kind());
    assertEquals(
        "CPU: 1 to 3 µs in 3 settings, 2 as claimed",
        judge(Basis.MACHINE, cpu("a*", Of.MOST, 2.0, null)).ours());
  }

  /** Settings must be set against their like: another interval or VM would give a false ratio. */
  @Test
  void setsPairsAgainstEachOther() throws IOException {
    run("slow", "recording", 1024, 6000);
    run("fast", "recording", 1024, 2000);
    var ratio =
        new Claim.Test(
            new Claim.Quantity("slow / fast", "summary", "sender_cpu_ns_per_page", 1, " times"),
            of("slow"),
            new Claim.Pairing(
                Map.of("method", TextNode.valueOf("fast")),
                List.of("traces", "vm", "interval_ms", "link_bits_per_second"),
                As.RATIO),
            new Claim.Expected(Of.EACH, 3.0, 3.0));
    assertEquals("slow / fast: 3 times", judge(Basis.MACHINE, ratio).ours());
    assertEquals(Verdict.Kind.HOLDS, judge(Basis.MACHINE, ratio).kind());
  }

  /** Where only one of two is there, it would be set against itself and come out as equal. */
  @Test
  void nothingIsSetAgainstItself() throws IOException {
    run("slow", "recording", 1024, 6000);
    var ratio =
        new Claim.Test(
            new Claim.Quantity("slow / any", "summary", "sender_cpu_ns_per_page", 1, " times"),
            of("slow"),
            new Claim.Pairing(Map.of("method", TextNode.valueOf("*")), List.of("traces"), As.RATIO),
            new Claim.Expected(Of.EACH, null, 1.0));
    assertEquals(Verdict.Kind.CANNOT_BE_TESTED, judge(Basis.MACHINE, ratio).kind());
    run("fast", "recording", 1024, 2000);
    assertEquals("slow / any: 3 times", judge(Basis.MACHINE, ratio).ours());
  }

  /** The first VM of the mixture runs HPC-C, too: its memory would pass for the cluster's. */
  @Test
  void theClusterIsNotTakenForTheMixture() {
    Map<String, String> clusters =
        Map.of(
            "HPC-C", "HPC-C+RUBiS+FFmpeg+VoltDB",
            "hpcc: N 1200, of a cluster+hpcc: N 1440, of a cluster",
                "hpcc: N 1440+webshop: Apache+ffmpeg: MPEG-4+oltp: Redis");
    int tests = 0;
    for (Claim claim : Paper.HOU2013.claims().claims()) {
      for (Claim.Test test : claim.tests()) {
        JsonNode cluster = test.rows().where().get("workload");
        if (!new TextNode("all").equals(test.rows().where().get("vm")) || cluster == null) {
          continue;
        }
        tests++;
        clusters.forEach(
            (own, other) -> {
              assertTrue(Claims.matches(own, cluster), claim.id());
              assertFalse(Claims.matches(other, cluster), claim.id());
              Map<String, JsonNode> against = test.pairing().against();
              if (against != null) {
                assertTrue(Claims.matches(other, against.get("workload")), claim.id());
                assertFalse(Claims.matches(own, against.get("workload")), claim.id());
              }
            });
      }
    }
    assertEquals(2, tests);
  }

  /** Reading them checks their tables and columns; these are what a reader is shown. */
  @ParameterizedTest
  @EnumSource(Paper.class)
  void dataFilesNameWhatThereIs(Paper paper) {
    Claims claims = paper.claims();
    for (Claim claim : claims.claims()) {
      assertFalse(claim.said().statement().isBlank(), claim.id());
      assertTrue(
          claim.said().number().equals(Claim.QUALITATIVE)
              || claim.said().number().matches(".*\\d.*"),
          claim.id() + " " + claim.said().number());
      assertFalse(claim.input().isBlank(), claim.id());
      assertFalse(claim.said().section().isBlank(), claim.id());
      for (Claim.Test test : claim.tests()) {
        assertFalse(test.quantity().what().isBlank(), claim.id());
      }
    }
  }

  /** A misspelt column in a data file would make its claim untestable for ever. */
  @Test
  void refusesNamesThatAreNotDeclared() {
    for (String[] names :
        new String[][] {
          {"sumary", "traffic_reduction", "method", "no table sumary; available: bitmap_scan"},
          {
            "summary",
            "trafic_reduction",
            "method",
            "has no column trafic_reduction; available: traffic_reduction, "
          },
          {"summary", "traffic_reduction", "metod", "has no column metod"},
          {"cluster", "gain", "store", "table cluster has no column store"},
          {"bitmap_scan", "median", "scan", "table bitmap_scan has no column median"}
        }) {
      String problem =
          assertThrows(
                  IllegalArgumentException.class,
                  () -> Facts.require(names[0], Set.of(names[1], names[2])))
              .getMessage();
      assertTrue(problem.contains(names[3]), problem);
    }
    Facts.require("bitmap_scan", Set.of("median_ns", "scan"));
  }

  /** The report must be readable where there is no network, and alone. */
  @ParameterizedTest
  @EnumSource(Paper.class)
  void reportStandsAlone(Paper paper) throws IOException {
    run("none", "recording", 4096, 1000);
    run("gzip:level=6", "recording", 1024, 20_000);
    Path in = directory.resolve("results");
    Rows.write(in, runs, rows);
    Files.writeString(
        in.resolve("manifest.json"),
        "{\"command\":[\"reduce\"],\"environment\":{\"cpu\":\"a <cpu>\",\"libraries\":[\"x.jar\"]}}");
    Path out = directory.resolve("out");
    List<String> counts = Report.write(paper, in, out, Width.SINGLE, false, List.of("a remark"));
    assertEquals(Verdict.Kind.values().length, counts.size());
    String html = Files.readString(out.resolve("report.html"));
    assertFalse(html.matches("(?s).*(src|href)=[\"'](?!#).*"), "refers to something outside");
    assertFalse(html.contains("<script"));
    assertTrue(html.contains("a &lt;cpu&gt;"));
    for (Claim claim : paper.claims().claims()) {
      assertTrue(html.contains("<tr id=\"" + claim.id() + "\">"), claim.id());
    }
    String markdown = Files.readString(out.resolve("index.md"));
    assertTrue(markdown.contains("| where | claim | paper | here | verdict |"));
    assertEquals(
        paper.claims().claims().size() + 1,
        Files.readString(out.resolve("claims.csv")).lines().count());
    assertTrue(Files.exists(out.resolve("figures/summary.csv")));
  }
}
