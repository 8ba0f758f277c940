package emulha.experiments.reduce;

import emulha.codecs.CheckpointKind;
import emulha.codecs.Counters;
import emulha.codecs.EncodedCheckpoint;
import emulha.codecs.Method;
import emulha.codecs.pipeline.CheckpointDecoder;
import emulha.codecs.pipeline.CheckpointEncoder;
import emulha.codecs.pipeline.Workers;
import emulha.memory.DirtyPages;
import emulha.memory.PageDigests;
import emulha.memory.RamImage;
import emulha.metrics.CheckpointRow;
import emulha.metrics.RunRow;
import emulha.runs.Base;
import emulha.runs.CheckpointReader;
import emulha.runs.CheckpointRows;
import emulha.runs.ImageMismatchException;
import emulha.runs.Link;
import emulha.runs.RunDescription;
import emulha.runs.RunSummary;
import emulha.runs.Terms;
import emulha.runs.VmPart;
import emulha.traces.Series;
import emulha.traces.SeriesInfo;
import emulha.wire.Security;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * Replays series through methods in one process, without network and clock: encodes, decodes, and
 * proves each decoded checkpoint, and the images at the end, equal to the recording. The series are
 * read once for all methods, and for all sets of their VMs. The rows are those of a replay between
 * two processes, with the same bytes, memory and counts; what depends on time or a connection is
 * empty. Equal input gives equal rows, whatever other methods share the pass. Memory does not grow
 * with the length of a series: beside the images and the largest checkpoint, it is what each method
 * keeps. Owned by one thread.
 */
public final class Reduction implements AutoCloseable {
  /** Takes the rows of {@code checkpoints.csv} in the order of the checkpoints. */
  @FunctionalInterface
  public interface Listener {
    /** A checkpoint's row, one per VM, is complete. */
    void row(CheckpointRow row) throws IOException;
  }

  /**
   * One method's part in a pass.
   *
   * @param runId the rows' {@code run_id}
   * @param vms which of the pass's series are protected together in it, by position
   */
  public record Run(String runId, Method method, List<Integer> vms, Listener listener) {}

  private final List<SeriesInfo> all;
  private final CheckpointReader checkpoints;
  private final List<Coder> coders = new ArrayList<>();

  /** What the receiver of any of the methods holds: one for all, since each is proved equal. */
  private final List<RamImage> images = new ArrayList<>();

  private final EncodedCheckpoint encoded = new EncodedCheckpoint();
  private final List<DirtyPages> decoded = new ArrayList<>();

