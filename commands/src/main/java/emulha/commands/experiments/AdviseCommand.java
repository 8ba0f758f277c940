package emulha.commands.experiments;

import com.beust.jcommander.Parameter;
import com.beust.jcommander.ParameterException;
import com.beust.jcommander.ParametersDelegate;
import emulha.analysis.drawing.Width;
import emulha.analysis.measures.Estimate;
import emulha.analysis.measures.Results;
import emulha.analysis.measures.Stability;
import emulha.analysis.measures.Summary;
import emulha.commands.options.Command;
import emulha.commands.options.SeriesOptions;
import emulha.commands.options.Values;
import emulha.commands.options.Verbatim;
import emulha.commands.terminal.PointNotes;
import emulha.commands.terminal.Progress;
import emulha.commands.terminal.SweepRun;
import emulha.commands.terminal.ThisProgram;
import emulha.experiments.advise.Advice;
import emulha.experiments.advise.AdviceFiles;
import emulha.experiments.advise.Advising;
import emulha.experiments.advise.DeltaCache;
import emulha.experiments.advise.Limits;
import emulha.experiments.engines.LocalRunner;
import emulha.experiments.plan.SweepPlan;
import emulha.experiments.sweep.Sweep;
import emulha.files.Scratch;
import emulha.files.Tree;
import emulha.traces.Interval;
import emulha.traces.Series;
import emulha.traces.views.SampledSeries;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Formatter;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Advises on a method, from a sample of a recording. */
public final class AdviseCommand extends Command {
  @ParametersDelegate final SeriesOptions series = new SeriesOptions();

  @Parameter(
      names = "--link",
      required = true,
      order = 3,
      description = "Bandwidth of the Ethernet between sender and receiver, such as 1Gbit")
  String link;

  @Parameter(
      names = "--cpu",
      order = 4,
      description = "Most CPU time that the sender may take, as a share of one core, such as 10%")
  String cpu = "100%";

  @Parameter(
      names = "--memory",
      order = 5,
      description = "Most memory that the sender may take, such as 64MiB")
  String memory = "1GiB";

  @Parameter(
      names = "--prefer",
      order = 6,
      description =
          "traffic: the least traffic within the limits; time: the shortest transfers within them")
  String prefer = "traffic";

  @Parameter(
      names = "--method",
      order = 7,
      splitter = Verbatim.class,
      description = "Method to try, in place of the usual ones; repeatable")
  List<String> methods = new ArrayList<>();

  @Parameter(
      names = "--stretch",
      order = 8,
      description =
          "Checkpoints of each of the sample's three stretches; by default a tenth of the"
              + " recording, 20 at least and 100 at most")
  @Nullable Integer stretch;

  @Parameter(names = "--trials", order = 9, description = "Replays of each method, a JVM each")
  int trials = 1;

  @Parameter(names = "--json", order = 10, description = "Print the advice as JSON")
  boolean json;

  @Parameter(
      names = "--out",
      order = 11,
      description =
          "Directory for advice.json, advice.csv, the figures, and the sample's results; by default"
              + " none is kept")
  @Nullable String out;

  @Override
  public void run(PrintStream output, PrintStream err) throws IOException, InterruptedException {
    var limits =
        new Limits(
            Values.bitsPerSecond("--link", link),
            Values.share("--cpu", cpu),
            Values.bytes("--memory", memory));
    var preference = Values.choice("--prefer", prefer, Advice.Prefer.class);
    methods.forEach(text -> Values.method("--method", text));
    if (stretch != null && stretch < 1) {
      throw new ParameterException(
          "--stretch takes a number from 1 on, not '%d'".formatted(stretch));
    }
    if (trials < 1 || trials > 999) {
      throw new ParameterException("--trials takes 1 to 999, not '%d'".formatted(trials));
    }
    List<Series> vms = series.open();
    var points = new SweepRun("advise", err);
    Path scratch = Scratch.directory("advise");
    try {
      Path directory = out == null ? scratch.resolve("advice") : emptyDirectory(Path.of(out));
      Files.createDirectories(directory);
      Advice advice;
      try (var progress = Progress.on(err)) {
        advice =
            new Advising(
                    new Advising.Wanted(
                        limits, preference, SweepPlan.methods(methods), stretch, trials),
                    directory,
                    (plan, place) ->
                        points.points(
                            Sweep.create(plan, place),
                            new LocalRunner(
                                ThisProgram.commandLine(), new PointNotes("advise", err)),
                            1,
                            progress,
                            ""),
                    progress::at)
                .run(vms, commandLine(), scratch.resolve("series"));
      }
      Stability.disturbed(Summary.of(Results.read(directory))).forEach(err::println);
      if (out != null) {
        AdviceFiles.write(advice, directory, directory, Width.SINGLE);
      }
      output.print(json ? AdviceFiles.json(advice) : text(advice));
      if (advice.advised() == null) {
        throw new IOException(nothingFits(advice));
      }
    } finally {
      Tree.delete(scratch);
    }
  }

