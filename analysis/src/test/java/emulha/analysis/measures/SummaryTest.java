package emulha.analysis.measures;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import emulha.metrics.CheckpointRow;
import emulha.metrics.RunRow;
import emulha.testsupport.Rows;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SummaryTest {
  @TempDir Path directory;

  private List<Summary> summaries() throws IOException {
    return Summary.of(Results.read(directory));
  }

  private static double value(Summary summary, Measure measure) {
    return summary.get(measure).orElseThrow().value();
  }

  /**
   * Checkpoints of 1 and 3 pages reduced to a half and to nothing: the ratio of the sums is 1 −
   * 2048/16384, and not the mean over checkpoints, (1/2 + 1)/2, for which a checkpoint of a page
   * weighs as much as one of thousands; the full checkpoint would drown either.
   */
  @Test
  void reductionIsTheRatioOfSums() throws IOException {
    RunRow run = Rows.run("r1", "redis", "gzip", 25);
    Rows.write(
        directory,
        List.of(run),
        List.of(
            Rows.checkpoint(run, 1, "vm", -1, 1000, 4096000, 9_000_000_000L, 9_000_000_000L),
            Rows.checkpoint(run, 1, "vm", 0, 1, 2048, 1000L, 10_000_000L),
            Rows.checkpoint(run, 1, "vm", 1, 3, 0, 2000L, 30_000_000L),
            Rows.checkpoint(run, 1, "vm", 2, 0, 0, 100L, 20_000_000L)));
    Summary summary = summaries().getFirst();
    assertEquals(1, summaries().size());
    assertEquals(3, summary.checkpoints());
    assertEquals(0.875, value(summary, Measure.TRAFFIC_REDUCTION));
    assertEquals(1 - 2348.0 / 16384, value(summary, Measure.WIRE_TRAFFIC_REDUCTION));
    assertEquals(775, value(summary, Measure.SENDER_CPU_NS_PER_PAGE));
    assertEquals(387.5, value(summary, Measure.RECEIVER_CPU_NS_PER_PAGE));
    assertEquals(20_000_000, value(summary, Measure.TRANSFER_NS));
    assertEquals(20_000_000, value(summary, Measure.TRANSFER_P50_NS));
    assertEquals(29_800_000, value(summary, Measure.TRANSFER_P99_NS));
    assertEquals(1 / 3.0, value(summary, Measure.LATE_SHARE));
    assertEquals(33_554_432, value(summary, Measure.SENDER_MEMORY_BYTES));
    assertEquals(16384 / 3.0, value(summary, Measure.CHECKPOINT_BYTES));
    // 2048 bytes in 3 intervals of 25 ms.
    assertEquals(2048 * 8 / 0.075, value(summary, Measure.BANDWIDTH_BITS_PER_SECOND), 1e-6);
    assertEquals(1, value(summary, Measure.CACHE_HIT_RATE));
    assertFalse(summary.get(Measure.ZERO_PAGE_SHARE).isPresent());
  }

  /**
   * What is stored to a disk and what to RAM takes different times, as do encrypted and delayed
   * connections, and a shaped link is not an imitated one: pooled, a mean would be of neither.
   */
  @Test
  void storesLinksAndEncryptionAreNotPooled() throws IOException {
    var asIs = new RunRow.Network("as-is", null, null, "none");
    var inRam = new RunRow.Store("ram", new RunRow.Written(0), 0, null, null);
    var inFile = new RunRow.Store("file", new RunRow.Written(0), 8192, 12288L, 77L);
    RunRow run = Rows.run("r1", "redis", "none", 25);
    RunRow ram = Rows.with(run, "r1", 1, asIs, inRam);
    RunRow file = Rows.with(run, "r2", 1, asIs, inFile);
    RunRow several =
        Rows.with(run, "r3", 2, new RunRow.Network("imitated", null, null, "none"), inFile);
    RunRow shaped =
        Rows.with(run, "r4", 1, new RunRow.Network("shaped", null, null, "none"), inFile);
    RunRow delayed =
        Rows.with(run, "r5", 1, new RunRow.Network("as-is", null, 200_000L, "none"), inRam);
    RunRow encrypted =
        Rows.with(run, "r6", 1, new RunRow.Network("as-is", null, null, "tls"), inRam);
    RunRow known = Rows.with(run, "r7", 1, new RunRow.Network("as-is", null, null, "token"), inRam);
    List<RunRow> runs = List.of(ram, file, several, shaped, delayed, encrypted, known);
    Rows.write(
        directory,
        runs,
        runs.stream()
            .map(one -> Rows.checkpoint(one, 1, "vm", 0, 1, 2048, 1000L, 10_000_000L))
            .toList());
    List<Summary> all = summaries();
    assertEquals(6, all.size());
    assertEquals(2, all.getFirst().trials(), "a token costs a transfer nothing");
    assertFalse(all.get(0).get(Measure.STORE_PEAK_BYTES).isPresent());
    assertEquals(8192, value(all.get(1), Measure.STORE_BYTES));
    assertEquals(12288, value(all.get(1), Measure.STORE_PEAK_BYTES));
    assertEquals(77, value(all.get(1), Measure.RECOVERY_NS));
    assertFalse(all.get(2).get(Measure.RECOVERY_NS).isPresent(), "that of the last trial alone");
  }

  /**
   * QEMU's rates leave out pages that were found unchanged, since it does not send them. With them,
   * the miss rate would not be the one that QEMU reports.
   */
  @Test
  void ratesAsQemuGivesThem() throws IOException {
    RunRow run = Rows.run("r1", "redis", "xbzrle", 25);
    CheckpointRow row = Rows.checkpoint(run, 1, "vm", 0, 10, 9000, null, null);
    Rows.write(
        directory,
        List.of(run),
        List.of(
            new CheckpointRow(
                row.key(),
                row.traffic(),
                row.cpu(),
                row.timing(),
                row.memory(),
                new CheckpointRow.Counts(
                    new CheckpointRow.Pages(0, 1L, 2L, null),
                    new CheckpointRow.DeltaCache(7L, 2L, null, 1024L, null),
                    row.counts().chunks()),
                row.stored(),
                true)));
    Summary summary = summaries().getFirst();
    assertEquals(2 / 8.0, value(summary, Measure.XBZRLE_CACHE_MISS_RATE));
    assertEquals(28, value(summary, Measure.XBZRLE_ENCODING_RATE));
  }

  /** Adding up per-VM rows of what the VMs share would double transfer times. */
  @Test
  void severalVmsTogetherAndEach() throws IOException {
    RunRow run = Rows.run("r1", "a+b", "gzip", 100);
    Rows.write(
        directory,
        List.of(run),
        List.of(
            Rows.checkpoint(run, 1, "b", 0, 3, 4096, 3000L, 8_000_000L),
            Rows.checkpoint(run, 1, "a", 0, 1, 4096, 1000L, 8_000_000L),
            Rows.checkpoint(run, 1, "b", 1, 1, 2048, 1000L, 4_000_000L),
            Rows.checkpoint(run, 1, "a", 1, 1, 0, 1000L, 4_000_000L)));
    List<Summary> all = summaries();
    assertEquals(List.of("all", "a", "b"), all.stream().map(one -> one.of().vm()).toList());
    Summary together = all.get(0);
    assertEquals("a-load+b-load", together.of().workload());
    assertEquals(2, together.checkpoints());
    assertEquals(1 - 10240 / 24576.0, value(together, Measure.TRAFFIC_REDUCTION));
    assertEquals(1000, value(together, Measure.SENDER_CPU_NS_PER_PAGE));
    assertEquals(6_000_000, value(together, Measure.TRANSFER_NS));
    assertEquals(1 - 6144 / 16384.0, value(all.get(2), Measure.TRAFFIC_REDUCTION));
    assertEquals(2, value(all.get(2), Measure.DIRTY_PAGES));
    assertFalse(all.get(2).get(Measure.TRANSFER_NS).isPresent());
    assertFalse(all.get(2).get(Measure.SENDER_CPU_NS_PER_PAGE).isPresent());
  }

  /** Of a VM of this name the numbers were those of all together. */
  @Test
  void oneVmMayBeCalledAll() throws IOException {
    RunRow run = Rows.run("r1", "a+b", "gzip", 100);
    Rows.write(
        directory,
        List.of(run),
        List.of(
            Rows.checkpoint(run, 1, "all", 0, 1, 1024, 1000L, 8_000_000L),
            Rows.checkpoint(run, 1, "b", 0, 1, 3072, 1000L, 8_000_000L)));
    List<Summary> all = summaries();
    assertEquals(List.of("all", "all", "b"), all.stream().map(one -> one.of().vm()).toList());
    assertEquals(List.of(true, false, false), all.stream().map(Summary::wholeSet).toList());
    assertEquals(0.5, value(all.get(0), Measure.TRAFFIC_REDUCTION));
    assertEquals(0.75, value(all.get(1), Measure.TRAFFIC_REDUCTION));
    assertEquals(
        3,
        Evidence.read(directory).facts(Facts.SUMMARY).stream()
            .map(Facts::identity)
            .distinct()
            .count());
  }

  /** Added up over the VMs, the base of two would take twice the time that it took. */
  @Test
  void theFullCheckpointOfSeveralVmsIsTimedOnce() throws IOException {
    RunRow run = Rows.run("r1", "a+b", "gzip", 100);
    Rows.write(
        directory,
        List.of(run),
        List.of(
            Rows.checkpoint(run, 1, "a", -1, 3, 4096, 3000L, 8_000_000L),
            Rows.checkpoint(run, 1, "b", -1, 1, 2048, 1000L, 8_000_000L),
            Rows.checkpoint(run, 1, "a", 0, 1, 4096, 1000L, 4_000_000L),
            Rows.checkpoint(run, 1, "b", 0, 1, 4096, 1000L, 4_000_000L)));
    List<Summary> all = summaries();
    assertEquals(8_000_000, value(all.get(0), Measure.FULL_TRANSFER_NS));
    assertEquals(6144, value(all.get(0), Measure.FULL_PAYLOAD_BYTES));
    assertFalse(all.get(1).get(Measure.FULL_TRANSFER_NS).isPresent(), "it is not one VM's");
    assertEquals(4000, value(all.get(0), Measure.FULL_SENDER_CPU_NS));
    assertFalse(all.get(1).get(Measure.FULL_SENDER_CPU_NS).isPresent(), "nor is shared work");
    assertEquals(4096, value(all.get(1), Measure.FULL_PAYLOAD_BYTES));
  }

  /** Counted by their names, two VMs of one name were one with twice the pages. */
  @Test
  void vmsOfOneNameAreSeveral() throws IOException {
    RunRow plain = Rows.run("r1", "a+a", "gzip", 100);
    RunRow run =
        new RunRow(
            plain.key(),
            plain.setting(),
            plain.network(),
            new RunRow.Extent(2, 1, 0, 1),
            plain.traffic(),
            plain.cpu(),
            plain.process(),
            plain.timing(),
            plain.memory(),
            plain.full(),
            plain.storage(),
            plain.circumstances(),
            plain.proof());
    Rows.write(
        directory,
        List.of(run),
        List.of(
            Rows.checkpoint(run, 1, "vm", 0, 3, 4096, 3000L, 8_000_000L),
            Rows.checkpoint(run, 1, "vm", 0, 3, 0, 1000L, 8_000_000L)));
    Summary together = summaries().getFirst();
    assertEquals(1, summaries().size());
    assertEquals("all", together.of().vm());
    assertEquals(2, together.vms());
    assertTrue(together.wholeSet());
    assertEquals(6, value(together, Measure.DIRTY_PAGES));
  }

  /**
   * Trials of one setting are pooled wherever they ran; what was not measured stays unavailable.
   */
  @Test
  void medianOverTrialsOfSeveralRuns() throws IOException {
    long[] cpu = {1000, 5000, 3000};
    for (int i = 0; i < cpu.length; i++) {
      RunRow run = Rows.run("r" + i, "redis", "null", 25);
      Rows.write(
          directory.resolve("point-" + i),
          List.of(run),
          List.of(Rows.checkpoint(run, 1, "vm", 0, 1, 512, cpu[i], i == 1 ? null : 10_000_000L)));
    }
    Summary summary = summaries().getFirst();
    assertEquals("null", summary.setting().method());
    assertEquals(3, summary.trials());
    assertEquals(
        new Estimate(3000, 1000, 5000, 3),
        summary.get(Measure.SENDER_CPU_NS_PER_PAGE).orElseThrow());
    assertEquals(Estimate.exact(0.875), summary.get(Measure.TRAFFIC_REDUCTION).orElseThrow());
    assertFalse(summary.get(Measure.TRANSFER_NS).isPresent());
  }

  /**
   * Replays in one JVM share what its JIT compiler decided: counted as trials, forty of them would
   * give a narrow interval around a value that the next JVM does not have.
   */
  @Test
  void replaysOfOneJvmAreOneTrial() throws IOException {
    List<RunRow> runs = new ArrayList<>();
    List<CheckpointRow> rows = new ArrayList<>();
    for (int jvm = 0; jvm < 6; jvm++) {
      RunRow run = Rows.run("r" + jvm, "redis", jvm < 5 ? "few" : "one", 25);
      runs.add(run);
      for (int replay = 1; replay <= 10; replay++) {
        long cpuNs = 1000L * (jvm + 1) + replay;
        rows.add(Rows.checkpoint(run, replay, "vm", 0, 1, 512, cpuNs, 10_000_000L));
      }
    }
    Rows.write(directory, runs, rows);
    List<Summary> all = summaries();
    assertEquals(List.of(5, 1), all.stream().map(Summary::trials).toList());
    assertEquals(List.of(50, 10), all.stream().map(one -> one.extent().replays()).toList());
    Estimate few = all.get(0).get(Measure.SENDER_CPU_NS_PER_PAGE).orElseThrow();
    assertEquals(new Estimate(3005.5, 1001, 5010, 5), few);
    Estimate one = all.get(1).get(Measure.SENDER_CPU_NS_PER_PAGE).orElseThrow();
    assertEquals(new Estimate(6005.5, 6001, 6010, 1), one);
    assertFalse(few.decides() || one.decides());
  }

  /** The interval of ten trials leaves out the one with other bytes: they passed for exact. */
  @Test
  void whatIsCountedIsExactWhereAllTrialsAgree() throws IOException {
    List<RunRow> runs = new ArrayList<>();
    List<CheckpointRow> rows = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      RunRow run = Rows.run("r" + i, "redis", "auto", 25);
      runs.add(run);
      rows.add(Rows.checkpoint(run, 1, "vm", 0, 1, i == 3 ? 1024 : 512, 1000L, 10_000_000L));
    }
    Rows.write(directory, runs, rows);
    Summary summary = summaries().getFirst();
    Estimate reduction = summary.get(Measure.TRAFFIC_REDUCTION).orElseThrow();
    assertEquals(new Estimate(0.875, 0.75, 0.875, 10), reduction);
    assertEquals(Estimate.exact(4096), summary.get(Measure.CHECKPOINT_BYTES).orElseThrow());
    assertEquals(
        List.of("redis, auto, 25 ms: traffic_reduction differs between trials"),
        Stability.warnings(List.of(summary)));
  }

  /**
   * A trial beside another program has that program's times; alone in a setting, it must not pass
   * for an interval.
   */
  @Test
  void disturbedTrialsAreLeftOut() throws IOException {
    List<RunRow> runs = new ArrayList<>();
    List<CheckpointRow> rows = new ArrayList<>();
    for (int i = 0; i < 14; i++) {
      boolean disturbed = i >= 7 || i == 0;
      RunRow plain = Rows.run("r" + i, "redis", i < 7 ? "mixed" : "busy", 25);
      RunRow run = Rows.with(plain, disturbed);
      runs.add(run);
      long cpuNs = disturbed ? 9000 : 1000;
      rows.add(Rows.checkpoint(run, 1, "vm", 0, 1, 512, cpuNs, 10_000_000L));
    }
    Rows.write(directory, runs, rows);
    List<Summary> all = summaries();
    Summary mixed = all.get(0);
    assertEquals(List.of(6, 1), List.of(mixed.trials(), mixed.extent().disturbed()));
    assertEquals(
        new Estimate(1000, 1000, 1000, 6), mixed.get(Measure.SENDER_CPU_NS_PER_PAGE).orElseThrow());
    Summary busy = all.get(1);
    assertTrue(busy.restsOnDisturbed());
    assertEquals(List.of(0, 7), List.of(busy.trials(), busy.extent().disturbed()));
    assertFalse(busy.get(Measure.SENDER_CPU_NS_PER_PAGE).orElseThrow().decides());
    assertTrue(
        busy.get(Measure.TRAFFIC_REDUCTION).orElseThrow().decides(), "what is counted is not");
    Comparison compared =
        Comparison.of(all, Measure.SENDER_CPU_NS_PER_PAGE, "busy", "mixed").getFirst();
    assertTrue(compared.disturbed());
    assertEquals(0, compared.coverage());
    assertEquals(List.of(7, 6), List.of(compared.trials(), compared.otherTrials()));
    List<String> lines = Stability.disturbed(all);
    assertTrue(
        lines
            .get(0)
            .endsWith(
                "1 of 7 trials waited for a processor that something else had"
                    + " and are left out"),
        lines.toString());
    assertTrue(lines.get(1).endsWith("rest on disturbed trials alone"), lines.toString());
  }

  /** Pooled, runs with and without warm-up, or of two programs, made 4.4 µs into [3.8, 13.5]. */
  @Test
  void unlikeConditionsAreKeptApart() throws IOException {
    for (int i = 0; i < 4; i++) {
      RunRow run = Rows.warmedUp(Rows.run("r" + i, "redis", "gzip", 25), i / 3);
      Path place = directory.resolve("point-" + i);
      Rows.write(place, List.of(run), List.of(Rows.checkpoint(run, 1, "vm", 0, 1, 512, 1000L, 1L)));
      Files.writeString(
          place.resolve("manifest.json"),
          // Each process has a temporary directory of its own: trials of a resumed sweep are one's.
          "{\"environment\":{\"gitCommit\":\"0123456789abcdef\",\"gitEdited\":%s,\"jvmFlags\":[\"-Djava.io.tmpdir=/tmp/%d\"]}}"
              .formatted(i == 2, i));
    }
    List<Summary> all = summaries();
    assertEquals(List.of(2, 1, 1), all.stream().map(Summary::trials).toList());
    assertEquals(
        List.of(
            "kept apart, not pooled as trials: no warm-up, 0123456789 / no warm-up, 0123456789 edited"
                + " / warmed up, 0123456789"),
        Stability.keptApart(all));
  }

  /** Verifying takes processors and caches: with and without it, trials are not of one thing. */
  @Test
  void unverifiedRunsAreKeptApart() throws IOException {
    List<RunRow> runs = new ArrayList<>();
    List<CheckpointRow> rows = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      RunRow run = Rows.proved(Rows.run("r" + i, "redis", "gzip", 25), i < 2);
      runs.add(run);
      rows.add(Rows.checkpoint(run, 1, "vm", 0, 1, 512, 1000L, 1L));
    }
    Rows.write(directory, runs, rows);
    List<Summary> all = summaries();
    assertEquals(List.of(2, 1), all.stream().map(Summary::trials).toList());
    assertEquals(
        List.of("kept apart, not pooled as trials: no warm-up / no warm-up, not verified"),
        Stability.keptApart(all));
  }

  /** Pooled without a word, times of two libraries would pass for trials of one. */
  @Test
  void trialsOfOtherImplementationsAreTold() throws IOException {
    List<RunRow> runs = new ArrayList<>();
    for (String binding : List.of("libzstd 1.5.5", "libzstd 1.5.6", "libzstd 1.5.6")) {
      RunRow run = Rows.run("r" + runs.size(), "redis", "prefix", 25);
      runs.add(Rows.boundTo(run, binding));
    }
    runs.add(Rows.run("other", "redis", "gzip", 25));
    Rows.write(
        directory,
        runs,
        runs.stream().map(run -> Rows.checkpoint(run, 1, "vm", 0, 1, 512, 1000L, 1L)).toList());
    assertEquals(
        List.of(
            "redis, prefix, 25 ms: trials of different implementations are pooled:"
                + " libzstd 1.5.5 / libzstd 1.5.6"),
        Stability.bindings(Results.read(directory)));
  }

  /**
   * Pooled, times of a JVM that began with another's profiles, or of ends that burn a processor to
   * wake at once, would pass for those of plain ones.
   */
  @Test
  void aheadOfTimeCacheAndSpinningAreConditions() throws IOException {
    List<String> manifests =
        List.of(
            "{\"environment\":{\"aotCache\":\"none\"}}",
            "{\"environment\":{\"aotCache\":\"refused\",\"jvmFlags\":[\"-XX:AOTCache=/a/b.aot\"]}}",
            "{\"environment\":{\"aotCache\":\"used\",\"jvmFlags\":[\"-XX:AOTCache=/c/d.aot\"]}}",
            "{\"spin\":{\"senderNs\":0,\"receiverNs\":50000},\"environment\":{}}");
    for (int i = 0; i < manifests.size(); i++) {
      RunRow run = Rows.warmedUp(Rows.run("r" + i, "redis", "gzip", 25), 1);
      Path place = directory.resolve("point-" + i);
      Rows.write(place, List.of(run), List.of(Rows.checkpoint(run, 1, "vm", 0, 1, 512, 1000L, 1L)));
      Files.writeString(place.resolve("manifest.json"), manifests.get(i));
    }
    assertEquals(
        List.of(
            "kept apart, not pooled as trials: warmed up / warmed up, ahead-of-time cache"
                + " / warmed up, spinning 0 ns at the sender, 50000 ns at the receiver"),
        Stability.keptApart(summaries()));
  }

  /** Inferring a column's type from its first rows would fail on, or round, a late large value. */
  @Test
  void lateLargeValuesAreExact() throws IOException {
    RunRow run = Rows.run("r1", "redis", "NA", 25);
    List<CheckpointRow> rows = new ArrayList<>();
    for (int i = 0; i < 20_000; i++) {
      rows.add(Rows.checkpoint(run, 1, "vm", i, 1, 1, 1L, 1L));
    }
    long large = (1L << 53) + 1;
    rows.add(Rows.checkpoint(run, 1, "vm", 20_000, 1, 1, large, 1L));
    Rows.write(directory, List.of(run), rows);
    var cpu = Results.read(directory).checkpoints().longColumn("sender_cpu_ns");
    assertEquals(large, cpu.getLong(20_000));
    assertEquals("NA", summaries().getFirst().setting().method());
  }

  @Test
  void noRowsGiveNoSummaries() throws IOException {
    Rows.write(directory, List.of(), List.of());
    assertEquals(List.of(), summaries());
    RunRow run = Rows.run("r1", "redis", "none", 25);
    Rows.write(directory.resolve("a"), List.of(run), List.of());
    assertEquals(List.of(), summaries());
  }

  private String refusal() {
    return assertThrows(IOException.class, this::summaries).getMessage();
  }

  /** Of a hundred manifests the one that is cut off could not be told. */
  @Test
  void namesAManifestThatIsNotJson() throws IOException {
    RunRow run = Rows.run("r1", "redis", "none", 25);
    Rows.write(directory, List.of(run), List.of(Rows.checkpoint(run, 1, "vm", 0, 1, 1, 1L, 1L)));
    Files.writeString(directory.resolve("manifest.json"), "{\"environment\": {");
    assertTrue(refusal().contains("manifest.json: not JSON: "), refusal());
  }

  @Test
  void refusesWhatIsNotResults() throws IOException {
    assertTrue(refusal().contains("no checkpoints.csv in it or below"), refusal());
    RunRow run = Rows.run("r1", "redis", "none", 25);
    Path a = directory.resolve("a");
    Rows.write(a, List.of(run), List.of(Rows.checkpoint(run, 1, "vm", 0, 1, 1, 1L, 1L)));
    Rows.write(directory.resolve("b"), List.of(run), List.of());
    assertTrue(refusal().contains("run r1 stands in"), refusal());
    Files.delete(directory.resolve("b/runs.csv"));
    assertTrue(refusal().contains("runs.csv: no such file"), refusal());
    Files.delete(directory.resolve("b/checkpoints.csv"));
    Path runs = a.resolve("runs.csv");
    Files.writeString(runs, Files.readString(runs).lines().findFirst().orElseThrow() + "\n");
    assertTrue(refusal().contains("run r1 has no row in"), refusal());
    Path checkpoints = a.resolve("checkpoints.csv");
    Files.writeString(checkpoints, Files.readString(checkpoints).replace("wire_bytes", "wire"));
    assertTrue(
        refusal().contains("missing columns: wire_bytes; unknown columns: wire;"), refusal());
  }
}
