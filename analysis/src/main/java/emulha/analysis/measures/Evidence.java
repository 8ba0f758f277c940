package emulha.analysis.measures;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import emulha.metrics.ResultFile;
import emulha.metrics.RowReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import tech.tablesaw.api.Table;

/**
 * All that is known from a directory of results: replays and reductions, statistics of traces, and
 * the manifests of the commands that made them.
 *
 * @param summaries of the runs; empty if there are none
 * @param gigabit transfers over Gigabit Ethernet, which the papers had: measured, or else modelled
 * @param model those of them that were measured, with what the model makes of them
 * @param clusters what VMs gain by being processed together, where that can be computed
 * @param tables by file name without {@code .csv}, every kind of result file found; {@code
 *     summary}: a row per {@linkplain Setting#plain plain} summary, with every measure; {@code
 *     stores}: the same of {@link #stored}; and {@code gigabit}: the same of {@link #gigabit}
 * @param rows the same kinds' rows, by their record
 * @param manifests every {@code manifest.json}
 */
public record Evidence(
    List<Summary> summaries,
    List<Summary> gigabit,
    Map<Summary, Summary> model,
    List<ClusterGain> clusters,
    Map<String, Table> tables,
    Map<Class<? extends Record>, List<Record>> rows,
    List<JsonNode> manifests) {
  /** Name of the table of summaries. */
  public static final String SUMMARY = "summary";

  /** Name of the table of transfers at the papers' link speed. */
  public static final String GIGABIT = "gigabit";

  /** Name of the table of what VMs gain by being processed together. */
  public static final String CLUSTER = "cluster";

  /** Name of the table of replays to stores other than RAM. */
  public static final String STORES = "stores";

  private static final long GIGABIT_PER_SECOND = 1_000_000_000;

  /**
   * Reads a directory and its subdirectories.
   *
   * @throws IOException if it is none, or a result file in it is not as declared
   */
  public static Evidence read(Path in) throws IOException {
    if (!Files.isDirectory(in)) {
      throw new IOException(in + ": no such directory; name one with results in it");
    }
    List<Path> files;
    try (Stream<Path> walk = Files.walk(in)) {
      files = walk.filter(Files::isRegularFile).sorted().toList();
    }
    Map<String, Table> tables = new LinkedHashMap<>();
    Map<Class<? extends Record>, List<Record>> rows = new LinkedHashMap<>();
    for (ResultFile kind : ResultFile.ALL) {
      if (kind.name().equals(Results.CHECKPOINTS) || kind.name().equals(Results.RUNS)) {
        continue;
      }
      for (Path file : files) {
        if (file.endsWith(kind.name())) {
          rows.computeIfAbsent(kind.row(), row -> new ArrayList<>())
              .addAll(RowReader.all(file, kind.row()));
          Table table = Results.read(file, kind.row());
          Table before = tables.putIfAbsent(kind.name().replace(".csv", ""), table);
          if (before != null) {
            before.append(table);
          }
        }
      }
    }
    List<Summary> summaries = List.of();
    List<Summary> gigabit = List.of();
    Map<Summary, Summary> model = Map.of();
    List<ClusterGain> clusters = List.of();
    if (files.stream().anyMatch(file -> file.endsWith(Results.CHECKPOINTS))) {
      Results results = Results.read(in);
      summaries = Summary.of(results);
      List<Summary> usual =
          summaries.stream().filter(s -> s.checkpoints() > 0 && s.setting().usual()).toList();
      List<Summary> modelled =
          LinkModel.modelled(GIGABIT_PER_SECOND, results).stream()
              .filter(s -> s.setting().usual())
              .toList();
      gigabit = LinkModel.at(GIGABIT_PER_SECOND, usual, modelled);
      clusters = ClusterGain.of(results);
      model = LinkModel.measuredAndModelled(GIGABIT_PER_SECOND, usual, modelled);
    }
    List<Measure> all = List.of(Measure.values());
    tables.put(
        SUMMARY, Numbers.of(summaries.stream().filter(s -> s.setting().plain()).toList(), all));
    tables.put(GIGABIT, Numbers.of(gigabit, all));
    tables.put(CLUSTER, ClusterGain.table(clusters));
    tables.put(STORES, Numbers.of(stored(summaries), all));
    List<JsonNode> manifests = new ArrayList<>();
    var json = new ObjectMapper();
    for (Path file : files) {
      if (file.endsWith("manifest.json")) {
        manifests.add(json.readTree(file.toFile()));
      }
    }
    return new Evidence(summaries, gigabit, model, clusters, tables, rows, manifests);
  }

  /** A table, without rows if there is no such file. */
  public Table table(String name) {
    return tables.getOrDefault(name, Table.create(name));
  }

  /** The rows of a kind of result file, of all such files. */
  public <R extends Record> List<R> rows(Class<R> row) {
    return rows.getOrDefault(row, List.of()).stream().map(row::cast).toList();
  }

  /** The plain summaries of whole sets that have incremental checkpoints. */
  public List<Summary> sets() {
    return summaries.stream()
        .filter(s -> s.wholeSet() && s.checkpoints() > 0)
        .filter(s -> s.setting().plain())
        .toList();
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
