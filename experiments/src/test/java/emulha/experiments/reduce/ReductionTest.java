package emulha.experiments.reduce;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import emulha.codecs.Method;
import emulha.emulhacp.Sender;
import emulha.emulhacp.SenderOptions;
import emulha.emulharcv.Receiver;
import emulha.emulharcv.ReceiverOptions;
import emulha.emulharcv.stores.StoreLocation;
import emulha.memory.DirtyPages;
import emulha.memory.PageSize;
import emulha.metrics.CheckpointRow;
import emulha.metrics.RunRow;
import emulha.runs.Base;
import emulha.runs.CheckpointReader;
import emulha.runs.Link;
import emulha.runs.Pace;
import emulha.runs.Terms;
import emulha.runs.Warmup;
import emulha.testsupport.MadeSeries;
import emulha.traces.CheckpointHeader;
import emulha.traces.Series;
import emulha.traces.SeriesWriter;
import emulha.traces.views.MergedSeries;
import emulha.wire.Security;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Execution(ExecutionMode.CONCURRENT)
@Order(1)
final class ReductionTest {
  private static final Path SAMPLE =
      Path.of(System.getProperty("emulha.root"), "traces/samples/redis-25ms.tar.zst");

  private static RunRow reduce(
      List<Series> series, String method, Base base, List<CheckpointRow> rows) throws IOException {
    return Reduction.run("1", series, Method.parse(method), base, rows::add);
  }

  /**
   * Totals over the whole recording as an independent C implementation has them (zlib 1.2.13,
   * OpenSSL). Without this, merging the codecs' counts into rows could lose or double some.
   */
  @Test
  void countsAsTheIndependentImplementation() throws IOException {
    var payloadBytes = new LinkedHashMap<String, Long>();
    payloadBytes.put("none", 70078464L);
    payloadBytes.put("gzip:level=6", 9788228L);
    payloadBytes.put("delta:cache=16MiB", 6319255L);
    payloadBytes.put("delta:cache=32MiB", 6319255L);
    payloadBytes.put("similarity:chunk=256", 48974472L);
    payloadBytes.put("similarity:chunk=1KiB", 56390064L);
    payloadBytes.put("similarity:chunk=4KiB", 67729656L);
    List<List<CheckpointRow>> all = new ArrayList<>();
    List<Reduction.Run> methods = new ArrayList<>();
    for (String method : payloadBytes.keySet()) {
      List<CheckpointRow> rows = new ArrayList<>();
      all.add(rows);
      methods.add(new Reduction.Run("1", Method.parse(method), List.of(0), rows::add));
    }
    // In one pass over the recording; what that changes, sharingAPassChangesNothing shows.
    List<RunRow> runs = Reduction.runAll(List.of(Series.at(SAMPLE)), Base.SKIP, methods);
    for (RunRow run : runs) {
      String method = run.setting().method();
      List<CheckpointRow> rows = all.removeFirst();
      assertEquals(60, run.extent().checkpoints(), method);
      assertEquals(17109, run.traffic().dirtyPages(), method);
      assertEquals(70078464, run.traffic().rawBytes(), method);
      assertEquals(payloadBytes.remove(method), run.traffic().payloadBytes(), method);
      assertEquals(
          run.traffic().payloadBytes(),
          rows.stream().mapToLong(row -> row.traffic().payloadBytes()).sum(),
          method);
      assertEquals(60, rows.size(), method);
      assertTrue(run.proof().verified(), method);
      assertNull(run.traffic().wireBytes(), method);
      assertNull(run.timing().transferNs(), method);
    }
    assertEquals(Map.of(), payloadBytes);
  }

  /**
   * Two processes and one must give the same bytes and counts, or results of the two commands could
   * not stand in one table.
   */
  @ParameterizedTest
  @ValueSource(strings = {"none", "gzip:level=6", "delta:cache=1MiB", "similarity:chunk=1KiB"})
  void givesTheBytesOfAReplayOverTcp(String method) throws Exception {
    // Two VMs with the same content also exercise what is shared between VMs.
    Series sample = MergedSeries.atInterval(Series.at(SAMPLE), 500_000_000);
    List<Series> series = List.of(sample, sample);
    for (Base base : Base.values()) {
      List<CheckpointRow> offline = new ArrayList<>();
      RunRow offlineRun = reduce(series, method, base, offline);
      List<CheckpointRow> replayed = new ArrayList<>();
      RunRow replayedRun = replay(series, method, base, replayed);
      assertEquals(bytesAndCounts(replayed), bytesAndCounts(offline));
      assertEquals(replayedRun.traffic().payloadBytes(), offlineRun.traffic().payloadBytes());
      assertEquals(fullPayload(replayedRun), fullPayload(offlineRun));
      assertEquals(replayedRun.extent().checkpoints(), offlineRun.extent().checkpoints());
      assertEquals(
          replayedRun.memory().senderMemoryBytes(), offlineRun.memory().senderMemoryBytes());
    }
  }

