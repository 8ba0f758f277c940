package emulha.commands.replay;

import com.beust.jcommander.Parameter;
import com.beust.jcommander.ParameterException;
import com.beust.jcommander.ParametersDelegate;
import emulha.codecs.Method;
import emulha.commands.options.Command;
import emulha.commands.options.SeriesOptions;
import emulha.commands.options.Values;
import emulha.commands.options.Verbatim;
import emulha.commands.terminal.Progress;
import emulha.commands.terminal.RunTable;
import emulha.experiments.reduce.Reduction;
import emulha.metrics.RunRow;
import emulha.runs.Base;
import emulha.runs.Environment;
import emulha.runs.ResultDirectory;
import emulha.traces.Interval;
import emulha.traces.Series;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

public final class ReduceCommand extends Command {
  @ParametersDelegate final SeriesOptions series = new SeriesOptions();

  @Parameter(
      names = "--method",
      order = 1,
      splitter = Verbatim.class,
      description =
          "Compression method, see emulha methods; repeated: one run each. Needed unless --native is"
              + " given")
  List<String> methods = new ArrayList<>();

  @Parameter(
      names = "--native",
      order = 2,
      description =
          "Directory of shared libraries, see docs/ADD_A_METHOD.md: one run more with each, as"
              + " native:lib=FILE")
  @Nullable String libraries;

  @Parameter(
      names = "--base",
      order = 3,
      description = "send: replicate the base as the full checkpoint; skip: both ends have it")
  String base = "send";

  @Parameter(
      names = "--out",
      required = true,
      order = 10,
      description = "Directory for checkpoints.csv, runs.csv and manifest.json")
  String out;

  @Override
  public void run(PrintStream output, PrintStream err) throws IOException {
    if (libraries != null) {
      methods.addAll(ofLibraries(Path.of(libraries)));
    }
    if (methods.isEmpty()) {
      throw new ParameterException(
          "nothing to reduce with: give --method METHOD, or --native DIRECTORY, or both");
    }
    List<Method> parsed = methods.stream().map(text -> Values.method("--method", text)).toList();
    if (methods.stream().distinct().count() < methods.size()) {
      throw new ParameterException("--method names one method twice");
    }
    Base handling = Values.choice("--base", base, Base.class);
    List<Series> vms = series.open();
    List<RunRow> rows = new ArrayList<>();
    try (var results = ResultDirectory.open(Path.of(out));
        var progress = Progress.on(err)) {
      long checkpoints = vms.stream().mapToLong(vm -> vm.info().checkpoints()).min().orElse(0);
      for (Method method : parsed) {
        long before = rows.size() * checkpoints;
        RunRow row =
            Reduction.run(
                runId(vms, method, handling),
                vms,
                method,
                handling,
                checkpoint -> {
                  results.checkpoint(checkpoint);
                  progress.at(
                      method.spec(),
                      before + checkpoint.key().number().checkpoint() + 1,
                      parsed.size() * checkpoints);
                });
        results.run(row);
        rows.add(row);
      }
      results.commit(Environment.manifest(commandLine(), Map.of()));
    }
    output.print(RunTable.of(rows));
  }

  /** A method for each library of a directory, by name. */
  private static List<String> ofLibraries(Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      throw new ParameterException("--native " + directory + ": no such directory");
    }
    try (Stream<Path> files = Files.list(directory)) {
      List<String> found =
          files
              .map(Path::toString)
              .filter(file -> file.endsWith(".so") || file.endsWith(".dylib"))
              .sorted()
              .map(file -> "native:lib=" + file)
              .toList();
      if (found.isEmpty()) {
        throw new ParameterException(
            "--native " + directory + ": no library there; they end in .so or .dylib");
      }
      return found;
    }
  }

  /** The same for the same run, so that equal runs have equal files; different from other runs'. */
  private static String runId(List<Series> vms, Method method, Base base) {
    String names = vms.stream().map(vm -> vm.info().name()).collect(Collectors.joining("+"));
    return "reduce %s %s %sms base-%s"
        .formatted(
            names,
            method.spec(),
            Interval.milliseconds(vms.getFirst().info().intervalNs()).toPlainString(),
            base.label());
  }
}
