package emulha.commands.traces;

import com.beust.jcommander.Parameter;
import emulha.commands.options.Command;
import emulha.commands.options.Verbatim;
import emulha.commands.terminal.Progress;
import emulha.traces.SeriesPacker;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

public final class TracesUnpackCommand extends Command {
  @Parameter(splitter = Verbatim.class, description = "ARCHIVE.tar.zst DIRECTORY")
  List<String> arguments = new ArrayList<>();

  @Override
  public void run(PrintStream out, PrintStream err) throws IOException {
    require(arguments.size() == 2, "ARCHIVE.tar.zst and DIRECTORY");
    Path directory = Path.of(arguments.get(1));
    try (var progress = Progress.on(err)) {
      SeriesPacker.unpack(Path.of(arguments.getFirst()), directory, progress::at);
    }
    out.println(directory + " written");
  }
}
