package emulha.commands.traces;

import com.beust.jcommander.Parameter;
import com.beust.jcommander.ParameterException;
import emulha.commands.options.Command;
import emulha.commands.options.Values;
import emulha.commands.options.Verbatim;
import emulha.commands.terminal.Printable;
import emulha.commands.terminal.Progress;
import emulha.memory.PageSize;
import emulha.traces.Provenance;
import emulha.traces.Series;
import emulha.traces.imports.ImportFormat;
import emulha.traces.imports.ImportFormat.Option;
import emulha.traces.imports.image.ImportRequest;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

public final class TracesImportCommand extends Command {
  /** What an import found out and the user should know, from the series' environment. */
  private static final List<String> TOLD =
      List.of(
          "starts_at",
          "container",
          Provenance.BASE_FROM,
          Provenance.BASE_HOLES,
          "shared_memory",
          Provenance.LEFT_OUT);

  @Parameter(
      splitter = Verbatim.class,
      description =
          "FORMAT SOURCE… DESTINATION; several sources only as archives of criu; docs/TRACES.md lists"
              + " the formats")
  List<String> arguments = new ArrayList<>();

  @Parameter(
      names = "--interval",
      description =
          "Checkpointing interval, such as 100ms or 16.667ms, where the files do not tell it")
  @Nullable String interval;

  @Parameter(names = "--vm", description = "Name of the VM (default: the source's name)")
  @Nullable String vm;

  @Parameter(names = "--workload", description = "What ran in the VM (default: unknown)")
  @Nullable String workload;

  @Parameter(
      names = "--page-size",
      description =
          "Whole images: size of the guest's pages, such as 16KiB, 64KiB or 2MiB (default: 4KiB)")
  @Nullable String pageSize;

  @Parameter(names = "--process", description = "criu: the process, if there are several")
  @Nullable Long process;

  @Parameter(names = "--base", description = "firecracker: name of the full memory file")
  @Nullable String base;

  @Parameter(
      names = "--trust-zeros",
      description = "criu: replaced pages of zeros were zeros, not punched out by a dedup")
  boolean trustZeros;

  @Override
  public void run(PrintStream out, PrintStream err) throws IOException {
    require(
        arguments.size() >= 3,
        "FORMAT SOURCE DESTINATION; FORMAT is one of " + ImportFormat.names());
    ImportFormat format = Values.named(ImportFormat::named, arguments.getFirst());
    refuseOptions(format);
    if (arguments.size() > 3 && !format.options().contains(Option.ARCHIVES)) {
      throw new ParameterException(
          "%s takes one source and a destination, got %d arguments"
              .formatted(format.name(), arguments.size() - 1));
    }
    List<Path> sources = arguments.subList(1, arguments.size() - 1).stream().map(Path::of).toList();
    Path destination = Path.of(arguments.getLast());
    var request =
        new ImportRequest(
            sources,
            destination,
            provenance(sources.getLast()),
            process == null ? OptionalLong.empty() : OptionalLong.of(process),
            base,
            trustZeros);
    try (var progress = Progress.on(err)) {
      format.importer().run(request, progress::at);
    }
    out.println(destination + " written");
    out.println(Recorded.line(destination));
    var environment = Series.at(destination).info().description().environment();
    for (String told : TOLD) {
      String text = environment.get(told);
      if (text != null) {
        out.println(told.replace('_', ' ') + ": " + Printable.text(text));
      }
    }
  }

  private Provenance provenance(Path source) {
    Path name = source.toAbsolutePath().normalize().getFileName();
    return new Provenance(
        vm != null ? vm : String.valueOf(name).replaceFirst("\\.(tar(\\.gz|\\.zst)?|tgz)$", ""),
        workload != null ? workload : "unknown",
        interval == null
            ? OptionalLong.empty()
            : OptionalLong.of(Values.nanoseconds("--interval", interval)),
        pageSize == null ? PageSize.SMALL : Values.pageSize("--page-size", pageSize));
  }

  private void refuseOptions(ImportFormat format) {
    Map<Option, Boolean> given =
        new EnumMap<>(
            Map.of(
                Option.INTERVAL, interval != null,
                Option.VM, vm != null,
                Option.WORKLOAD, workload != null,
                Option.PAGE_SIZE, pageSize != null,
                Option.PROCESS, process != null,
                Option.BASE, base != null,
                Option.TRUST_ZEROS, trustZeros));
    given.values().removeIf(present -> !present);
    given.keySet().removeAll(format.options());
    if (!given.isEmpty()) {
      throw new ParameterException(
          "%s takes no %s%s"
              .formatted(
                  format.name(),
                  given.keySet().stream()
                      .map(
                          option -> "--" + option.name().toLowerCase(Locale.ROOT).replace('_', '-'))
                      .collect(Collectors.joining(" and no ")),
                  format.options().isEmpty() ? "; that stands in the recording's meta.json" : ""));
    }
  }
}
