package emulha.commands.traces;

import com.beust.jcommander.Parameter;
import emulha.commands.options.Command;
import emulha.commands.options.Verbatim;
import emulha.commands.terminal.Progress;
import emulha.traces.SeriesPacker;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

public final class TracesPackCommand extends Command {
  @Parameter(splitter = Verbatim.class, description = "SERIES ARCHIVE.tar.zst")
  List<String> arguments = new ArrayList<>();

  @Parameter(names = "--level", description = "zstd level, 1 to 22")
  int level = SeriesPacker.DEFAULT_LEVEL;

  @Override
  public void run(PrintStream out, PrintStream err) throws IOException {
    require(arguments.size() == 2, "SERIES and ARCHIVE.tar.zst");
    Path archive = Path.of(arguments.get(1));
    try (var progress = Progress.on(err)) {
      SeriesPacker.pack(Path.of(arguments.getFirst()), archive, level, progress::at);
    }
    out.println(archive + " written, " + Files.size(archive) + " bytes");
  }
}
