package emulha.traces.capture.qemu;

import emulha.files.Scratch;
import emulha.files.Tree;
import emulha.traces.Clock;
import emulha.traces.SeriesInfo;
import emulha.traces.capture.GuestDefinition;
import emulha.traces.capture.GuestGoneException;
import emulha.traces.capture.Programs;
import emulha.traces.capture.Recorders;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A recorded guest that goes on in QEMU from a RAM image and the device state of the same
 * checkpoint: QEMU is started as for the recording, with the image mapped privately as RAM, reads
 * the state as an incoming migration, and continues. The image stays as it is. Not thread-safe.
 */
public final class ResumedGuest implements AutoCloseable {
  /**
   * Key in a series' environment: by checkpoint, how many bytes the guest had written to its
   * console, separated by blanks.
   */
  public static final String CONSOLE_BYTES = "console_bytes";

  private static final int POLL_MS = 20;
  private static final String RESUMING = "a guest is resumed";

  private final Process process;
  private final Path run;
  private final Path console;

  private ResumedGuest(Process process, Path run, Path console) {
    this.process = process;
    this.run = run;
    this.console = console;
  }

  /**
   * Resumes a guest.
   *
   * @param directory the guest's directory, as the recipe built it
   * @param image its RAM, exactly as large
   * @param state its device state at the same checkpoint
   * @param console takes what it writes to its console from then on; must not exist
   * @throws IllegalArgumentException if the guest is not the recorded one, or the image not its RAM
   * @throws IOException if QEMU does not start or refuses the state
   */
  public static ResumedGuest start(
      SeriesInfo series, Path directory, Path image, Path state, Path console) throws IOException {
    QemuGuest.requireInstalled();
    GuestDefinition guest = GuestDefinition.read(directory).withName(series.vm());
    String recorded = series.description().environment().get(QemuGuest.COMMAND);
    Clock clock = series.description().clock();
    Acceleration acceleration =
        Acceleration.recorded(series.description().environment().get(QemuGuest.ACCELERATION));
    String now = QemuGuest.recorded(guest, clock, acceleration, directory);
    if (!now.equals(recorded)) {
      throw new IllegalArgumentException(
          "%s is not the guest that %s records: its QEMU command line would be %s, recorded is %s"
              .formatted(directory, series.name(), now, recorded));
    }
    if (!Files.isRegularFile(image) || Files.size(image) != series.ramBytes()) {
      throw new IllegalArgumentException(
          "%s: not an image of this guest's RAM, which has %d bytes"
              .formatted(image, series.ramBytes()));
    }
    if (!Files.isRegularFile(state)) {
      throw new IllegalArgumentException(
          state + ": no device state; the series must be recorded with --device-state");
    }
    Recorders.requireAbsent(console);
    Path run = Scratch.directory("guest");
    Process process = null;
    try {
      List<String> command =
          new ArrayList<>(
              QemuGuest.command(
                  guest,
                  clock,
                  acceleration,
                  directory,
                  QemuGuest.doubledCommas(image.toAbsolutePath()) + ",share=off",
                  console.toAbsolutePath().toString(),
                  QemuGuest.doubledCommas(run.resolve("monitor"))));
      command.addAll(List.of("-incoming", "defer", "-global", "migration.send-configuration=off"));
      process = QemuGuest.process(command, directory, run).start();
      Scratch.endToo(process);
      try (QmpClient monitor = QemuGuest.awaitMonitor(process, run, acceleration)) {
        Path link = Files.createSymbolicLink(run.resolve("state"), state.toAbsolutePath());
        monitor.execute("migrate-incoming", Map.of("uri", "exec:cat " + quoted(link)));
        awaitMigrated(process, monitor, run);
        monitor.resumed(monitor.sendCont());
      }
      return new ResumedGuest(process, run, console);
    } catch (IOException | RuntimeException e) {
      if (process != null) {
        process.destroyForcibly();
        Scratch.awaitEnd(process);
      }
      Tree.delete(run);
      throw e;
    }
  }

  /** A path as one word for a shell, which QEMU has its command from. */
  static String quoted(Path path) {
    return "'" + path.toString().replace("'", "'\\''") + "'";
  }

  private static void awaitMigrated(Process process, QmpClient monitor, Path run)
      throws IOException {
    long deadline = System.nanoTime() + QemuGuest.TIMEOUT.toNanos();
    String status = "";
    while (System.nanoTime() - deadline < 0) {
      try {
        status = monitor.execute("query-migrate").path("status").asText();
      } catch (GuestGoneException e) {
        throw new IOException(refusal(run), e);
      }
      switch (status) {
        case "completed" -> {
          return;
        }
        case "failed" -> throw new IOException(refusal(run));
        default -> {
          boolean _ = Programs.ends(process, POLL_MS, RESUMING);
        }
      }
    }
    throw new IOException("QEMU did not read the device state in time; it says '" + status + "'");
  }

  private static String refusal(Path run) throws IOException {
    return "QEMU refuses the device state: " + QemuGuest.errors(run).replace('\n', ';');
  }

  /**
   * Waits until the guest has written so much to its console, or ends, or the time is over.
   *
   * @return what it has written
   */
  public byte[] awaitConsole(long bytes, Duration timeout) throws IOException {
    long deadline = System.nanoTime() + timeout.toNanos();
    boolean ended = false;
    while (!ended && Files.size(console) < bytes && System.nanoTime() - deadline < 0) {
      ended = Programs.ends(process, POLL_MS, RESUMING);
    }
    return Files.readAllBytes(console);
  }

  @Override
  public void close() throws IOException {
    process.destroy();
    Scratch.awaitEnd(process);
    Tree.delete(run);
  }
}
