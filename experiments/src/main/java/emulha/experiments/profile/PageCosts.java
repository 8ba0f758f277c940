package emulha.experiments.profile;

import emulha.codecs.Block;
import emulha.codecs.CheckpointKind;
import emulha.codecs.Counter;
import emulha.codecs.Counters;
import emulha.codecs.DecoderContext;
import emulha.codecs.EncoderContext;
import emulha.codecs.Method;
import emulha.codecs.Stage;
import emulha.codecs.StageDecoder;
import emulha.codecs.StageEncoder;
import emulha.experiments.reduce.Reduction;
import emulha.memory.Page;
import emulha.memory.PageDigests;
import emulha.memory.PageSize;
import emulha.metrics.PageCostRow;
import emulha.runs.Base;
import emulha.runs.Warmup;
import emulha.traces.Interval;
import emulha.traces.Series;
import emulha.traces.SeriesInfo;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.HdrHistogram.Histogram;

/**
 * The time that encoding a page takes, by what the page is and what becomes of it: a run of its
 * own, since the clock is read twice for every page. The pages of incremental checkpoints are
 * timed, in the encoder's own order; each has just been looked at, so it is in the processor's
 * cache. A method that works ahead, as similarity digests the chunks of several pages at once, has
 * that cost at the page at which it did.
 */
public final class PageCosts {
  /** What a page is, or what becomes of it. */
  enum PageClass {
    ZERO,
    UNCHANGED,
    HIT,
    MISS,
    WHOLE,
    ENCODED
  }

  private static final long LONGEST_NS = 60_000_000_000L;
  private static final int DIGITS = 3;
  private static final int CLOCK_READINGS = 10_001;

  private final LongSupplier clock;
  private final Map<PageClass, Histogram> histograms = new EnumMap<>(PageClass.class);
  private boolean counted;

  private PageCosts(LongSupplier clock) {
    this.clock = clock;
    for (PageClass one : PageClass.values()) {
      histograms.put(one, new Histogram(LONGEST_NS, DIGITS));
    }
  }

  /**
   * Encodes series again and again, each time from the start, and verifies each time.
   *
   * @param series one per VM, all of one interval
   * @param method with one encoder thread
   * @param warmup repetitions before, that do not count
   * @param repetitions repetitions that count, at least 1
   * @param clock nanoseconds from any origin
   * @return a row for each class that occurs, in the order of the classes
   * @throws IllegalArgumentException if the method has several encoder threads
   */
  public static List<PageCostRow> of(
      List<Series> series, Method method, Warmup warmup, int repetitions, LongSupplier clock)
      throws IOException {
    if (method.encoders() > 1) {
      throw new IllegalArgumentException(
          "method '%s' has %d encoder threads, so a page's time is not its cost; use encoders=1"
              .formatted(method.spec(), method.encoders()));
    }
    if (repetitions < 1) {
      throw new IllegalArgumentException("needs 1 counted repetition or more, got " + repetitions);
    }
    var costs = new PageCosts(clock);
    Method observed = method.behind(costs.new Observer());
    long start = clock.getAsLong();
    for (int i = 0; !warmup.over(i, clock.getAsLong() - start); i++) {
      Reduction.run("page-costs", series, observed, Base.SKIP, row -> {});
    }
    costs.counted = true;
    for (int i = 0; i < repetitions; i++) {
      Reduction.run("page-costs", series, observed, Base.SKIP, row -> {});
    }
    return costs.rows(series.stream().map(Series::info).toList(), method);
  }

