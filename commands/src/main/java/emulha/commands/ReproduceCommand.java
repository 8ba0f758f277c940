package emulha.commands;

import com.beust.jcommander.Parameter;
import com.beust.jcommander.ParameterException;
import emulha.analysis.Paper;
import emulha.sweep.Reproduction;
import emulha.sweep.Sweep;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

final class ReproduceCommand extends Command {
  @Parameter(
      splitter = Verbatim.class,
      description = "hou2013, fernando2024, fitdoc, liu-exclusion or criu-lpc")
  List<String> papers = new ArrayList<>();

  @Parameter(names = "--quick", order = 0, description = "What takes minutes; the default")
  boolean quick;

  @Parameter(
      names = "--full",
      order = 1,
      description = "All intervals, long traces and five trials: hours, and tens of GB of traces")
  boolean full;

  @Parameter(
      names = "--traces",
      order = 2,
      description = "Directory of your own series, which replace those of the same name")
  @Nullable String traces;

  @Parameter(
      names = "--out",
      order = 3,
      description =
          "Directory of the report; one begun before is gone on with. By default"
              + " out/PAPER-quick or out/PAPER-full")
  @Nullable String out;

  @Override
  void run(PrintStream output, PrintStream err) throws IOException, InterruptedException {
    if (papers.size() != 1) {
      throw new ParameterException("takes one paper");
    }
    if (quick && full) {
      throw new ParameterException("--quick and --full exclude each other");
    }
    Paper paper = Paper.named(papers.getFirst());
    Path directory =
        Path.of(out == null ? "out/%s-%s".formatted(paper.label(), full ? "full" : "quick") : out);
    List<String> verdicts;
    try (var progress = Progress.on(err)) {
      verdicts =
          Reproduction.run(
              paper,
              full,
              traces == null ? null : Path.of(traces),
              ThisProgram.root().resolve("traces/samples"),
              directory,
              (sweep, title) -> sweep(sweep, title, err),
              progress::at);
    }
    verdicts.forEach(output::println);
    output.println("Report in " + directory.resolve("report.html"));
  }

  private int sweep(Sweep sweep, String title, PrintStream err)
      throws IOException, InterruptedException {
    try (var progress = Progress.on(err)) {
      return SweepCommand.points(
          sweep,
          SweepCommand.runner(sweep.plan(), commandLine()),
          Runtime.getRuntime().availableProcessors(),
          progress,
          title + " ",
          err);
    }
  }
}
