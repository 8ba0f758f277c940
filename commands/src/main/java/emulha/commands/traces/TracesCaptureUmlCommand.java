package emulha.commands.traces;

import com.beust.jcommander.Parameter;
import emulha.commands.options.Command;
import emulha.commands.options.Values;
import emulha.commands.options.Verbatim;
import emulha.commands.terminal.Interrupt;
import emulha.commands.terminal.Progress;
import emulha.traces.capture.GuestDefinition;
import emulha.traces.capture.Recorders;
import emulha.traces.capture.uml.UmlCapture;
import emulha.traces.capture.uml.UmlGuest;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

public final class TracesCaptureUmlCommand extends Command {
  @Parameter(splitter = Verbatim.class, description = "DESTINATION: the series")
  List<String> arguments = new ArrayList<>();

  @Parameter(
      names = "--vm",
      splitter = Verbatim.class,
      description = "DIR: the guest to boot and record, as a recipe built it")
  String vm = "";

  @Parameter(
      names = "--linux",
      splitter = Verbatim.class,
      description =
          "The User-Mode Linux kernel, its modules beside it as in the package; "
              + UmlGuest.PROGRAM
              + " by default")
  String linux = "";

  @Parameter(names = "--ram", description = "RAM of the guest, such as 512MiB; by default its own")
  String ram = "";

  @Parameter(names = "--checkpoints", description = "How many checkpoints to record")
  int checkpoints = 40;

  @Parameter(names = "--interval", description = "Guest time between checkpoints")
  String interval = "25ms";

  @Parameter(names = "--boot-timeout", description = "Longest wait for the guest to get ready")
  String bootTimeout = "120s";

  @Parameter(names = "--console", description = "File for what the guest wrote to its console")
  String console = "";

  @Override
  public void run(PrintStream out, PrintStream err) throws IOException {
    require(arguments.size() == 1 && !vm.isEmpty(), "--vm DIR and DESTINATION");
    Path destination = Path.of(arguments.getFirst());
    Path directory = Path.of(vm);
    long intervalNs = Values.nanoseconds("--interval", interval);
    Recorders.require(checkpoints, intervalNs);
    Duration timeout = Values.duration("--boot-timeout", bootTimeout);
    Recorders.requireAbsent(destination);
    GuestDefinition definition = GuestDefinition.read(directory);
    if (!ram.isEmpty()) {
      definition = definition.withMemoryMib(Values.mebibytes("--ram", ram));
    }
    Path kernel = UmlGuest.kernel(linux);
    try (var interrupt = new Interrupt();
        var progress = Progress.on(err);
        var guest = UmlGuest.start(definition, directory, kernel)) {
      guest.awaitReady(timeout, progress::at, interrupt::requested);
      int recorded =
          UmlCapture.record(
              guest, destination, checkpoints, intervalNs, progress::at, interrupt::requested);
      if (!console.isEmpty()) {
        guest.saveConsole(Path.of(console));
      }
      if (recorded < checkpoints) {
        err.println("Recorded " + recorded + " of " + checkpoints + " checkpoints");
      }
      out.println(Recorded.line(destination));
    }
  }
}