  private List<PageCostRow> rows(List<SeriesInfo> vms, Method method) {
    long clockNs = clockNs();
    List<PageCostRow> rows = new ArrayList<>();
    histograms.forEach(
        (pageClass, histogram) -> {
          if (histogram.getTotalCount() > 0) {
            rows.add(
                new PageCostRow(
                    new PageCostRow.Key(
                        joined(vms, SeriesInfo::name),
                        joined(vms, SeriesInfo::workload),
                        vms.stream().anyMatch(SeriesInfo::synthetic) ? "synthetic" : "recording",
                        method.spec(),
                        Interval.wholeMilliseconds(vms.getFirst().intervalNs()),
                        vms.getFirst().intervalNs()),
                    pageClass.name().toLowerCase(Locale.ROOT),
                    histogram.getTotalCount(),
                    new PageCostRow.Times(
                        Math.round(histogram.getMean()),
                        histogram.getMinValue(),
                        histogram.getValueAtPercentile(5),
                        histogram.getValueAtPercentile(50),
                        histogram.getValueAtPercentile(95),
                        histogram.getValueAtPercentile(99),
                        histogram.getMaxValue(),
                        clockNs)));
          }
        });
    return rows;
  }

  private static String joined(List<SeriesInfo> vms, Function<SeriesInfo, String> text) {
    return vms.stream().map(text).collect(Collectors.joining("+"));
  }

  private long clockNs() {
    var readings = new Histogram(LONGEST_NS, DIGITS);
    for (int i = 0; i < CLOCK_READINGS; i++) {
      long start = clock.getAsLong();
      readings.recordValue(Math.max(0, clock.getAsLong() - start));
    }
    return readings.getValueAtPercentile(50);
  }

  /** Stands before the method's stages, changes nothing and writes nothing. */
  private final class Observer implements Stage {
    @Override
    public Set<Block.Kind> handsOn(Set<Block.Kind> given) {
      return given;
    }

    @Override
    public StageEncoder newEncoder(EncoderContext context, StageEncoder next) {
      return new Stopwatch(context, next);
    }

    @Override
    public StageDecoder newDecoder(DecoderContext context, StageDecoder next) {
      return next;
    }
  }

  private final class Stopwatch implements StageEncoder {
    private final Counters counters;
    private final PageSize pageSize;
    private final StageEncoder next;
    private final List<PageDigests> contents = new ArrayList<>();
    private boolean incremental;

    Stopwatch(EncoderContext context, StageEncoder next) {
      counters = context.counters();
      pageSize = context.pageSize();
      this.next = next;
      for (int vm = 0; vm < context.vms(); vm++) {
        contents.add(new PageDigests(context.ramPages(vm), context.pageSize()));
      }
    }

    @Override
    public void beginCheckpoint(CheckpointKind kind) {
      incremental = kind == CheckpointKind.INCREMENTAL;
    }

    @Override
    public void encode(Block page) throws IOException {
      long hits = count(Counter.CACHE_HITS);
      long misses = count(Counter.CACHE_MISSES);
      long whole = count(Counter.WHOLE_PAGES);
      boolean zero = Page.isZero(page.bytes(), page.offset(), page.length());
      boolean unchanged = note(page);
      long start = clock.getAsLong();
      next.encode(page);
      long ns = clock.getAsLong() - start;
      if (incremental && counted) {
        PageClass pageClass =
            zero
                ? PageClass.ZERO
                : unchanged
                    ? PageClass.UNCHANGED
                    : count(Counter.CACHE_HITS) > hits
                        ? PageClass.HIT
                        : count(Counter.CACHE_MISSES) > misses
                            ? PageClass.MISS
                            : count(Counter.WHOLE_PAGES) > whole
                                ? PageClass.WHOLE
                                : PageClass.ENCODED;
        histograms.get(pageClass).recordValue(Math.clamp(ns, 0, LONGEST_NS));
      }
    }

    private long count(Counter counter) {
      return counters.get(counter).orElse(0);
    }

    /** Notes the page's content; whether it is what it was before. */
    private boolean note(Block page) {
      PageDigests before = contents.get(page.vm());
      long digest = PageDigests.ofPage(page.bytes(), page.offset(), pageSize);
      boolean unchanged = before.get(page.pfn()) == digest;
      before.set(page.pfn(), digest);
      return unchanged;
    }

    @Override
    public void skip(Block page) throws IOException {
      note(page);
      next.skip(page);
    }
  }
}
