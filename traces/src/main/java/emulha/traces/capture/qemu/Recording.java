package emulha.traces.capture.qemu;

import emulha.memory.DirtyPages;
import emulha.memory.Page;
import emulha.traces.Clock;
import emulha.traces.Progress;
import emulha.traces.SeriesDescription;
import emulha.traces.SeriesWriter;
import emulha.traces.capture.FreePages;
import emulha.traces.capture.MappedRam;
import emulha.traces.capture.Pacing;
import emulha.traces.capture.Recorders;
import emulha.traces.capture.tracking.Shadow;
import emulha.traces.capture.tracking.WriteTracker;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.LongSummaryStatistics;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One guest's part of a recording. Not thread-safe. */
final class Recording implements AutoCloseable {
  private final QemuGuest guest;
  private final Path series;
  private final GuestCapture.Plan plan;
  private final DirtyPages pages = new DirtyPages();
  private @Nullable SeriesWriter writer;
  private @Nullable WriteTracker tracker;
  private @Nullable Shadow shadow;
  private @Nullable FreePages freePages;
  private byte @Nullable [] state;
  private int checkEvery = 1;
  private final List<String> consoleBytes = new ArrayList<>();
  private final LongSummaryStatistics runs = new LongSummaryStatistics();

  private long writtenPages;
  private long silentPages;
  private long scanNs;
  private long pauseNs;
  private long haltedNs;
  private long ranNs;

  Recording(QemuGuest guest, Path series, GuestCapture.Plan plan) {
    this.guest = guest;
    this.series = series;
    this.plan = plan;
  }

  SeriesWriter writer() {
    if (writer == null) {
      throw new IllegalStateException("no base yet");
    }
    return writer;
  }

  QemuGuest guest() {
    return guest;
  }

  /** Told that the guest is halted, having run so long since it last was. */
  void halted(long ns) {
    haltedNs = System.nanoTime();
    ranNs = ns;
  }

  /** Begins tracking and writes the base; the guest is halted. */
  void base(Progress progress) throws IOException {
    MappedRam ram = guest.ram();
    WriteTracker opened = guest.track(plan.tracking());
    tracker = opened;
    opened.reset();
    if (plan.check() && opened.seesSilentWrites()) {
      shadow = new Shadow(ram.memory());
      // What the processor writes by itself has not been seen as often as what QEMU writes.
      checkEvery = guest.acceleration() == Acceleration.KVM ? 1 : plan.checkEvery();
    }
    if (plan.freePages() && guest.identity().freePagesKnown()) {
      freePages = guest.freePages();
    }
    Map<String, String> environment = Recorders.environment("qemu");
    environment.putAll(guest.environment());
    environment.put(
        "guest_clock",
        guest.identity().clock().kind() == Clock.Kind.GUEST
            ? "counts instructions, %d million a second; halts are exact"
                .formatted(guest.identity().clock().instructionsPerSecond() / 1_000_000)
            : "stands still while the guest is halted");
    environment.put(
        "free_map",
        freePages == null
            ? "none"
            : "pages in the buddy allocator, read from the guest's struct page array");
    environment.put("recorded_at_real_time_priority", plan.realTime() ? "yes" : "no");
    environment.put(
        "device_state", plan.deviceState() ? "xen-save-devices-state of the halted guest" : "none");
    SeriesWriter out =
        SeriesWriter.create(
            series,
            new SeriesDescription(
                guest.name(),
                guest.identity().workload(),
                plan.intervalNs(),
                new SeriesDescription.Memory(ram.pages() << Page.SHIFT, ram.pages()),
                SeriesDescription.Origin.recorded(opened.dirtyBy(), environment),
                guest.identity().clock()));
    writer = out;
    Recorders.writeBase(
        ram.memory(), freePages == null ? null : freePages.read(), out, guest.name(), progress);
  }

  /** Takes what was written since the last time; the guest is halted. */
  void take() throws IOException {
    if (tracker == null) {
      throw new IllegalStateException("no base yet");
    }
    long begin = System.nanoTime();
    pages.clear();
    tracker.collect(pages::append);
    scanNs += System.nanoTime() - begin;
    guest.ram().fill(pages);
    if (freePages != null) {
      pages.setFreeMap(freePages.read());
    }
    state = plan.deviceState() ? guest.deviceState() : null;
    if (plan.deviceState() && guest.consoleBytes() >= 0) {
      consoleBytes.add(Long.toString(guest.consoleBytes()));
    }
    pauseNs += System.nanoTime() - haltedNs;
  }

  /** Checks and writes what was taken. */
  void write() throws IOException {
    writtenPages += pages.count();
    if (shadow != null) {
      silentPages += runs.getCount() % checkEvery == 0 ? shadow.check(pages) : shadow.take(pages);
    }
    runs.accept(ranNs);
    writer().writeCheckpoint(pages, runs.getSum(), state);
  }

  void finish() throws IOException {
    SeriesWriter out = writer();
    if (!consoleBytes.isEmpty()) {
      out.note(ResumedGuest.CONSOLE_BYTES, String.join(" ", consoleBytes));
    }
    out.note("run_ms", Pacing.summary(runs));
    out.note(
        "pause_us",
        "mean %s to halt, scan and copy (a scan %s), without checking and writing to disk"
            .formatted(pauseNs / runs.getCount() / 1000, scanNs / runs.getCount() / 1000));
    out.note(
        "content_check",
        shadow == null
            ? "none"
            : "%s compared with a full content diff: %s pages written, %s changed, %s written with the same content, 0 changed without being marked"
                .formatted(
                    checkEvery == 1
                        ? "every checkpoint"
                        : "every " + checkEvery + "th checkpoint, counted from the first,",
                    writtenPages,
                    writtenPages - silentPages,
                    silentPages));
    out.finish();
  }

  @Override
  public void close() throws IOException {
    if (tracker != null) {
      tracker.close();
    }
    if (shadow != null) {
      shadow.close();
    }
    if (writer != null) {
      writer.close();
    }
  }
}
