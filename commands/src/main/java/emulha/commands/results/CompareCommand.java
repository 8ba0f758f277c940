package emulha.commands.results;

import com.beust.jcommander.Parameter;
import emulha.analysis.measures.Comparison;
import emulha.analysis.measures.Estimate;
import emulha.analysis.measures.Measure;
import emulha.analysis.measures.Results;
import emulha.analysis.measures.Stability;
import emulha.analysis.measures.Summary;
import emulha.commands.options.Command;
import emulha.commands.options.Values;
import emulha.commands.options.Verbatim;
import emulha.experiments.sweep.Sweep;
import emulha.names.Names;
import emulha.traces.Interval;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

public final class CompareCommand extends Command {
  @Parameter(splitter = Verbatim.class, description = "A B: methods, as in the results")
  List<String> methods = new ArrayList<>();

  @Parameter(
      names = "--in",
      required = true,
      order = 0,
      description = "Directory of results, or one that holds such directories")
  String in;

  @Parameter(names = "--measure", order = 1, description = "What to compare; by default CPU")
  String measure = "sender_cpu_ns_per_page";

  @Override
  public void run(PrintStream out, PrintStream err) throws IOException {
    require(methods.size() == 2 && !methods.getFirst().equals(methods.get(1)), "two methods");
    Measure chosen =
        Values.named(
            name -> Names.choose("measure", name, List.of(Measure.values()), Measure::column),
            measure);
    Sweep.unfinished(Path.of(in)).ifPresent(line -> err.println("emulha compare: " + line));
    Results results = Results.read(Path.of(in));
    Stability.bindings(results).forEach(err::println);
    List<Summary> summaries = Summary.of(results);
    List<Comparison> all = Comparison.of(summaries, chosen, methods.getFirst(), methods.get(1));
    Stability.disturbed(
            summaries.stream().filter(s -> methods.contains(s.setting().method())).toList())
        .forEach(err::println);
    out.println("%s of %s / %s".formatted(measure, methods.getFirst(), methods.get(1)));
    for (Comparison one : all) {
      double coverage = one.coverage();
      String interval =
          String.format(
              Locale.ROOT,
              "%s %.3f to %.3f%s, %s",
              coverage < Estimate.COVERAGE ? "range" : "interval",
              one.ratio().low(),
              one.ratio().high(),
              coverage < Estimate.COVERAGE
                  ? one.disturbed()
                      ? " (of disturbed trials, which decide nothing)"
                      : " (an interval takes 6 trials)"
                  : coverage < 1 ? String.format(Locale.ROOT, " (%.1f %%)", 100 * coverage) : "",
              one.pairs()
                  ? "median of %d pairs of trials that alternated".formatted(one.trials())
                  : "medians of two samples, %d and %d trials"
                      .formatted(one.trials(), one.otherTrials()));
      out.printf(
          Locale.ROOT,
          "  %s, %s, %s: %.3f, %s%n",
          one.setting().traces(),
          Interval.text(one.setting().intervalNs()),
          one.conditions().isEmpty() ? one.setting().way().mode() : one.conditions(),
          one.ratio().value(),
          interval);
    }
  }
}
