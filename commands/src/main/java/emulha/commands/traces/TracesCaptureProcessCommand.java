package emulha.commands.traces;

import com.beust.jcommander.Parameter;
import emulha.commands.options.Command;
import emulha.commands.options.Values;
import emulha.commands.options.Verbatim;
import emulha.commands.terminal.Interrupt;
import emulha.commands.terminal.Progress;
import emulha.names.Names;
import emulha.traces.Interval;
import emulha.traces.capture.Recorders;
import emulha.traces.capture.process.ProcessCapture;
import emulha.traces.capture.process.StartedProcess;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

public final class TracesCaptureProcessCommand extends Command {
  @Parameter(
      splitter = Verbatim.class,
      description = "PID DESTINATION, or DESTINATION -- COMMAND…: a program started here")
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
      description =
          "How written pages are known: auto, soft-dirty, diff, or uffd for a program started here")
  String tracker = Names.word(ProcessCapture.Tracking.AUTO);

  @Parameter(names = "--settle", description = "How long a program started here runs before")
  String settle = "1s";

  @Override
  public void run(PrintStream out, PrintStream err) throws IOException {
    boolean start = commandLine().contains("--");
    require(
        start ? arguments.size() >= 2 : attaches(), "PID DESTINATION, or DESTINATION -- COMMAND");
    Path destination = Path.of(start ? arguments.getFirst() : arguments.get(1));
    var tracking = Names.constant("tracker", tracker, ProcessCapture.Tracking.class);
    if (start && tracking == ProcessCapture.Tracking.AUTO) {
      tracking = ProcessCapture.Tracking.UFFD;
    }
    var plan =
        new ProcessCapture.Plan(
            checkpoints,
            Interval.ofMilliseconds(Values.milliseconds("--interval", interval)),
            memoryMib * (1L << 20),
            tracking);
    Recorders.requireAbsent(destination);
    try (var interrupt = new Interrupt();
        var progress = Progress.on(err)) {
      try (var started = start ? started(interrupt) : null) {
        long pid = started == null ? Long.parseLong(arguments.getFirst()) : started.pid();
        ProcessCapture.record(pid, destination, plan, progress::at, interrupt::requested);
      }
      out.println(Recorded.line(destination));
    }
  }

  private StartedProcess started(Interrupt interrupt) throws IOException {
    return StartedProcess.start(
        arguments.subList(1, arguments.size()),
        Values.nanoseconds("--settle", settle),
        interrupt::requested);
  }

  private boolean attaches() {
    return arguments.size() == 2 && arguments.getFirst().matches("[0-9]{1,9}");
  }
}