  private static RunRow replay(
      List<Series> series, String method, Base base, List<CheckpointRow> rows) throws Exception {
    var listen = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    var receiverOptions =
        new ReceiverOptions(
            listen,
            true,
            1L << 31,
            new ReceiverOptions.Waiting(ReceiverOptions.DEFAULT_TIMEOUT, 0),
            null,
            Security.NONE,
            StoreLocation.parse("ram"),
            ReceiverOptions.Trust.LEAST);
    try (var receiver = new Receiver(receiverOptions, line -> {});
        var executor = Executors.newSingleThreadExecutor()) {
      Future<?> served =
          executor.submit(
              () -> {
                receiver.run();
                return null;
              });
      var options =
          new SenderOptions(
              "1",
              new SenderOptions.Peer(
                  receiver.address(), SenderOptions.DEFAULT_TIMEOUT, Security.NONE, 0),
              series,
              new Terms(Method.parse(method), Pace.ASAP, base, true, Link.AS_IT_IS),
              1,
              Warmup.NONE,
              0);
      RunRow run = Sender.run(options, rows::add);
      served.get();
      return run;
    }
  }

  private static String fullPayload(RunRow run) {
    return run.full() == null ? "none" : Long.toString(run.full().fullPayloadBytes());
  }

  /** The columns that depend on neither time nor connection. */
  private static List<String> bytesAndCounts(List<CheckpointRow> rows) {
    return rows.stream()
        .map(
            row ->
                "vm %s checkpoint %d: %d pages, %d payload, memory %d, %s"
                    .formatted(
                        row.key().of().vm(),
                        row.key().number().checkpoint(),
                        row.traffic().dirtyPages(),
                        row.traffic().payloadBytes(),
                        row.memory().senderMemoryBytes(),
                        List.of(
                            String.valueOf(row.counts().pages().wholePages()),
                            String.valueOf(row.counts().pages().zeroPages()),
                            String.valueOf(row.counts().pages().unchangedPages()),
                            String.valueOf(row.counts().deltaCache().cacheHits()),
                            String.valueOf(row.counts().deltaCache().cacheMisses()),
                            String.valueOf(row.counts().deltaCache().overflows()),
                            String.valueOf(row.counts().deltaCache().xbzrleBytes()),
                            String.valueOf(row.counts().deltaCache().qemuBytes()),
                            String.valueOf(row.counts().chunks().duplicateChunksIntra()),
                            String.valueOf(row.counts().chunks().duplicateChunksInter()),
                            String.valueOf(row.counts().chunks().uniqueChunks()))))
        .toList();
  }

  /** Equal input must give equal rows: readers compare methods by differences of single bytes. */
  @Test
  void repeatsExactly() throws IOException {
    List<Series> series = List.of(Series.at(SAMPLE));
    List<CheckpointRow> first = new ArrayList<>();
    List<CheckpointRow> second = new ArrayList<>();
    RunRow firstRun = reduce(series, "similarity:chunk=256", Base.SEND, first);
    assertEquals(firstRun, reduce(series, "similarity:chunk=256", Base.SEND, second));
    assertEquals(first, second);
    assertTrue(first.getFirst().key().number().full());
    assertEquals(firstRun.full().fullRawBytes(), first.getFirst().traffic().rawBytes());
  }

  /**
   * Methods that share a pass must not see each other: what one left in the images or in the
   * buffers would change another's bytes, and every figure made of them.
   */
  @Test
  void sharingAPassChangesNothing(@TempDir Path temporary) throws IOException {
    Series made = Series.at(MadeSeries.small(temporary.resolve("series")));
    List<Series> series = List.of(made, made);
    List<String> methods =
        List.of(
            "none",
            "gzip:level=1",
            "delta:cache=1MiB",
            "similarity:chunk=256",
            "prefix",
            "zstd:train=2",
            "none");
    for (Base base : Base.values()) {
      List<List<CheckpointRow>> together = new ArrayList<>();
      List<Reduction.Run> runs = new ArrayList<>();
      for (String method : methods) {
        List<CheckpointRow> rows = new ArrayList<>();
        together.add(rows);
        runs.add(new Reduction.Run("1", Method.parse(method), List.of(0, 1), rows::add));
      }
      List<RunRow> all = Reduction.runAll(series, base, runs);
      for (int i = 0; i < methods.size(); i++) {
        List<CheckpointRow> alone = new ArrayList<>();
        assertEquals(reduce(series, methods.get(i), base, alone), all.get(i), methods.get(i));
        assertEquals(alone, together.get(i), methods.get(i));
      }
    }
  }

