package emulha.traces.capture.qemu;

import emulha.memory.DirtyPages;
import emulha.memory.Page;
import emulha.traces.Clock;
import emulha.traces.Progress;
import emulha.traces.SeriesDescription;
import emulha.traces.SeriesWriter;
import emulha.traces.capture.FreePages;
import emulha.traces.capture.MappedRam;
import emulha.traces.capture.tracking.Shadow;
import emulha.traces.capture.tracking.WriteTracker;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** One guest's part of a recording. Not thread-safe. */
final class Recording implements AutoCloseable {
  private static final int BASE_STRETCH_PAGES = 4096;

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
  private long guestTimeNs;

  private int checkpoints;
  private long writtenPages;
  private long silentPages;
  private long scanNs;
  private long pauseNs;
  private long haltedNs;
  private long ranNs;
  private long shortestRunNs = Long.MAX_VALUE;
  private long longestRunNs;

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

  /** Guest time of the last checkpoint since the base, in ns. */
  long guestTimeNs() {
    return guestTimeNs;
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
    if (plan.freePages() && guest.freePagesKnown()) {
      freePages = guest.freePages();
    }
    var environment = new LinkedHashMap<String, String>();
    environment.put("captured_by", "emulha traces capture qemu");
    environment.put("captured_at", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
    environment.put("host_kernel", System.getProperty("os.version", "unknown"));
    environment.putAll(guest.environment());
    environment.put(
        "guest_clock",
        guest.clock().kind() == Clock.Kind.GUEST
            ? "counts instructions, %d million a second; halts are exact"
                .formatted(guest.clock().instructionsPerSecond() / 1_000_000)
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
                guest.workload(),
                plan.intervalNs(),
                new SeriesDescription.Memory(ram.pages() << Page.SHIFT, ram.pages()),
                SeriesDescription.Origin.recorded(opened.dirtyBy(), environment),
                guest.clock()));
    writer = out;
    for (long pfn = 0; pfn < ram.pages(); pfn += BASE_STRETCH_PAGES) {
      ram.readBase(pfn, BASE_STRETCH_PAGES, pages);
      if (pfn == 0 && freePages != null) {
        pages.setFreeMap(freePages.read());
      }
      out.writeBase(pages);
      progress.step(guest.name() + ": taking the base", pfn, ram.pages());
    }
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
    guestTimeNs += ranNs;
    shortestRunNs = Math.min(shortestRunNs, ranNs);
    longestRunNs = Math.max(longestRunNs, ranNs);
    writtenPages += pages.count();
    if (shadow != null && checkpoints % checkEvery == 0) {
      silentPages += shadow.check(pages);
    } else if (shadow != null) {
      silentPages += shadow.take(pages);
    }
    writer().writeCheckpoint(pages, guestTimeNs, state);
    checkpoints++;
  }

  void finish() throws IOException {
    SeriesWriter out = writer();
    if (!consoleBytes.isEmpty()) {
      out.note(ResumedGuest.CONSOLE_BYTES, String.join(" ", consoleBytes));
    }
    out.note(
        "run_ms",
        String.format(
            Locale.ROOT,
            "mean %.3f, shortest %.3f, longest %.3f",
            guestTimeNs / 1e6 / checkpoints,
            shortestRunNs / 1e6,
            longestRunNs / 1e6));
    out.note(
        "pause_us",
        "mean %s to halt, scan and copy (a scan %s), without checking and writing to disk"
            .formatted(pauseNs / checkpoints / 1000, scanNs / checkpoints / 1000));
    if (shadow != null) {
      out.note(
          "content_check",
          "%s compared with a full content diff: %s pages written, %s changed, %s written with the same content, 0 changed without being marked"
              .formatted(
                  checkEvery == 1
                      ? "every checkpoint"
                      : "every " + checkEvery + "th checkpoint, counted from the first,",
                  writtenPages,
                  writtenPages - silentPages,
                  silentPages));
    } else {
      out.note("content_check", "none");
    }
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
