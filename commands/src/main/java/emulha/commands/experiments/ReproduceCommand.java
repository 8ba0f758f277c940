package emulha.commands.experiments;

import com.beust.jcommander.Parameter;
import com.beust.jcommander.ParameterException;
import emulha.commands.options.Command;
import emulha.commands.options.Values;
import emulha.commands.options.Verbatim;
import emulha.commands.terminal.PointNotes;
import emulha.commands.terminal.Progress;
import emulha.commands.terminal.SweepRun;
import emulha.commands.terminal.ThisProgram;
import emulha.experiments.engines.Engines;
import emulha.experiments.sweep.Sweep;
import emulha.papers.GuestRecorder;
import emulha.papers.Paper;
import emulha.papers.Reproduction;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.ListResourceBundle;
import java.util.ResourceBundle;
import java.util.Set;
import org.jspecify.annotations.Nullable;

public final class ReproduceCommand extends Command {
  @Parameter(splitter = Verbatim.class, descriptionKey = "papers")
  List<String> papers = new ArrayList<>();

  @Parameter(names = "--quick", order = 0, description = "What takes minutes; the default")
  boolean quick;

  @Parameter(
      names = "--full",
      order = 1,
      description = "All intervals, long traces and six trials: hours, and tens of GB of traces")
  boolean full;

  @Parameter(
      names = "--traces",
      order = 2,
      description =
          "Directory of your own series, which replace those of the same name; with --full the"
              + " recordings of 'traces corpus hou2013' replace bundled and synthetic ones")
  @Nullable String traces;

  @Parameter(
      names = "--force",
      order = 4,
      description = "Go on even if what is there was done with another JDK, CPU or program")
  boolean force;

  @Parameter(
      names = "--out",
      order = 3,
      description =
          "Directory of the report; one begun before is gone on with. By default"
              + " out/PAPER-quick or out/PAPER-full")
  @Nullable String out;

  @Parameter(
      names = "--publish",
      order = 5,
      description =
          "Directory for the page, figures and numbers with the recordings' digests, as they are kept"
              + " with a paper; an earlier publication there is replaced")
  @Nullable String publish;

  @Parameter(
      names = "--sweeps",
      order = 6,
      description =
          "Do the first so many sweeps of the recipe alone; the report says so, and without this"
              + " option the rest follows")
  int sweeps = Integer.MAX_VALUE;

  @Parameter(
      names = "--only",
      order = 7,
      description = "Do these sweeps of the recipe alone, by their numbers: 6,7,11")
  List<Integer> only = new ArrayList<>();

  @Override
  public ResourceBundle descriptions() {
    return new ListResourceBundle() {
      @Override
      protected Object[][] getContents() {
        return new Object[][] {{"papers", Paper.names()}};
      }
    };
  }

  @Override
  public void run(PrintStream output, PrintStream err) throws IOException, InterruptedException {
    require(papers.size() == 1, "one paper");
    if (quick && full) {
      throw new ParameterException("--quick and --full exclude each other");
    }
    require(sweeps >= 1, "at least 1 for --sweeps");
    if (sweeps < Integer.MAX_VALUE && !only.isEmpty()) {
      throw new ParameterException("--sweeps and --only exclude each other");
    }
    Paper paper = Values.named(Paper::named, papers.getFirst());
    Path directory =
        Path.of(out == null ? "out/%s-%s".formatted(paper.label(), full ? "full" : "quick") : out);
    List<String> verdicts;
    try (var progress = Progress.on(err)) {
      verdicts =
          Reproduction.run(
              new Reproduction.Request(
                  paper,
                  full,
                  force,
                  new Reproduction.Chosen(sweeps, Set.copyOf(only)),
                  traces == null ? null : Path.of(traces),
                  directory,
                  publish == null ? null : Path.of(publish)),
              ThisProgram.root().resolve("traces/samples"),
              (sweep, title) -> sweep(sweep, title, err),
              new GuestRecorder(ThisProgram.commandLine()),
              progress::at);
    }
    verdicts.forEach(output::println);
    output.println("Report in " + directory.resolve("report.html"));
  }

  private int sweep(Sweep sweep, String title, PrintStream err)
      throws IOException, InterruptedException {
    var use =
        new Engines.Use(
            sweep.plan(),
            Path.of(""),
            ThisProgram.asked(commandLine()),
            List.of(),
            new PointNotes("reproduce", err));
    try (var runner = Engines.overLink(use, why -> err.println("emulha reproduce: " + why));
        var progress = Progress.on(err)) {
      int processors = Runtime.getRuntime().availableProcessors();
      return new SweepRun("reproduce", err)
          .points(sweep, runner, processors, progress, title + " ");
    }
  }
}
