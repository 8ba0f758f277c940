package emulha.traces.capture.uml;

import emulha.memory.DirtyPages;
import emulha.memory.Page;
import emulha.traces.Clock;
import emulha.traces.Progress;
import emulha.traces.SeriesDescription;
import emulha.traces.SeriesWriter;
import emulha.traces.capture.GuestGoneException;
import emulha.traces.capture.MappedRam;
import emulha.traces.capture.Pacing;
import emulha.traces.capture.Recorders;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.function.BooleanSupplier;

/**
 * Records a guest under User-Mode Linux on the host's clock: lets it run for an interval, halts it,
 * and takes the pages that changed. The guest's clock stands still while it is halted. A busy host
 * stretches intervals; what one was too long the following ones are shorter ({@link Pacing}), and
 * the guest time of each checkpoint is what the guest did run.
 */
public final class UmlCapture {
  private UmlCapture() {}

  /**
   * Records a guest. Ends early when interrupted or when the guest ends; what was recorded until
   * then is complete.
   *
   * @param guest a guest that is ready; it runs on when this returns
   * @param checkpoints how many, at least 1
   * @param intervalNs guest time between them in nanoseconds, at least 1 ms
   * @return number of checkpoints recorded
   * @throws IOException if nothing was recorded
   */
  public static int record(
      UmlGuest guest,
      Path series,
      int checkpoints,
      long intervalNs,
      Progress progress,
      BooleanSupplier interrupted)
      throws IOException {
    Recorders.require(checkpoints, intervalNs);
    guest.halt();
    boolean halted = true;
    MappedRam ram = guest.ram();
    try (var tracker = new ExtentTracker(ram.file(), ram.memory());
        var writer = SeriesWriter.create(series, describe(guest, intervalNs, tracker))) {
      Recorders.writeBase(tracker.copy(), null, writer, guest.name(), progress);
      var pages = new DirtyPages();
      var pacing = new Pacing(intervalNs);
      long pauseNs = 0;
      long processorNs = 0;
      boolean metered = Files.isReadable(Path.of("/proc/self/schedstat"));
      if (metered) {
        long _ = guest.processorNs();
      }
      long begin = System.nanoTime();
      int done = 0;
      try {
        while (done < checkpoints && !interrupted.getAsBoolean()) {
          long waitNs = pacing.waitNs();
          halted = false;
          long resumedNs = guest.resume();
          if (!Pacing.waitUntil(resumedNs + waitNs, interrupted)) {
            break;
          }
          long stoppedNs = guest.halt();
          halted = true;
          pacing.ran(waitNs, stoppedNs - resumedNs);
          if (metered) {
            processorNs += guest.processorNs();
          }
          pages.clear();
          tracker.collect(pages::append);
          ram.fill(pages);
          pauseNs += System.nanoTime() - stoppedNs;
          writer.writeCheckpoint(pages, pacing.ranNs(), null);
          done++;
          progress.step("recording", done, checkpoints);
        }
      } catch (GuestGoneException e) {
        halted = false;
        writer.note("ended_early", e.getMessage());
      }
      if (done == 0) {
        throw new IOException(
            guest.name() + ": ended or was interrupted before a checkpoint; nothing was recorded");
      }
      writer.note("run_ms", pacing.summary());
      if (metered) {
        writer.note(
            "processor_ms",
            String.format(
                Locale.ROOT,
                "mean %.3f: what the guest had of each interval",
                processorNs / 1e6 / done));
      }
      writer.note("pause_us", "mean " + pauseNs / done / 1000 + " to compare and copy");
      writer.note("recording_took_ms", Long.toString((System.nanoTime() - begin) / 1_000_000));
      writer.finish();
      return done;
    } finally {
      if (halted) {
        guest.resume();
      }
    }
  }

  private static SeriesDescription describe(
      UmlGuest guest, long intervalNs, ExtentTracker tracker) {
    Map<String, String> environment = Recorders.environment("uml");
    environment.put("hypervisor", "User-Mode Linux " + guest.version() + ", seccomp mode");
    environment.put(
        "host_processors", Integer.toString(Runtime.getRuntime().availableProcessors()));
    environment.put("rates", "those of the host and of its load then");
    environment.put("guest_clock", "stands still while the guest is halted");
    environment.put("free_map", "none");
    environment.put("device_state", "none");
    MappedRam ram = guest.ram();
    return new SeriesDescription(
        guest.name(),
        guest.workload(),
        intervalNs,
        new SeriesDescription.Memory(ram.pages() << Page.SHIFT, ram.pages()),
        SeriesDescription.Origin.recorded(tracker.dirtyBy(), environment),
        Clock.HOST);
  }
}
