package emulha.commands;

import com.beust.jcommander.Parameter;
import com.beust.jcommander.ParameterException;
import emulha.traces.FlatImport;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

final class TracesImportCommand extends Command {
  private interface Importer {
    void run(Path source, Path destination, emulha.traces.Progress progress) throws IOException;
  }

  private static final Map<String, Importer> FORMATS =
      new TreeMap<>(Map.of("flat", FlatImport::run));

  @Parameter(
      splitter = Verbatim.class,
      description = "FORMAT SOURCE DESTINATION; FORMAT is flat: base.raw, ckpt-N.idx, meta.json …")
  List<String> arguments = new ArrayList<>();

  @Override
  void run(PrintStream out, PrintStream err) throws IOException {
    if (arguments.size() != 3) {
      throw new ParameterException("takes FORMAT SOURCE DESTINATION");
    }
    Importer importer = FORMATS.get(arguments.getFirst());
    if (importer == null) {
      throw new ParameterException(
          "unknown format '%s'; available: %s"
              .formatted(arguments.getFirst(), String.join(", ", FORMATS.keySet())));
    }
    Path destination = Path.of(arguments.get(2));
    try (var progress = Progress.on(err)) {
      importer.run(Path.of(arguments.get(1)), destination, progress::at);
    }
    out.println(destination + " written");
  }
}
