package emulha.commands.traces;

import com.beust.jcommander.Parameter;
import com.beust.jcommander.ParameterException;
import emulha.commands.options.Command;
import emulha.commands.options.Values;
import emulha.commands.options.Verbatim;
import emulha.commands.terminal.Progress;
import emulha.names.Names;
import emulha.traces.Series;
import emulha.traces.exports.ElfExport;
import emulha.traces.exports.FlatExport;
import emulha.traces.exports.SeriesImage;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

public final class TracesExportCommand extends Command {
  /** What can be written: all of a series, an image of RAM, the same in an ELF core file. */
  private enum Format {
    FLAT,
    RAW,
    ELF
  }

  @Parameter(splitter = Verbatim.class, description = "flat|raw|elf SERIES")
  List<String> arguments = new ArrayList<>();

  @Parameter(
      names = "--out",
      required = true,
      description = "flat: directory to make; raw, elf: sparse file to write")
  String out = "";

  @Parameter(
      names = "--at",
      description =
          "raw, elf: number of the last checkpoint applied, from 0; or base for none (default: the"
              + " last)")
  @Nullable String at;

  @Override
  public void run(PrintStream output, PrintStream err) throws IOException {
    require(arguments.size() == 2, "FORMAT SERIES; FORMAT is one of flat, raw, elf");
    Format format =
        Values.named(
            name ->
                Names.choose(
                    "format",
                    name,
                    List.of(Format.values()),
                    one -> one.name().toLowerCase(Locale.ROOT)),
            arguments.getFirst());
    if (format == Format.FLAT && at != null) {
      throw new ParameterException("flat takes no --at: it has all checkpoints");
    }
    Series series = Series.at(Path.of(arguments.get(1))).readAhead();
    Path target = Path.of(out);
    int count = series.info().checkpoints();
    int states = 0;
    try (var progress = Progress.on(err)) {
      switch (format) {
        case FLAT -> states = FlatExport.write(series, target, progress::at);
        case RAW -> SeriesImage.write(series, checkpoints(count), target, progress::at);
        case ELF -> ElfExport.write(series, checkpoints(count), target, progress::at);
      }
    }
    output.println(target + " written");
    if (states > 0) {
      output.println("left out: CPU and device state of " + states + " checkpoints");
    }
    if (format != Format.FLAT && !series.info().description().baseFull()) {
      output.println("zero: the pages that the series' reduced base leaves out");
    }
  }

  private int checkpoints(int count) {
    return at == null ? count : TracesImageCommand.checkpoints(at, count);
  }
}
