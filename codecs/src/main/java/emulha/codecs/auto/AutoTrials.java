package emulha.codecs.auto;

import emulha.codecs.Block;
import emulha.codecs.CheckpointKind;
import emulha.codecs.CostClock;
import emulha.codecs.Counter;
import emulha.codecs.Counters;
import emulha.codecs.EncoderContext;
import emulha.codecs.StageContext;
import emulha.codecs.StageTrial;
import emulha.codecs.StageWorker;
import emulha.memory.DirtyPages;
import emulha.memory.PageSize;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;

/**
 * Encodes every page by each of several stages, to learn an {@link AutoProfile}, and to see what
 * choices come to. Nothing is sent; a stage with a history takes each page as sent by it. Owned by
 * one thread.
 */
public final class AutoTrials implements AutoCloseable {
  private final AutoProfile learnt;
  private final int[] chosen;
  private final double linkNanosPerByte;
  private final List<StageTrial> trials = new ArrayList<>();
  private final StageWorker.Several<IOException> encoders;
  private final boolean[][] seen;
  private final long[] bytes;
  private final long[] nanos;
  private final Block block = new Block();
  private final long[] allBytes;
  private final long[] allNanos;
  private final double[] stageNanos;
  private long pages;
  private double knownNanos;
  private double leastNanos;

  /**
   * What choices came to, in nanoseconds of a link and CPU time together.
   *
   * @param pages that were encoded
   * @param bytes of each stage
   * @param cpuNanos of each stage
   * @param stageNanos of each stage, had it been taken for all pages
   * @param knownNanos had each page's been chosen by the profile that was known before
   * @param leastNanos had each page's been the one that was soonest, which nobody can know
   */
  public record Costs(
      long pages,
      List<Long> bytes,
      List<Long> cpuNanos,
      List<Double> stageNanos,
      double knownNanos,
      double leastNanos) {}

  /**
   * @param known says which stage it would choose for each page
   * @param learnt takes what is seen; the same stages, and may be {@code known}
   * @param bitsPerSecond of the link
   * @param ramPages number of page frames of each VM
   * @param clock of the CPU
   */
  public AutoTrials(
      AutoProfile known, AutoProfile learnt, long bitsPerSecond, long[] ramPages, CostClock clock) {
    this.learnt = learnt;
    linkNanosPerByte = 8e9 / bitsPerSecond;
    chosen = choices(known);
    var context =
        new EncoderContext(
            new StageContext.Common(PageSize.SMALL, ramPages, 1, clock, null),
            0,
            0,
            (lane, frame, offset, length) -> {},
            new Counters(EnumSet.allOf(Counter.class)));
    for (String stage : learnt.stages()) {
      trials.add(new StageTrial(Auto.candidate(stage), true, context));
    }
    encoders = new StageWorker.Several<>(trials.stream().map(StageTrial::encoder).toList());
    seen = new boolean[ramPages.length][];
    Arrays.setAll(seen, vm -> new boolean[Math.toIntExact(ramPages[vm])]);
    bytes = new long[trials.size()];
    nanos = new long[trials.size()];
    allBytes = new long[trials.size()];
    allNanos = new long[trials.size()];
    stageNanos = new double[trials.size()];
  }

  private int[] choices(AutoProfile profile) {
    return profile.choices(profile.numbers(learnt.stages()), linkNanosPerByte);
  }

  public void begin(CheckpointKind kind) throws IOException {
    encoders.beginCheckpoint(kind);
  }

  /**
   * One VM's part of it.
   *
   * @param known whether both ends have the pages beforehand: they are noted, not encoded
   */
  public void pages(int vm, DirtyPages pages, boolean known) throws IOException {
    if (pages.count() > 0) {
      PageSize.SMALL.require(pages.pageSize());
    }
    encoders.beginVm(vm, pages);
    for (int i = 0; i < pages.count(); i++) {
      block.at(vm, pages, i);
      if (known) {
        encoders.skip(block);
      } else {
        encode(block);
      }
    }
    encoders.endVm(vm);
    trials.forEach(StageTrial::discard);
  }

  private void encode(Block page) throws IOException {
    boolean[] before = seen[page.vm()];
    int pageClass = AutoClasses.of(page, before[(int) page.pfn()]);
    before[(int) page.pfn()] = true;
    double least = Double.MAX_VALUE;
    for (int i = 0; i < trials.size(); i++) {
      StageTrial trial = trials.get(i);
      bytes[i] = trial.encode(page);
      nanos[i] = trial.lastNanos();
      trial.discard();
      double cost = bytes[i] * linkNanosPerByte + nanos[i];
      allBytes[i] += bytes[i];
      allNanos[i] += nanos[i];
      stageNanos[i] += cost;
      least = Math.min(least, cost);
      knownNanos += i == chosen[pageClass] ? cost : 0;
    }
    leastNanos += least;
    pages++;
    learnt.add(pageClass, bytes, nanos);
  }

  public void end() throws IOException {
    encoders.endCheckpoint();
  }

  /** What it all came to so far. */
  public Costs costs() {
    return new Costs(
        pages,
        Arrays.stream(allBytes).boxed().toList(),
        Arrays.stream(allNanos).boxed().toList(),
        Arrays.stream(stageNanos).boxed().toList(),
        knownNanos,
        leastNanos);
  }

  @Override
  public void close() {
    encoders.close();
  }
}
