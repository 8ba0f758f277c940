package emulha.commands.traces;

import com.beust.jcommander.Parameter;
import emulha.commands.options.Command;
import emulha.commands.options.Verbatim;
import emulha.commands.terminal.Progress;
import emulha.traces.SeriesVerifier;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

public final class TracesVerifyCommand extends Command {
  @Parameter(splitter = Verbatim.class, description = "SERIES …")
  List<String> series = new ArrayList<>();

  @Override
  public void run(PrintStream out, PrintStream err) throws IOException {
    require(!series.isEmpty(), "one series or several");
    for (String path : series) {
      SeriesVerifier.Verified verified;
      try (var progress = Progress.on(err)) {
        verified = SeriesVerifier.verify(Path.of(path), progress::at);
      }
      out.println(
          "%s: intact, %d checkpoints in %d files of %d bytes%s"
              .formatted(
                  path,
                  verified.info().checkpoints(),
                  verified.files(),
                  verified.bytes(),
                  verified.sealed()
                      ? ""
                      : "; the archive is not sealed, its compressed form was not checked"));
    }
  }
}
