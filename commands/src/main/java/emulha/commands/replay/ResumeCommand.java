package emulha.commands.replay;

import com.beust.jcommander.Parameter;
import com.beust.jcommander.ParameterException;
import emulha.commands.options.Command;
import emulha.commands.options.Values;
import emulha.commands.options.Verbatim;
import emulha.emulharcv.stores.FailOverImages;
import emulha.emulharcv.stores.ImageDescription;
import emulha.traces.Series;
import emulha.traces.SeriesInfo;
import emulha.traces.capture.qemu.ResumedGuest;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Proves a fail-over image by letting the guest go on from it ({@code docs/FAILOVER.md}). */
public final class ResumeCommand extends Command {
  @Parameter(
      splitter = Verbatim.class,
      description = "IMAGE: as emulharcv or recover wrote it, with IMAGE.state and IMAGE.json")
  List<String> arguments = new ArrayList<>();

  @Parameter(
      names = "--series",
      required = true,
      description = "The recording, made with --device-state")
  String series = "";

  @Parameter(
      names = "--guest",
      required = true,
      description = "The recorded guest's directory, as its recipe built it")
  String guest = "";

  @Parameter(
      names = "--console",
      required = true,
      description = "File for what the guest writes to its console")
  String console = "";

  @Parameter(
      names = "--recorded-console",
      description =
          "What the guest wrote while it was recorded and after (capture's --console): fail unless"
              + " the resumed one writes the same after the checkpoint, byte for byte")
  @Nullable String recordedConsole;

  @Parameter(names = "--bytes", description = "How much console output to wait for and compare")
  long bytes = 2000;

  @Parameter(names = "--timeout", description = "Longest wait for it")
  String timeout = "60s";

  @Override
  public void run(PrintStream out, PrintStream err) throws IOException {
    require(arguments.size() == 1, "one IMAGE");
    if (bytes < 1) {
      throw new ParameterException("--bytes must be at least 1");
    }
    Path image = Path.of(arguments.getFirst());
    ImageDescription description = ImageDescription.of(image);
    SeriesInfo recording = Series.at(Path.of(series)).info();
    byte[] expected = recordedConsole == null ? null : expected(recording, description);
    byte[] found;
    try (var resumed =
        ResumedGuest.start(
            recording,
            Path.of(guest),
            image,
            ImageDescription.stateOf(image),
            Path.of(console).toAbsolutePath())) {
      found = resumed.awaitConsole(bytes, Values.duration("--timeout", timeout));
    }
    if (expected != null) {
      compare(expected, found, description.checkpoint());
    }
    out.println(
        "%s: the guest went on from %s and wrote %d bytes%s"
            .formatted(
                image,
                FailOverImages.name(description.checkpoint()),
                found.length,
                expected == null ? "" : ", the same as when it was recorded"));
  }

  /** What the recorded guest wrote after the checkpoint. */
  private byte[] expected(SeriesInfo recording, ImageDescription description) throws IOException {
    String noted = recording.description().environment().get(ResumedGuest.CONSOLE_BYTES);
    String[] offsets = noted == null ? new String[0] : noted.split(" ");
    long checkpoint = description.checkpoint();
    if (offsets.length != recording.checkpoints()
        || checkpoint < 0
        || checkpoint >= offsets.length
        || !offsets[(int) checkpoint].matches("[0-9]{1,9}")) {
      throw new IllegalArgumentException(
          "%s does not say where its console was at %s; record it with --device-state"
              .formatted(recording.name(), FailOverImages.name(checkpoint)));
    }
    byte[] whole = Files.readAllBytes(Path.of(String.valueOf(recordedConsole)));
    int from = Integer.parseInt(offsets[(int) checkpoint]);
    if (whole.length - from < bytes) {
      throw new IllegalArgumentException(
          "%s: only %d bytes after checkpoint %d, but %d are to be compared; ask for fewer (--bytes)"
              .formatted(recordedConsole, Math.max(0, whole.length - from), checkpoint, bytes));
    }
    return Arrays.copyOfRange(whole, from, whole.length);
  }

  private void compare(byte[] expected, byte[] found, long checkpoint) throws IOException {
    int length = Math.min(expected.length, found.length);
    int differs = Arrays.mismatch(expected, 0, length, found, 0, length);
    if (differs >= 0) {
      throw new IOException(
          "%s: what the guest wrote after checkpoint %d differs from the recording at byte %d"
              .formatted(console, checkpoint, differs));
    }
    if (found.length < bytes) {
      throw new IOException(
          "%s: the guest wrote only %d of %d bytes after checkpoint %d"
              .formatted(console, found.length, bytes, checkpoint));
    }
  }
}