  /**
   * VMs that share a pass must not see each other unless they are protected together: else what a
   * VM gains by the company of others would be gained alone, too. One base is longer than a
   * stretch, so that the others have ended before it.
   */
  @Test
  void companiesThatShareAPassDoNotSeeEachOther(@TempDir Path temporary) throws IOException {
    Path random = temporary.resolve("random");
    MadeSeries.random(random, 64, 5, new Random(11), n -> new byte[n]);
    int stretch = CheckpointReader.stretchPages(PageSize.SMALL);
    Path large = temporary.resolve("large");
    try (var writer =
        SeriesWriter.create(large, MadeSeries.description(stretch + 1, stretch + 1, 10_000_000))) {
      var pages = new DirtyPages();
      for (int pfn = 0; pfn <= stretch; pfn++) {
        int page = pages.append(pfn);
        pages.slab(page)[pages.offset(page)] = (byte) pfn;
      }
      writer.writeBase(pages);
      for (int n = 0; n < 5; n++) {
        pages.clear();
        int page = pages.append(stretch - n);
        Arrays.fill(pages.slab(page), pages.offset(page), pages.offset(page) + 256, (byte) 7);
        writer.writeCheckpoint(pages, CheckpointHeader.UNKNOWN_GUEST_TIME, null);
      }
      writer.finish();
    }
    List<Series> series =
        List.of(
            Series.at(MadeSeries.small(temporary.resolve("small"))),
            Series.at(random),
            Series.at(large));
    List<List<Integer>> companies =
        List.of(List.of(0), List.of(1), List.of(2), List.of(1, 0), List.of(0, 2), List.of(0, 1, 2));
    for (Base base : Base.values()) {
      List<List<CheckpointRow>> together = new ArrayList<>();
      List<Reduction.Run> runs = new ArrayList<>();
      for (List<Integer> company : companies) {
        for (String method : List.of("delta:cache=1MiB", "similarity:chunk=256")) {
          List<CheckpointRow> rows = new ArrayList<>();
          together.add(rows);
          runs.add(new Reduction.Run("1", Method.parse(method), company, rows::add));
        }
      }
      List<RunRow> all = Reduction.runAll(series, base, runs);
      for (Reduction.Run run : runs) {
        List<Series> own = run.vms().stream().map(series::get).toList();
        List<CheckpointRow> alone = new ArrayList<>();
        String what = base + " " + run.vms() + " " + run.method();
        int i = runs.indexOf(run);
        assertEquals(reduce(own, run.method().spec(), base, alone), all.get(i), what);
        assertEquals(alone, together.get(i), what);
      }
    }
  }

  /** A pass ends with the shortest series: a run that has not that one would be cut short. */
  @Test
  void companiesOfOtherLengthsDoNotShare(@TempDir Path temporary) throws IOException {
    Path longer = temporary.resolve("longer");
    MadeSeries.random(longer, 8, 6, new Random(11), n -> null);
    List<Series> series =
        List.of(Series.at(MadeSeries.small(temporary.resolve("small"))), Series.at(longer));
    var both = new Reduction.Run("1", Method.parse("none"), List.of(0, 1), row -> {});
    var one = new Reduction.Run("2", Method.parse("none"), List.of(1), row -> {});
    assertEquals(
        5, Reduction.runAll(series, Base.SKIP, List.of(both)).getFirst().extent().checkpoints());
    String message =
        assertThrows(
                IllegalArgumentException.class,
                () -> Reduction.runAll(series, Base.SKIP, List.of(both, one)))
            .getMessage();
    assertTrue(message.contains("different lengths"), message);
  }

  /** One image stands for all methods of a pass; of methods that leave two, one would be wrong. */
  @Test
  void methodsThatLeaveOtherImagesDoNotShare() throws IOException {
    List<Series> series = List.of(Series.at(SAMPLE));
    List<Reduction.Run> runs =
        List.of(
            new Reduction.Run("1", Method.parse("none"), List.of(0), row -> {}),
            new Reduction.Run("2", Method.parse("exclude-free"), List.of(0), row -> {}));
    String message =
        assertThrows(
                IllegalArgumentException.class, () -> Reduction.runAll(series, Base.SKIP, runs))
            .getMessage();
    assertTrue(message.contains("cannot share a pass"), message);
  }
}
