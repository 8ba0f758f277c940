package emulha.commands.traces;

import com.beust.jcommander.Parameter;
import emulha.commands.options.Command;
import emulha.commands.options.Verbatim;
import emulha.commands.terminal.Printable;
import emulha.commands.terminal.Progress;
import emulha.traces.Interval;
import emulha.traces.Series;
import emulha.traces.SeriesInfo;
import emulha.traces.stats.SeriesSummary;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

public final class TracesInfoCommand extends Command {
  @Parameter(splitter = Verbatim.class, description = "SERIES …")
  List<String> series = new ArrayList<>();

  @Override
  public void run(PrintStream out, PrintStream err) throws IOException {
    require(!series.isEmpty(), "one series or several");
    for (String path : series) {
      SeriesSummary summary;
      try (var progress = Progress.on(err)) {
        summary = SeriesSummary.of(Series.at(Path.of(path)).readAhead(), progress::at);
      }
      describe(summary, out);
    }
  }

  private static void describe(SeriesSummary summary, PrintStream out) {
    SeriesInfo info = summary.info();
    out.println(Printable.text(info.name()));
    line(out, "VM", info.vm());
    line(out, "workload", info.workload());
    line(out, "origin", info.synthetic() ? "synthetic" : "recording");
    line(out, "interval", info.interval());
    line(out, "intervals kept", kept(summary.kept()));
    line(out, "clock", info.description().clock().toString());
    line(out, "checkpoints", Integer.toString(info.checkpoints()));
    line(
        out,
        "dirty pages",
        "%d (%d to %d a checkpoint)"
            .formatted(summary.dirtyPages(), summary.smallestPages(), summary.largestPages()));
    line(out, "RAM", info.ramBytes() + " bytes, in pages of " + info.pageSize());
    line(
        out,
        "base",
        info.description().baseFull()
            ? "all of RAM"
            : info.basePages() + " pages, those that the checkpoints touch");
    line(out, "dirty pages by", info.dirtyBy());
    line(out, "free maps", "in " + summary.freeMaps() + " checkpoints");
    line(out, "device state", "in " + summary.states() + " checkpoints");
    info.description()
        .origin()
        .calibration()
        .forEach((name, value) -> line(out, "calibrated " + name.replace('_', ' '), value));
    info.description()
        .environment()
        .forEach((name, value) -> line(out, name.replace('_', ' '), value));
  }

  private static String kept(SeriesSummary.@Nullable Kept kept) {
    return kept == null
        ? "not recorded: its checkpoints have no times"
        : "mean %s, shortest %s, longest %s"
            .formatted(
                Interval.text(kept.meanNs()),
                Interval.text(kept.shortestNs()),
                Interval.text(kept.longestNs()));
  }

  private static void line(PrintStream out, String name, String value) {
    out.println("  " + Printable.text(name) + ": " + Printable.text(value));
  }
}