  private static Path emptyDirectory(Path directory) throws IOException {
    if (Files.exists(directory)) {
      try (Stream<Path> content = Files.list(directory)) {
        if (content.findAny().isPresent()) {
          throw new IOException(directory + ": not empty; choose another directory with --out");
        }
      }
    }
    return directory;
  }

  private static String text(Advice advice) {
    var text = new Formatter(Locale.ROOT);
    text.format(
        "%s at %s, checkpoints %s of %d\n",
        advice.of().traces(),
        Interval.text(advice.of().intervalNs()),
        advice.of().stretches().stream()
            .map(SampledSeries.Stretch::toString)
            .collect(Collectors.joining(", ")),
        advice.of().checkpoints());
    Limits limits = advice.limits();
    text.format(
        "limits: transfer %s over %s Mbit/s, sender's CPU %.4g %% of a core and memory %.1f MiB\n\n",
        Interval.text(advice.of().intervalNs()),
        Double.toString(limits.linkBitsPerSecond() / 1e6).replaceAll("\\.0$", ""),
        100 * limits.cpuShare(),
        mebibytes(limits.memoryBytes()));
    int width = advice.candidates().stream().mapToInt(one -> one.method().length()).max().orElse(6);
    text.format(
        "%-"
            + width
            + "s  wire traffic reduction %%  transfer ms  CPU %%  receiver CPU %%  memory MiB  exceeds\n",
        "method");
    for (Advice.Candidate one : advice.candidates()) {
      text.format(
          "%-" + width + "s  %24.2f  %11.3f%s %5.2f  %14.2f  %10.2f  %s\n",
          one.method(),
          100 * one.traffic().reduction().value(),
          1e-6 * one.traffic().transferNs().value(),
          one.traffic().transferMeasured() ? " " : "~",
          100 * one.cost().senderCpuShare().value(),
          100 * one.cost().receiverCpuShare().value(),
          mebibytes(one.cost().senderMemoryBytes()),
          excess(one));
    }
    text.format(
        "\n~ predicted for the link; the other transfer times were measured over it, imitated\n");
    advice.advisedCandidate().ifPresent(one -> reasons(text, advice, one));
    DeltaCache cache = advice.cache();
    text.format(
        "delta cache: %.2f MiB for each VM suffice (%d pages): they miss %.2f %% of the dirty pages,"
            + " a cache without limit %.2f %%\n",
        mebibytes(cache.pages() * advice.of().pageBytes()),
        cache.pages(),
        100 * cache.missRatio(),
        100 * cache.leastMissRatio());
    return text.toString();
  }

  private static void reasons(Formatter text, Advice advice, Advice.Candidate one) {
    text.format("advised: %s\n", one.method());
    text.format(
        "  wire traffic reduction %s %%, transfer %s ms, %s %% of a core\n",
        spread(one.traffic().reduction().times(100)),
        spread(one.traffic().transferNs().times(1e-6)),
        spread(one.cost().senderCpuShare().times(100)));
    if (advice.stretchesAgree()) {
      text.format("  each of the stretches alone leads to it\n");
      return;
    }
    for (int i = 0; i < advice.of().stretches().size(); i++) {
      String choice = advice.choices().get(i);
      if (!one.method().equals(choice)) {
        text.format(
            "  not sure: checkpoints %s alone lead to %s\n",
            advice.of().stretches().get(i), choice == null ? "none" : choice);
      }
    }
  }

  private static String nothingFits(Advice advice) {
    Advice.Candidate nearest = advice.nearest();
    return "no method keeps within the limits; the nearest is %s, exceeding %s"
        .formatted(nearest.method(), excess(nearest));
  }

  private static String excess(Advice.Candidate one) {
    return one.exceeds().entrySet().stream()
        .map(
            entry ->
                String.format(
                    Locale.ROOT,
                    "%s %.2fx",
                    entry.getKey().name().toLowerCase(Locale.ROOT),
                    entry.getValue()))
        .sorted()
        .collect(Collectors.joining(" "));
  }

  private static String spread(Estimate estimate) {
    return String.format(
        Locale.ROOT, "%.4g (%.4g to %.4g)", estimate.value(), estimate.low(), estimate.high());
  }

  private static double mebibytes(long bytes) {
    return bytes / (double) (1 << 20);
  }
}
