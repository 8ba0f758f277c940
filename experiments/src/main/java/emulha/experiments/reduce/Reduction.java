package emulha.experiments.reduce;

import emulha.codecs.CheckpointKind;
import emulha.codecs.Counters;
import emulha.codecs.EncodedCheckpoint;
import emulha.codecs.pipeline.CheckpointDecoder;
import emulha.codecs.pipeline.CheckpointEncoder;
import emulha.codecs.pipeline.Workers;
import emulha.memory.DirtyPages;
import emulha.memory.PageDigests;
import emulha.memory.PageSize;
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
import emulha.wire.Security;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Replays series through a method in one process, without network and clock: encodes, decodes, and
 * proves each decoded checkpoint, and the images at the end, equal to the recording. The rows are
 * those of a replay between two processes, with the same bytes, memory and counts; what depends on
 * time or a connection is empty. Equal input gives equal rows. Memory does not grow with the length
 * of a series. Owned by one thread.
 */
public final class Reduction implements AutoCloseable {
  /** Takes the rows of {@code checkpoints.csv} in the order of the checkpoints. */
  @FunctionalInterface
  public interface Listener {
    /** A checkpoint's row, one per VM, is complete. */
    void row(CheckpointRow row) throws IOException;
  }

  private final RunDescription run;
  private final Listener listener;
  private final RunSummary summary;
  private final CheckpointReader checkpoints;
  private final EncodedCheckpoint encoded = new EncodedCheckpoint();
  private final CheckpointEncoder encoder;
  private final CheckpointDecoder decoder;
  private final List<RamImage> images = new ArrayList<>();
  private final List<DirtyPages> decoded = new ArrayList<>();

  private Reduction(RunDescription run, List<Series> series, Listener listener) throws IOException {
    this.run = run;
    this.listener = listener;
    summary = new RunSummary(run);
    checkpoints = new CheckpointReader(series, run.terms().method().excludesFreePages(), true);
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
            (vm, pfn, target, offset) -> images.get(vm).read(pfn, target, offset),
            null,
            null);
    for (var vm : run.vms()) {
      images.add(new RamImage(vm.ramBytes(), vm.pageSize()));
      decoded.add(new DirtyPages(vm.pageSize()));
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
      String runId, List<Series> series, emulha.codecs.Method method, Base base, Listener listener)
      throws IOException {
    var vms = series.stream().map(Series::info).toList();
    var run =
        new RunDescription(
            runId,
            vms,
            new Terms(method, null, base, true, Link.AS_IT_IS),
            1,
            Security.NONE.label());
    try (var replay = new Reduction(run, series, listener)) {
      replay.replayBase();
      replay.replayCheckpoints();
      replay.proveImages();
      return replay.summary.row(0, null, null, null);
    }
  }

  private void replayBase() throws IOException {
    boolean full = run.terms().base() == Base.SEND;
    CheckpointKind kind = full ? CheckpointKind.FULL : CheckpointKind.PRIMING;
    List<VmPart> whole = new ArrayList<>();
    for (long number = 0; checkpoints.nextBase(full); number++) {
      List<VmPart> stretch = encode(kind);
      decode(kind, number);
      for (int vm = 0; vm < stretch.size(); vm++) {
        if (whole.size() == vm) {
          whole.add(stretch.get(vm));
        } else {
          whole.set(vm, whole.get(vm).plus(stretch.get(vm)));
        }
      }
    }
    if (full && !whole.isEmpty()) {
      emit(CheckpointRows.FULL, whole);
    }
  }

  private void replayCheckpoints() throws IOException {
    for (long number = 0; checkpoints.nextCheckpoint(); number++) {
      List<VmPart> parts = encode(CheckpointKind.INCREMENTAL);
      decode(CheckpointKind.INCREMENTAL, number);
      emit(number, parts);
    }
  }

  private List<VmPart> encode(CheckpointKind kind) throws IOException {
    encoded.clear();
    encoder.begin(kind);
    List<VmPart> parts = new ArrayList<>();
    for (int vm = 0; vm < images.size(); vm++) {
      long payload = encoder.payloadBytes();
      Counters counters = encoder.counters().copy();
      DirtyPages pages = checkpoints.pages(vm);
      encoder.encode(vm, pages);
      parts.add(
          new VmPart(
              pages.count(),
              encoder.payloadBytes() - payload,
              kind == CheckpointKind.INCREMENTAL ? checkpoints.state(vm).length : 0,
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
    for (int vm = 0; vm < images.size(); vm++) {
      DirtyPages pages = decoded.get(vm);
      pages.clear();
      decoder.decode(vm, priming ? checkpoints.pages(vm) : pages);
    }
    decoder.end();
    for (int vm = 0; vm < images.size(); vm++) {
      DirtyPages pages = priming ? checkpoints.pages(vm) : decoded.get(vm);
      if (PageDigests.ofCheckpoint(pages) != checkpoints.digest(vm)) {
        throw new ImageMismatchException(
            "method '%s': %s checkpoint %d of %s decodes to other content than recorded"
                .formatted(run.terms().method(), kind, number, run.vms().get(vm).name()));
      }
      images.get(vm).apply(pages);
    }
  }

  private void emit(long checkpoint, List<VmPart> parts) throws IOException {
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

  private void proveImages() throws ImageMismatchException {
    List<Long> expected = checkpoints.imageDigests();
    PageSize pageSize = run.pageSize();
    byte[] page = new byte[pageSize.bytes()];
    for (int vm = 0; vm < images.size(); vm++) {
      RamImage image = images.get(vm);
      var digests = new PageDigests(image.pages(), pageSize);
      for (long pfn = 0; pfn < image.pages(); pfn++) {
        image.read(pfn, page, 0);
        digests.set(pfn, PageDigests.ofPage(page, 0, pageSize));
      }
      if (digests.ofImage() != expected.get(vm)) {
        throw new ImageMismatchException(
            "method '%s': the image of %s at the end is not the recorded one"
                .formatted(run.terms().method(), run.vms().get(vm).name()));
      }
    }
  }

  @Override
  public void close() throws IOException {
    images.forEach(RamImage::close);
    try (checkpoints;
        encoder) {
      decoder.close();
    }
  }
}
