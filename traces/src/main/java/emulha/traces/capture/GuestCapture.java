package emulha.traces.capture;

import emulha.memory.DirtyPages;
import emulha.memory.Page;
import emulha.traces.Interval;
import emulha.traces.Progress;
import emulha.traces.SeriesDescription;
import emulha.traces.SeriesWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Records guests: halts them all, takes their bases, and then again and again lets them run for an
 * interval, halts them, and takes the pages written meanwhile. The guest's clock stands still while
 * it is halted, so the interval is guest time, and taking a checkpoint costs the guest nothing.
 *
 * <p>The time that a guest ran is taken from QEMU's own STOP and RESUME events, recorded with each
 * checkpoint. What an interval was too long the following ones are shorter, by up to a fifth each,
 * so that the mean is exact and merged series keep exact intervals, too.
 */
public final class GuestCapture {
  private static final int BASE_STRETCH_PAGES = 4096;

  /**
   * What to record.
   *
   * @param checkpoints how many, at least 1
   * @param intervalMs guest time between them, at least 1 ms
   * @param tracking how written pages are to be known
   * @param check whether to compare every checkpoint with a full content diff and fail if a page
   *     changed that was not marked
   * @param freePages whether to record free pages, where the guest is known
   * @param deviceState whether to record CPU and device state
   * @param realTime whether to record at real-time priority
   */
  public record Plan(
      int checkpoints,
      long intervalMs,
      Tracking tracking,
      boolean check,
      boolean freePages,
      boolean deviceState,
      boolean realTime) {
    /** Checks the invariants. */
    public Plan {
      if (checkpoints < 1) {
        throw new IllegalArgumentException("at least 1 checkpoint, got " + checkpoints);
      }
      if (intervalMs < 1) {
        throw new IllegalArgumentException("interval must be at least 1 ms, got " + intervalMs);
      }
    }
  }

  private final Plan plan;
  private final List<Recording> recordings = new ArrayList<>();
  private final Progress progress;
  private final BooleanSupplier interrupted;
  private long delayNs;
  private long waitedNs;
  private long skewSumNs;
  private long skewMaxNs;

  private GuestCapture(Plan plan, Progress progress, BooleanSupplier interrupted) {
    this.plan = plan;
    this.progress = progress;
    this.interrupted = interrupted;
  }

  /**
   * Records guests at the same instants, one series each. Ends early when interrupted or when a
   * guest ends; what was recorded until then is complete.
   *
   * @param guests running guests; they run again when this returns or throws
   * @param series where the series go, in the order of the guests
   * @param interrupted asked now and then whether to end early
   * @return number of checkpoints recorded
   * @throws IOException if nothing was recorded, or a page changed that was not marked: then no
   *     series is left behind
   */
  public static int record(
      List<QemuGuest> guests,
      List<Path> series,
      Plan plan,
      Progress progress,
      BooleanSupplier interrupted)
      throws IOException {
    if (guests.isEmpty() || guests.size() != series.size()) {
      throw new IllegalArgumentException(
          guests.size() + " guests and " + series.size() + " series");
    }
    var names = new HashSet<String>();
    for (QemuGuest guest : guests) {
      if (!names.add(guest.name())) {
        throw new IllegalArgumentException(
            "two guests are called " + guest.name() + "; name them: --vm NAME=DIR");
      }
    }
    var capture = new GuestCapture(plan, progress, interrupted);
    RealTime priority =
        plan.realTime() ? new RealTime(guests.stream().map(QemuGuest::pid).toList()) : null;
    try {
      return capture.run(guests, series);
    } finally {
      if (priority != null) {
        priority.close();
      }
      capture.close();
    }
  }

  private int run(List<QemuGuest> guests, List<Path> series) throws IOException {
    for (int i = 0; i < guests.size(); i++) {
      recordings.add(new Recording(guests.get(i), series.get(i), plan));
    }
    if (!halt()) {
      throw new IOException("a guest was paused from elsewhere; nothing was recorded");
    }
    for (Recording recording : recordings) {
      recording.base(progress);
    }
    int done = 0;
    long begin = System.nanoTime();
    while (done < plan.checkpoints() && !interrupted.getAsBoolean()) {
      try {
        if (!letRun((done + 1) * plan.intervalMs() * 1_000_000)) {
          break;
        }
        if (!halt()) {
          throw new GuestGoneException("the guest was paused from elsewhere");
        }
        for (Recording recording : recordings) {
          recording.take();
        }
      } catch (GuestGoneException e) {
        if (done == 0) {
          throw e;
        }
        for (Recording recording : recordings) {
          recording.writer().note("ended_early", e.getMessage());
        }
        break;
      }
      for (Recording recording : recordings) {
        recording.write();
      }
      done++;
      progress.step("recording", done, plan.checkpoints());
    }
    if (done == 0) {
      throw new IOException("interrupted before the first checkpoint; nothing was recorded");
    }
    long tookMs = (System.nanoTime() - begin) / 1_000_000;
    for (Recording recording : recordings) {
      recording.writer().note("recording_took_ms", Long.toString(tookMs));
      if (recordings.size() > 1) {
        recording
            .writer()
            .note(
                "recorded_with",
                String.join(", ", guestNames())
                    + "; skew of their checkpoints: mean "
                    + skewSumNs / done / 1000
                    + " us, largest "
                    + skewMaxNs / 1000
                    + " us");
      }
      recording.finish();
    }
    return done;
  }

