package emulha.papers;

import emulha.analysis.measures.TableText;
import emulha.files.Partial;
import emulha.files.Tree;
import emulha.traces.Progress;
import emulha.traces.Series;
import emulha.traces.SeriesDigest;
import emulha.traces.SeriesInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import tech.tablesaw.api.LongColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/**
 * What of a reproduction is kept with a program or a paper: its page, figures as SVG, all numbers
 * as CSV, and the recordings' digests. Results of single points, traces, and {@code explore.html}
 * with its library are left out: with the recordings they can be made again.
 */
final class Publication {
  private static final String PAGE = "index.md";
  private static final String RECORDINGS = "recordings.csv";
  private static final List<String> PAGES = List.of("report.html", "claims.csv");

  /** No other file, whatever a workload is called. */
  private static final Pattern LINK =
      Pattern.compile("\\(((?:figures|tables)/[a-z0-9-]+\\.(?:svg|csv))\\)");

  private Publication() {}

  /**
   * Publishes a report.
   *
   * @param madeBy the command that makes it
   * @param recordings by the name in the recipe
   * @param destination absent, or an earlier publication, which is replaced
   * @throws IOException if anything else is there, or a file or recording cannot be read
   */
  static void write(
      Path out, String madeBy, Map<String, Path> recordings, Path destination, Progress progress)
      throws IOException {
    if (Files.exists(destination) && !Files.exists(destination.resolve(RECORDINGS))) {
      throw new IOException(
          destination + ": there, and not an earlier publication; choose another place");
    }
    try (var partial = Partial.of(destination)) {
      Path to = Files.createDirectory(partial.path());
      for (String page : PAGES) {
        Files.copy(out.resolve(page), to.resolve(page));
      }
      String page = Files.readString(out.resolve(PAGE));
      for (String file : shown(page)) {
        Path copy = to.resolve(file);
        Files.createDirectories(copy.getParent());
        Files.copy(out.resolve(file), copy);
      }
      Files.writeString(to.resolve(RECORDINGS), TableText.csv(recordings(recordings, progress)));
      Files.writeString(
          to.resolve(PAGE),
          page
              + "\nAll of this was made by `%s`, nothing by hand. The recordings, with their digests as `emulha traces digest` gives them: [%s](%s)\n"
                  .formatted(madeBy, RECORDINGS, RECORDINGS));
      Tree.delete(destination);
      partial.commit();
    }
  }

  /**
   * What a page shows, and the summary. What only the plot scripts read is in the SVG, too; and
   * beside it may be figures of an earlier report, on fewer results, which are of no page any more.
   */
  private static Set<String> shown(String page) {
    Set<String> files = new TreeSet<>(Set.of("figures/summary.csv"));
    LINK.matcher(page).results().forEach(link -> files.add(link.group(1)));
    return files;
  }

  private static Table recordings(Map<String, Path> recordings, Progress progress)
      throws IOException {
    var trace = StringColumn.create("trace");
    var workload = StringColumn.create("workload");
    var origin = StringColumn.create("origin");
    var interval = LongColumn.create("interval_ns");
    var checkpoints = LongColumn.create("checkpoints");
    var digest = StringColumn.create("digest");
    for (Map.Entry<String, Path> recording : recordings.entrySet()) {
      Series series = Series.at(recording.getValue()).readAhead();
      SeriesInfo info = series.info();
      trace.append(recording.getKey());
      workload.append(info.workload());
      origin.append(info.synthetic() ? "synthetic" : "recording");
      interval.append(info.intervalNs());
      checkpoints.append((long) info.checkpoints());
      digest.append(SeriesDigest.of(series, info.checkpoints(), progress));
    }
    return Table.create(trace, workload, origin, interval, checkpoints, digest);
  }
}
