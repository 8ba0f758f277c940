package emulha.analysis.measures;

import emulha.metrics.ResultFile;
import emulha.metrics.columns.RowReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * All that is known from a directory of results: replays and reductions, statistics of traces, and
 * the manifests of the commands that made them.
 *
 * @param results the runs themselves; empty if there are none
 * @param summaries of the runs; likewise
 * @param gigabit transfers over Gigabit Ethernet, which the papers had: measured, or else modelled
 * @param model those of them that were measured, with what the model makes of them
 * @param clusters what VMs gain by being processed together, where that can be computed
 * @param rows of every other kind of result file, by their record
 * @param facts by table, all of the above as facts, see {@link #facts(String)}
 * @param manifests every {@code manifest.json}
 */
public record Evidence(
    Results results,
    List<Summary> summaries,
    List<Summary> gigabit,
    Map<Summary, Summary> model,
    List<ClusterGain> clusters,
    Map<Class<? extends Record>, List<? extends Record>> rows,
    Map<String, List<Facts>> facts,
    List<Manifest> manifests) {
  private static final long GIGABIT_PER_SECOND = 1_000_000_000;

  /**
   * Reads a directory and its subdirectories.
   *
   * @throws IOException if it is none, or a result file in it is not as declared
   */
  public static Evidence read(Path in) throws IOException {
    List<Path> files = Results.files(in).stream().filter(file -> !isOfFigure(file)).toList();
    Map<Class<? extends Record>, List<? extends Record>> rows = new LinkedHashMap<>();
    Map<String, List<Facts>> facts = new HashMap<>();
    for (ResultFile kind : ResultFile.ALL) {
      if (!kind.name().equals(Results.CHECKPOINTS) && !kind.name().equals(Results.RUNS)) {
        read(files, kind, kind.row(), rows, facts);
      }
    }
    Results results = Results.read(files);
    List<Summary> summaries = Summary.of(results);
    List<Summary> usual =
        summaries.stream().filter(s -> s.checkpoints() > 0 && s.setting().usual()).toList();
    List<Summary> modelled = LinkModel.modelled(GIGABIT_PER_SECOND, results);
    List<Summary> gigabit = LinkModel.at(GIGABIT_PER_SECOND, usual, modelled);
    List<ClusterGain> clusters = ClusterGain.of(results);
    facts.put(Facts.SUMMARY, Facts.ofSummaries(plain(summaries)));
    facts.put(Facts.GIGABIT, Facts.ofSummaries(gigabit));
    facts.put(Facts.CLUSTER, Facts.of(ClusterGain.COLUMNS, clusters));
    facts.put(Facts.STORES, Facts.ofSummaries(stored(summaries)));
    List<Manifest> manifests = new ArrayList<>();
    for (Path file : files) {
      if (file.endsWith(Manifest.FILE)) {
        manifests.add(Manifest.read(file));
      }
    }
    return new Evidence(
        results,
        summaries,
        gigabit,
        LinkModel.measuredAndModelled(GIGABIT_PER_SECOND, usual, modelled),
        clusters,
        rows,
        facts,
        manifests);
  }

  /**
   * Whether these are a figure's numbers, which may have a result file's name: it is beside them.
   */
  private static boolean isOfFigure(Path file) {
    String name = file.getFileName().toString();
    return name.endsWith(".csv")
        && Files.exists(file.resolveSibling(name.substring(0, name.length() - 4) + ".svg"));
  }

  private static <R extends Record> void read(
      List<Path> files,
      ResultFile kind,
      Class<R> row,
      Map<Class<? extends Record>, List<? extends Record>> rows,
      Map<String, List<Facts>> facts)
      throws IOException {
    List<R> all = new ArrayList<>();
    for (Path file : files) {
      if (file.endsWith(kind.name())) {
        all.addAll(RowReader.all(file, row));
      }
    }
    rows.put(row, all);
    facts.put(kind.table(), Facts.of(kind, row, all));
  }

  /**
   * The facts of a table: {@link Facts#SUMMARY} and the like, or a result file's name without
   * {@code .csv}. None if there is no such file.
   */
  public List<Facts> facts(String table) {
    return facts.getOrDefault(table, List.of());
  }

  /** The rows of a kind of result file, of all such files. */
  public <R extends Record> List<R> rows(Class<R> row) {
    return rows.getOrDefault(row, List.of()).stream().map(row::cast).toList();
  }

  /** The plain summaries, of single VMs of a set too. */
  public List<Summary> plain() {
    return plain(summaries);
  }

  private static List<Summary> plain(List<Summary> summaries) {
    return summaries.stream().filter(s -> s.setting().plain()).toList();
  }

  /** The plain summaries of whole sets that have incremental checkpoints. */
  public List<Summary> sets() {
    return plain().stream().filter(s -> s.wholeSet() && s.checkpoints() > 0).toList();
  }

  /**
   * What whole sets that were replayed without limit would be over a link, as {@link LinkModel} has
   * it. Its error is not in the intervals: it is common to all that are compared.
   */
  public List<Summary> modelledOver(long linkBitsPerSecond) {
    return LinkModel.modelled(linkBitsPerSecond, results);
  }

  /** The summaries of whole sets whose checkpoints the receiver kept elsewhere than in RAM. */
  public List<Summary> stored() {
    return stored(summaries);
  }

  private static List<Summary> stored(List<Summary> summaries) {
    return summaries.stream()
        .filter(s -> s.wholeSet() && !s.setting().inRam() && s.setting().overNetworkAsItIs())
        .toList();
  }
}
