package emulha.commands.experiments;

import com.beust.jcommander.Parameter;
import com.beust.jcommander.ParameterException;
import com.beust.jcommander.ParametersDelegate;
import emulha.codecs.auto.AutoProfile;
import emulha.codecs.auto.AutoTrials;
import emulha.commands.options.Command;
import emulha.commands.options.SeriesOptions;
import emulha.commands.options.Values;
import emulha.commands.options.Verbatim;
import emulha.experiments.profile.Learning;
import emulha.files.DurableFile;
import emulha.files.Partial;
import emulha.memory.Page;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.Formatter;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Learns what stages cost on a recording's pages, for {@code auto:profile=FILE}. */
public final class LearnCommand extends Command {
  private static final String USUAL_STAGES = "none/zero/lz4/zstd:level=1/gzip";

  @ParametersDelegate final SeriesOptions series = new SeriesOptions();

  @Parameter(
      names = "--stages",
      order = 3,
      splitter = Verbatim.class,
      description =
          "Stages to learn of, joined by /, within a stage ; instead of ,; by default those of"
              + " --profile, else none/zero/lz4/zstd:level=1/gzip")
  @Nullable String stages;

  @Parameter(
      names = "--link",
      order = 4,
      description = "Bandwidth for which costs are shown; the profile serves any")
  String link = "1Gbit";

  @Parameter(
      names = "--profile",
      order = 5,
      description =
          "Profile of earlier recordings: how well it chooses here is shown, and what is learnt is"
              + " added to it")
  @Nullable String profile;

  @Parameter(names = "--out", required = true, order = 10, description = "File of the new profile")
  String out;

  @Override
  public void run(PrintStream output, PrintStream err) throws IOException {
    long bitsPerSecond = Values.bitsPerSecond("--link", link);
    AutoProfile known = known();
    Path file = Path.of(out);
    if (Files.isDirectory(file)) {
      throw new IOException(out + ": is a directory; name a file");
    }
    try (var made = Partial.of(file)) {
      Learning.Lesson lesson =
          Learning.from(series.open(), known, bitsPerSecond, Learning.cpuClock());
      if (lesson.costs().pages() == 0) {
        throw new IOException("nothing to learn from: the recording has no page in a checkpoint");
      }
      output.print(table(lesson, known, bitsPerSecond));
      known.add(lesson.profile());
      DurableFile.write(made.path(), known.toJson());
      DurableFile.rename(made.path(), file);
    }
  }

  private AutoProfile known() throws IOException {
    List<String> asked =
        Arrays.stream((stages == null ? USUAL_STAGES : stages).split("/", -1))
            .map(stage -> stage.replace(';', ','))
            .toList();
    if (profile == null) {
      return new AutoProfile(asked);
    }
    AutoProfile known = AutoProfile.read(Path.of(profile));
    if (stages != null && !asked.equals(known.stages())) {
      throw new ParameterException(
          "--stages: the profile %s is of %s; leave --stages out, or learn anew without --profile"
              .formatted(profile, String.join("/", known.stages())));
    }
    return known;
  }

  static String table(Learning.Lesson lesson, AutoProfile known, long bitsPerSecond) {
    AutoTrials.Costs costs = lesson.costs();
    List<String> names = known.stages();
    double pages = costs.pages();
    int best = costs.stageNanos().indexOf(Collections.min(costs.stageNanos()));
    int width = Math.max(24, names.stream().mapToInt(String::length).max().orElse(0));
    var text = new Formatter(Locale.ROOT);
    text.format("%-" + width + "s  traffic reduction %%  CPU us/page  link+CPU us/page\n", "stage");
    for (int i = 0; i < names.size(); i++) {
      text.format(
          "%-" + width + "s  %19.2f  %11.2f  %16.2f%s\n",
          names.get(i),
          100 * (1 - costs.bytes().get(i) / (pages * Page.BYTES)),
          costs.cpuNanos().get(i) / pages / 1e3,
          costs.stageNanos().get(i) / pages / 1e3,
          i == best ? "  best fixed choice" : "");
    }
    double fixed = costs.stageNanos().get(best);
    text.format("\n");
    if (known.pages() > 0) {
      choice(text, width, "by class, known before", costs.knownNanos(), pages, fixed);
    }
    double learnt = lesson.profile().nanos(bitsPerSecond);
    choice(text, width, "by class, learnt here", learnt, pages, fixed);
    choice(text, width, "by page, in hindsight", costs.leastNanos(), pages, fixed);
    return text.toString();
  }

  private static void choice(
      Formatter text, int width, String name, double nanos, double pages, double fixed) {
    text.format(
        "%-" + width + "s  %19s  %11s  %16.2f  regret %+.2f %%\n",
        name,
        "",
        "",
        nanos / pages / 1e3,
        fixed == 0 ? 0 : 100 * (nanos / fixed - 1));
  }
}
