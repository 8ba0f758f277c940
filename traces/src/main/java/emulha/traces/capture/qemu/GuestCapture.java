package emulha.traces.capture.qemu;

import emulha.files.Closing;
import emulha.traces.Clock;
import emulha.traces.Progress;
import emulha.traces.SeriesWriter;
import emulha.traces.capture.GuestGoneException;
import emulha.traces.capture.Recorders;
import emulha.traces.capture.Room;
import emulha.traces.capture.tracking.Tracking;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;

/**
 * Records guests: halts them all, takes their bases, and then again and again lets them run for an
 * interval, halts them, and takes the pages written meanwhile. The guest's clock stands still while
 * it is halted, so the interval is guest time, and taking a checkpoint costs the guest nothing. How
 * guests are halted, and how exactly, is for a {@link Stretch} to know.
 */
public final class GuestCapture {
  /**
   * What to record.
   *
   * @param checkpoints how many, at least 1
   * @param intervalNs guest time between them in ns, at least 1 ms
   * @param tracking how written pages are to be known
   * @param check whether to compare checkpoints with a full content diff and fail if a page changed
   *     that was not marked: all of a short recording and under KVM, of a long one {@value #CHECKS}
   *     at even distances
   * @param freePages whether to record free pages, where the guest is known
   * @param deviceState whether to record CPU and device state
   * @param realTime whether to record at real-time priority
   */
  public record Plan(
      int checkpoints,
      long intervalNs,
      Tracking tracking,
      boolean check,
      boolean freePages,
      boolean deviceState,
      boolean realTime) {
    public Plan {
      Recorders.require(checkpoints, intervalNs);
    }

    /** Every how many checkpoints one is compared with a full content diff. */
    int checkEvery() {
      return Math.ceilDiv(checkpoints, CHECKS);
    }
  }

  /** How many checkpoints of a recording are compared with a full content diff. */
  static final int CHECKS = 200;

  private final List<Recording> recordings;
  private final Plan plan;
  private final Progress progress;
  private final BooleanSupplier interrupted;

  private GuestCapture(
      List<Recording> recordings, Plan plan, Progress progress, BooleanSupplier interrupted) {
    this.recordings = recordings;
    this.plan = plan;
    this.progress = progress;
    this.interrupted = interrupted;
  }

  /**
   * Waits until guests say that recording may begin, and as long as they ask to settle.
   *
   * @param guests all on the same clock
   * @param limit longest wait: time of the host, or of the guests if they are on their own clock
   * @throws IOException if one ends first or does not get ready in time
   */
  public static void awaitReady(
      List<QemuGuest> guests, Duration limit, Progress progress, BooleanSupplier interrupted)
      throws IOException {
    if (guests.getFirst().identity().clock().kind() == Clock.Kind.GUEST) {
      new Lockstep(guests).awaitReady(limit, progress, interrupted);
      return;
    }
    for (QemuGuest guest : guests) {
      guest.awaitReady(limit, progress, interrupted);
    }
  }

  /**
   * Records guests at the same instants, one series each. Ends early when interrupted or when a
   * guest ends; what was recorded until then is complete.
   *
   * @param guests running guests; they run again when this returns or throws
   * @param series where the series go, in the order of the guests
   * @return number of checkpoints recorded
   * @throws IOException if nothing was recorded, a page changed that was not marked, or there is no
   *     room for the rest: then no series is left behind
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
    List<Recording> recordings =
        IntStream.range(0, guests.size())
            .mapToObj(i -> new Recording(guests.get(i), series.get(i), plan))
            .toList();
    try (var _ =
            plan.realTime() ? new RealTime(guests.stream().map(QemuGuest::pid).toList()) : null;
        var stretch = Stretch.of(recordings, plan, interrupted)) {
      return new GuestCapture(recordings, plan, progress, interrupted).run(stretch);
    } finally {
      Closing.all(recordings, Recording::close);
    }
  }

  private int run(Stretch stretch) throws IOException {
    stretch.begin();
    for (Recording recording : recordings) {
      recording.base(progress);
    }
    int done = 0;
    long begin = System.nanoTime();
    while (done < plan.checkpoints() && !interrupted.getAsBoolean()) {
      try {
        if (!stretch.next()) {
          break;
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
      if (done == Room.ESTIMATED_AFTER) {
        requireRoom(done);
      }
    }
    if (done == 0) {
      throw new IOException("interrupted before the first checkpoint; nothing was recorded");
    }
    long tookMs = (System.nanoTime() - begin) / 1_000_000;
    List<String> names = recordings.stream().map(each -> each.guest().name()).toList();
    for (Recording recording : recordings) {
      recording.writer().note("recording_took_ms", Long.toString(tookMs));
      if (names.size() > 1) {
        recording.writer().note("recorded_with", String.join(", ", names) + "; " + stretch.skew());
      }
      recording.finish();
    }
    return done;
  }

  private void requireRoom(int done) throws IOException {
    long checkpoints = 0;
    long copied = 0;
    for (Recording recording : recordings) {
      SeriesWriter writer = recording.writer();
      checkpoints += writer.checkpointBytes();
      copied += writer.packs() ? writer.baseBytes() + writer.checkpointBytes() : 0;
    }
    Room.requireRest(
        recordings.getFirst().writer().place(), checkpoints, copied, done, plan.checkpoints());
  }
}