  private List<String> guestNames() {
    return recordings.stream().map(recording -> recording.guest.name()).toList();
  }

  /**
   * Lets all guests run until their guest time is {@code untilNs}, as nearly as can be told; false
   * if interrupted before.
   */
  private boolean letRun(long untilNs) throws IOException {
    long ranNs = 0;
    for (Recording recording : recordings) {
      ranNs += recording.guestTimeNs / recordings.size();
      recording.sendCont();
    }
    for (Recording recording : recordings) {
      recording.resumed();
    }
    long begin = System.nanoTime();
    long intervalNs = plan.intervalMs() * 1_000_000;
    long errorNs = untilNs - intervalNs - ranNs;
    long waitNs = intervalNs + Math.clamp(errorNs, -intervalNs / 5, intervalNs / 5) - delayNs;
    while (true) {
      long left = begin + waitNs - System.nanoTime();
      if (left <= 0) {
        break;
      }
      if (interrupted.getAsBoolean()) {
        return false;
      }
      LockSupport.parkNanos(Math.min(left, 100_000_000));
    }
    waitedNs = waitNs;
    return true;
  }

  /**
   * Halts all guests; false if one was not running. Of several, all processes are held (SIGSTOP)
   * before the first is told to halt, and released one by one: a guest that shares a processor with
   * another would else run on for several time slices before it gets to halt.
   */
  private boolean halt() throws IOException {
    boolean allRan = true;
    long first = Long.MAX_VALUE;
    long last = Long.MIN_VALUE;
    try {
      for (Recording recording : recordings) {
        if (recordings.size() > 1) {
          recording.hold();
        }
      }
      for (Recording recording : recordings) {
        recording.sendStop();
        recording.release();
        OptionalLong at = recording.stopped();
        if (at.isEmpty()) {
          allRan = false;
        } else {
          first = Math.min(first, at.getAsLong());
          last = Math.max(last, at.getAsLong());
        }
      }
    } finally {
      recordings.forEach(Recording::release);
    }
    Recording one = recordings.get(0);
    if (one.lastRunNs > 0 && waitedNs > 0) {
      // What a stop usually takes on top of the wait; a single long delay must not sway it.
      long step = Math.clamp((one.lastRunNs - waitedNs - delayNs) / 4, -100_000, 100_000);
      delayNs = Math.clamp(delayNs + step, 0, plan.intervalMs() * 500_000);
    }
    if (allRan && one.lastRunNs > 0) {
      skewSumNs += (last - first) * 1000;
      skewMaxNs = Math.max(skewMaxNs, (last - first) * 1000);
    }
    return allRan;
  }

  private void close() throws IOException {
    IOException failure = null;
    for (Recording recording : recordings) {
      try {
        recording.close();
      } catch (IOException e) {
        failure = e;
      }
    }
    if (failure != null) {
      throw failure;
    }
  }

  /** One guest's part. */
  private static final class Recording implements AutoCloseable {
    private final QemuGuest guest;
    private final Path series;
    private final Plan plan;
    private final DirtyPages pages = new DirtyPages();
    private final BitSet written = new BitSet();
    private @Nullable SeriesWriter writer;
    private @Nullable WriteTracker tracker;
    private @Nullable Shadow shadow;
    private @Nullable FreePages freePages;
    private byte @Nullable [] state;
    private final List<String> consoleBytes = new ArrayList<>();
    private boolean halted;
    private boolean held;
    private long command;
    private long sentNs;
    private long resumedUs;
    private long lastRunNs;
    private long guestTimeNs;

    private int checkpoints;
    private long writtenPages;
    private long silentPages;
    private long scanNs;
    private long pauseNs;
    private long haltedNs;
    private long shortestRunNs = Long.MAX_VALUE;
    private long longestRunNs;