  private Reduction(List<Series> series, Base base, List<Run> runs) throws IOException {
    all = series.stream().map(Series::info).toList();
    boolean freeAreZero = runs.getFirst().method().excludesFreePages();
    checkpoints = new CheckpointReader(series, freeAreZero, true);
    try {
      for (var vm : all) {
        images.add(new RamImage(vm.ramBytes(), vm.pageSize()));
        decoded.add(new DirtyPages(vm.pageSize()));
      }
      for (Run run : runs) {
        requireSameImage(runs.getFirst().method(), run.method());
        requireSameLength(all, run);
        var vms = run.vms().stream().map(all::get).toList();
        var terms = new Terms(run.method(), null, base, true, Link.AS_IT_IS);
        coders.add(
            new Coder(
                new RunDescription(run.runId(), vms, terms, 1, Security.NONE.label()),
                run.vms(),
                run.listener()));
      }
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  private static void requireSameImage(Method one, Method other) {
    if (one.excludesFreePages() != other.excludesFreePages()) {
      throw new IllegalArgumentException(
          "'%s' and '%s' cannot share a pass: they leave receivers with different images"
              .formatted(one, other));
    }
  }

  /** A run ends with the shortest of its series, and a pass with the shortest of all. */
  private static void requireSameLength(List<SeriesInfo> all, Run run) {
    if (run.vms().size() < all.size()
        && all.stream().mapToInt(SeriesInfo::checkpoints).distinct().count() > 1) {
      throw new IllegalArgumentException(
          "series of different lengths cannot share a pass, if a run has some of them alone");
    }
  }

  /**
   * Does a whole run.
   *
   * @param runId the rows' {@code run_id}
   * @param series one per VM, all of one interval; several are protected concurrently
   * @return the run's row
   * @throws IllegalArgumentException if the series do not go together
   * @throws ImageMismatchException if a decoded checkpoint does not equal the recording
   * @throws IOException if a series cannot be read
   */
  public static RunRow run(
      String runId, List<Series> series, Method method, Base base, Listener listener)
      throws IOException {
    var run = new Run(runId, method, everyVm(series), listener);
    return runAll(series, base, List.of(run)).getFirst();
  }

  /** All of the series: for a {@link Run} in which they are protected together. */
  public static List<Integer> everyVm(List<Series> series) {
    return IntStream.range(0, series.size()).boxed().toList();
  }

  /**
   * Does whole runs of several methods, and of several sets of VMs, in one pass over the series.
   *
   * @param series distinct, and of one length if a run has not all of them
   * @param runs at least one; of methods that all exclude free pages, or none of which does; every
   *     series is in one
   * @return the runs' rows, in their order
   * @throws IllegalArgumentException if the series or the methods do not go together
   * @throws ImageMismatchException if a decoded checkpoint does not equal the recording; no other
   *     run goes on
   * @throws IOException if a series cannot be read
   */
  public static List<RunRow> runAll(List<Series> series, Base base, List<Run> runs)
      throws IOException {
    try (var pass = new Reduction(series, base, runs)) {
      pass.replayBase(base == Base.SEND);
      pass.replayCheckpoints();
      pass.proveImages();
      return pass.coders.stream()
          .map(coder -> coder.summary.row(0, null, null, null, null))
          .toList();
    }
  }

  private void replayBase(boolean full) throws IOException {
    CheckpointKind kind = full ? CheckpointKind.FULL : CheckpointKind.PRIMING;
    for (long number = 0; checkpoints.nextBase(full); number++) {
      decoded.forEach(DirtyPages::clear);
      for (Coder coder : coders) {
        if (coder.hasPages()) {
          coder.addToBase(coder.replay(kind, number));
        }
      }
      apply(full ? decoded::get : checkpoints::pages);
    }
    for (Coder coder : coders) {
      if (full && !coder.whole.isEmpty()) {
        coder.emit(CheckpointRows.FULL, coder.whole);
      }
    }
  }

  private void replayCheckpoints() throws IOException {
    for (long number = 0; checkpoints.nextCheckpoint(); number++) {
      for (Coder coder : coders) {
        coder.emit(number, coder.replay(CheckpointKind.INCREMENTAL, number));
      }
      apply(decoded::get);
    }
  }

  private void apply(IntFunction<DirtyPages> pages) {
    for (int vm = 0; vm < images.size(); vm++) {
      images.get(vm).apply(pages.apply(vm));
    }
  }

  /** A method's encoder and decoder, and what they come to. */
  private final class Coder {
    private final RunDescription run;

    /** Positions in the pass of the VMs that it numbers from 0. */
    private final List<Integer> vms;

    private final Listener listener;
    private final RunSummary summary;
    private final CheckpointEncoder encoder;
    private final CheckpointDecoder decoder;

    /** By VM, of the stretches of the base so far. */
    private final List<VmPart> whole = new ArrayList<>();

    Coder(RunDescription run, List<Integer> vms, Listener listener) {
      this.run = run;
      this.vms = vms;
      this.listener = listener;
      summary = new RunSummary(run);
      encoder =
          CheckpointEncoder.of(
              run.terms().method(),
              run.pageSize(),
              run.ramPages(),
              encoded::append,
              Workers.IN_TURN,
              null,
              null);
      decoder =
          CheckpointDecoder.of(
              run.terms().method(),
              run.pageSize(),
              run.ramPages(),
              (vm, pfn, target, offset) -> images.get(vms.get(vm)).read(pfn, target, offset),
              null,
              null);
    }

    /** Whether the stretch of the bases that was read last has any of its VMs' pages. */
    boolean hasPages() {
      return vms.stream().anyMatch(vm -> checkpoints.pages(vm).count() > 0);
    }

    /** Encodes and decodes what was read last; {@code decoded} holds it then. */
    List<VmPart> replay(CheckpointKind kind, long number) throws IOException {
      List<VmPart> parts = encode(kind);
      decode(kind, number);
      return parts;
    }

    private List<VmPart> encode(CheckpointKind kind) throws IOException {
      encoded.clear();
      encoder.begin(kind);
      List<VmPart> parts = new ArrayList<>();
      for (int vm = 0; vm < vms.size(); vm++) {
        int at = vms.get(vm);
        long payload = encoder.payloadBytes();
        Counters counters = encoder.counters();
        DirtyPages pages = checkpoints.pages(at);
        encoder.encode(vm, pages);
        parts.add(
            new VmPart(
                pages.count(),
                encoder.payloadBytes() - payload,
                kind == CheckpointKind.INCREMENTAL ? checkpoints.state(at).length : 0,
                0,
                0,
                0,
                encoder.counters().since(counters)));
      }
      encoder.end();
      return parts;
    }

    private void decode(CheckpointKind kind, long number) throws IOException {
      boolean priming = kind == CheckpointKind.PRIMING;
      decoder.begin(kind, encoded);
      for (int vm = 0; vm < vms.size(); vm++) {
        DirtyPages pages = decoded.get(vms.get(vm));
        pages.clear();
        decoder.decode(vm, priming ? checkpoints.pages(vms.get(vm)) : pages);
      }
      decoder.end();
      for (int vm = 0; vm < vms.size(); vm++) {
        int at = vms.get(vm);
        DirtyPages pages = priming ? checkpoints.pages(at) : decoded.get(at);
        if (PageDigests.ofCheckpoint(pages) != checkpoints.digest(at)) {
          throw new ImageMismatchException(
              "method '%s': %s checkpoint %d of %s decodes to other content than recorded"
                  .formatted(run.terms().method(), kind, number, run.vms().get(vm).name()));
        }
      }
    }

    void addToBase(List<VmPart> stretch) {
      for (int vm = 0; vm < stretch.size(); vm++) {
        if (whole.size() == vm) {
          whole.add(stretch.get(vm));
        } else {
          whole.set(vm, whole.get(vm).plus(stretch.get(vm)));
        }
      }
    }

    void emit(long checkpoint, List<VmPart> parts) throws IOException {
      for (CheckpointRow row :
          CheckpointRows.of(
              run,
              1,
              checkpoint,
              parts,
              encoder.retainedBytes(),
              encoder.allocatedBytes(),
              null,
              null)) {
        summary.add(row);
        listener.row(row);
      }
    }

    void close() throws IOException {
      try (encoder) {
        decoder.close();
      }
    }
  }

  private void proveImages() throws ImageMismatchException {
    List<Long> expected = checkpoints.imageDigests();
    for (int vm = 0; vm < images.size(); vm++) {
      if (PageDigests.of(images.get(vm)).ofImage() != expected.get(vm)) {
        throw new ImageMismatchException(
            "the image of %s at the end is not the recorded one".formatted(all.get(vm).name()));
      }
    }
  }

  @Override
  public void close() throws IOException {
    images.forEach(RamImage::close);
    try (checkpoints) {
      for (Coder coder : coders) {
        coder.close();
      }
    }
  }
}
