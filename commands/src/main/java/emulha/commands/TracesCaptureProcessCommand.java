package emulha.commands;

import com.beust.jcommander.Parameter;
import com.beust.jcommander.ParameterException;
import emulha.traces.capture.ProcessCapture;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

final class TracesCaptureProcessCommand extends Command {
  @Parameter(splitter = Verbatim.class, description = "PID DESTINATION")
  List<String> arguments = new ArrayList<>();

  @Parameter(names = "--checkpoints", description = "How many checkpoints to record")
  int checkpoints = 40;

  @Parameter(names = "--interval", description = "Running time between checkpoints")
  String interval = "100ms";

  @Parameter(
      names = "--memory-mib",
      description = "Room for page frames in MiB; 0: twice what the process has at the beginning")
  int memoryMib;

  @Parameter(
      names = "--tracker",
      description = "How written pages are known: auto, soft-dirty or diff")
  String tracker = ProcessCapture.Tracking.AUTO.word();

  @Override
  void run(PrintStream out, PrintStream err) throws IOException {
    if (arguments.size() != 2 || !arguments.getFirst().matches("[0-9]{1,9}")) {
      throw new ParameterException("takes PID DESTINATION");
    }
    Path destination = Path.of(arguments.get(1));
    var plan =
        new ProcessCapture.Plan(
            checkpoints,
            Values.milliseconds("--interval", interval),
            memoryMib * (1L << 20),
            ProcessCapture.Tracking.of(tracker));
    try (var interrupt = new Interrupt();
        var progress = Progress.on(err)) {
      ProcessCapture.record(
          Long.parseLong(arguments.getFirst()),
          destination,
          plan,
          progress::at,
          interrupt::requested);
      out.println(Recorded.line(destination));
    }
  }
}