    Recording(QemuGuest guest, Path series, Plan plan) {
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

    /** Holds the whole process where it is. */
    void hold() throws IOException {
      try {
        Linux.kill(guest.pid(), Linux.SIGSTOP);
      } catch (IOException e) {
        throw new GuestGoneException(guest.name() + ": " + e.getMessage());
      }
      held = true;
    }

    /** Lets the process go on if it is held. */
    void release() {
      if (held) {
        held = false;
        try {
          Linux.kill(guest.pid(), Linux.SIGCONT);
        } catch (IOException e) {
          // it ended, as its monitor will tell
        }
      }
    }

    void sendStop() throws IOException {
      halted = true;
      command = guest.monitor().sendStop();
    }

    OptionalLong stopped() throws IOException {
      OptionalLong at = guest.monitor().stopped(command);
      haltedNs = System.nanoTime();
      halted = at.isPresent();
      if (at.isPresent() && resumedUs > 0) {
        // QEMU stamps its events with the time of day; a jump of that clock must not become guest
        // time, so the guest cannot have run longer than from our cont to the stop's reply.
        lastRunNs = Math.clamp((at.getAsLong() - resumedUs) * 1000, 0, haltedNs - sentNs);
        guestTimeNs += lastRunNs;
        shortestRunNs = Math.min(shortestRunNs, lastRunNs);
        longestRunNs = Math.max(longestRunNs, lastRunNs);
      }
      return at;
    }

    void sendCont() throws IOException {
      sentNs = System.nanoTime();
      command = guest.monitor().sendCont();
    }

    void resumed() throws IOException {
      OptionalLong at = guest.monitor().resumed(command);
      if (at.isEmpty()) {
        throw new GuestGoneException("the guest was resumed from elsewhere");
      }
      halted = false;
      resumedUs = at.getAsLong();
    }

    /** Begins tracking and writes the base; the guest is halted. */
    void base(Progress progress) throws IOException {
      MappedRam ram = guest.ram();
      WriteTracker opened = guest.track(plan.tracking());
      tracker = opened;
      opened.reset();
      if (plan.check() && opened.seesSilentWrites()) {
        shadow = new Shadow(ram.memory());
      }
      if (plan.freePages() && guest.freePagesKnown()) {
        freePages = guest.freePages();
      }
      var environment = new LinkedHashMap<String, String>();
      environment.put("captured_by", "emulha traces capture qemu");
      environment.put("captured_at", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
      environment.put("host_kernel", System.getProperty("os.version", "unknown"));
      environment.putAll(guest.environment());
      environment.put("guest_clock", "stands still while the guest is halted");
      environment.put(
          "free_map",
          freePages == null
              ? "none"
              : "pages in the buddy allocator, read from the guest's struct page array");
      environment.put("recorded_at_real_time_priority", plan.realTime() ? "yes" : "no");
      environment.put(
          "device_state",
          plan.deviceState() ? "xen-save-devices-state of the halted guest" : "none");
      SeriesWriter out =
          SeriesWriter.create(
              series,
              new SeriesDescription(
                  guest.name(),
                  guest.workload(),
                  Interval.ofMilliseconds(plan.intervalMs()),
                  ram.pages() << Page.SHIFT,
                  ram.pages(),
                  opened.dirtyBy(),
                  false,
                  Map.of(),
                  environment));
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
      writtenPages += pages.count();
      if (shadow != null) {
        written.clear();
        for (int i = 0; i < pages.count(); i++) {
          written.set(Math.toIntExact(pages.pfn(i)));
        }
        silentPages += shadow.check(written);
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
          "mean "
              + pauseNs / checkpoints / 1000
              + " to halt, scan and copy (a scan "
              + scanNs / checkpoints / 1000
              + "), without checking and writing to disk");
      if (shadow != null) {
        out.note(
            "content_check",
            "every checkpoint compared with a full content diff: "
                + writtenPages
                + " pages written, "
                + (writtenPages - silentPages)
                + " changed, "
                + silentPages
                + " written with the same content, 0 changed without being marked");
      } else {
        out.note("content_check", "none");
      }
      out.finish();
    }

    @Override
    public void close() throws IOException {
      try {
        if (halted) {
          guest.monitor().execute("cont");
          halted = false;
        }
      } catch (GuestGoneException e) {
        // nothing left to resume
      } finally {
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
  }

  /** Refuses places where a series or anything else is already. */
  public static void requireAbsent(List<Path> series) {
    for (Path each : series) {
      if (Files.exists(each)) {
        throw new IllegalArgumentException(each + ": exists already; name another or remove it");
      }
    }
  }
}
