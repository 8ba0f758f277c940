package emulha.commands;

import com.beust.jcommander.Parameter;
import com.beust.jcommander.ParameterException;
import emulha.traces.CriuImport;
import emulha.traces.FirecrackerImport;
import emulha.traces.FlatImport;
import emulha.traces.ImageFormat;
import emulha.traces.ImageImport;
import emulha.traces.Provenance;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

final class TracesImportCommand extends Command {
  private static final String FORMATS = "criu, elf, firecracker, flat, lime, raw";

  @Parameter(
      splitter = Verbatim.class,
      description = "FORMAT SOURCE DESTINATION; FORMAT is one of " + FORMATS)
  List<String> arguments = new ArrayList<>();

  @Parameter(
      names = "--interval",
      description = "Checkpointing interval, such as 100ms or 2s, where the files do not tell it")
  @Nullable String interval;

  @Parameter(names = "--vm", description = "Name of the VM (default: the source's name)")
  @Nullable String vm;

  @Parameter(names = "--workload", description = "What ran in the VM (default: unknown)")
  @Nullable String workload;

  @Parameter(names = "--process", description = "criu: the process, if there are several")
  @Nullable Long process;

  @Override
  void run(PrintStream out, PrintStream err) throws IOException {
    if (arguments.size() != 3) {
      throw new ParameterException("takes FORMAT SOURCE DESTINATION");
    }
    String format = arguments.getFirst();
    Path source = Path.of(arguments.get(1));
    Path destination = Path.of(arguments.get(2));
    try (var progress = Progress.on(err)) {
      emulha.traces.Progress told = progress::at;
      switch (format) {
        case "flat" -> {
          refuseOptions();
          FlatImport.run(source, destination, told);
        }
        case "raw", "elf", "lime" ->
            ImageImport.run(source, imageFormat(format), destination, provenance(source), told);
        case "firecracker" -> FirecrackerImport.run(source, destination, provenance(source), told);
        case "criu" -> CriuImport.run(source, process(), destination, provenance(source), told);
        default ->
            throw new ParameterException(
                "unknown format '%s'; available: %s".formatted(format, FORMATS));
      }
    }
    out.println(destination + " written");
  }

  private static ImageFormat imageFormat(String format) {
    return switch (format) {
      case "elf" -> ImageFormat.ELF;
      case "lime" -> ImageFormat.LIME;
      default -> ImageFormat.RAW;
    };
  }

  private Provenance provenance(Path source) {
    Path name = source.toAbsolutePath().normalize().getFileName();
    return new Provenance(
        vm != null ? vm : String.valueOf(name),
        workload != null ? workload : "unknown",
        interval == null
            ? OptionalLong.empty()
            : OptionalLong.of(Values.nanoseconds("--interval", interval)));
  }

  private OptionalLong process() {
    return process == null ? OptionalLong.empty() : OptionalLong.of(process);
  }

  private void refuseOptions() {
    if (interval != null || vm != null || workload != null || process != null) {
      throw new ParameterException(
          "flat: --interval, --vm, --workload and --process stand in the recording's meta.json");
    }
  }
}
