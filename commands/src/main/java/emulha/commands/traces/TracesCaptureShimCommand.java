package emulha.commands.traces;

import com.beust.jcommander.Parameter;
import emulha.commands.options.Command;
import emulha.commands.options.Verbatim;
import emulha.traces.capture.Preload;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

public final class TracesCaptureShimCommand extends Command {
  @Parameter(splitter = Verbatim.class, description = "LIBRARY: where to put the shared library")
  List<String> arguments = new ArrayList<>();

  @Override
  public void run(PrintStream out, PrintStream err) throws IOException {
    require(arguments.size() == 1, "LIBRARY");
    Preload shim = Preload.compile(Preload.WRITE_PROTECT, Path.of(arguments.getFirst()));
    out.println(
        "start QEMU with LD_PRELOAD=%s %s=RAM_FILE".formatted(shim.library(), Preload.TRACKED));
  }
}
