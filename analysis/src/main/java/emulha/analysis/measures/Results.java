package emulha.analysis.measures;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import emulha.metrics.CheckpointRow;
import emulha.metrics.Column;
import emulha.metrics.Columns;
import emulha.metrics.CsvText;
import emulha.metrics.RowReader;
import emulha.metrics.RunRow;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import tech.tablesaw.api.ColumnType;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;
import tech.tablesaw.io.csv.CsvReadOptions;
import tech.tablesaw.selection.Selection;

/**
 * The results below a directory.
 *
 * @param checkpoints every {@code checkpoints.csv}, one below the other
 * @param runs every {@code runs.csv}; each run of {@code checkpoints} has one row
 */
public record Results(Table checkpoints, Table runs) {
  static final String CHECKPOINTS = "checkpoints.csv";
  static final String RUNS = "runs.csv";

  /** Column added to the runs: what their manifest says of program, JDK and machine. */
  static final String CONDITIONS = "conditions";

  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * Reads the results in a directory and its subdirectories.
   *
   * @throws IOException if there are none, a file does not have exactly the declared columns, a
   *     {@code checkpoints.csv} stands without its {@code runs.csv}, or a run stands in two places
   */
  public static Results read(Path in) throws IOException {
    if (!Files.isDirectory(in)) {
      throw new IOException(in + ": no such directory; name one with results in it");
    }
    List<Path> files;
    try (Stream<Path> walk = Files.walk(in)) {
      files =
          walk.filter(path -> path.endsWith(CHECKPOINTS) && Files.isRegularFile(path))
              .sorted()
              .toList();
    }
    if (files.isEmpty()) {
      throw new IOException(
          "%s: no %s in it or below; make results with reduce, sweep or demo"
              .formatted(in, CHECKPOINTS));
    }
    Table checkpoints = empty(CheckpointRow.class);
    Table runs = empty(RunRow.class);
    runs.addColumns(StringColumn.create(CONDITIONS));
    Map<String, Path> whereFrom = new HashMap<>();
    for (Path file : files) {
      Path runsFile = file.resolveSibling(RUNS);
      Table someRuns = read(runsFile, RunRow.class);
      for (String run : someRuns.stringColumn("run_id")) {
        Path other = whereFrom.put(run, runsFile);
        if (other != null) {
          throw new IOException(
              "run %s stands in %s and in %s; counting it twice would be wrong, remove one"
                  .formatted(run, other, runsFile));
        }
      }
      Table some = read(file, CheckpointRow.class);
      for (String run : some.stringColumn("run_id").unique()) {
        if (!runsFile.equals(whereFrom.get(run))) {
          throw new IOException("%s: run %s has no row in %s".formatted(file, run, runsFile));
        }
      }
      String conditions = conditions(file.resolveSibling("manifest.json"));
      var column = StringColumn.create(CONDITIONS);
      for (int row = 0; row < someRuns.rowCount(); row++) {
        column.append(conditions);
      }
      someRuns.addColumns(column);
      runs.append(someRuns);
      checkpoints.append(some);
    }
    return new Results(checkpoints, runs);
  }

  /** Those of replays over the network as it was. */
  public Results overNetworkAsItIs() {
    return of(
        runs.longColumn("link_bits_per_second")
            .isMissing()
            .and(runs.longColumn("link_latency_ns").isMissing())
            .and(runs.stringColumn("mode").isEqualTo("replay")));
  }

  /** Those of replays over a link of a speed. */
  public Results over(long linkBitsPerSecond) {
    return of(runs.longColumn("link_bits_per_second").isEqualTo((double) linkBitsPerSecond));
  }

  private Results of(Selection selected) {
    Table some = runs.where(selected);
    List<String> ids = some.stringColumn("run_id").asList();
    return new Results(checkpoints.where(checkpoints.stringColumn("run_id").isIn(ids)), some);
  }

  /** What can change every number, in a line; empty without a manifest. */
  private static String conditions(Path manifest) throws IOException {
    if (!Files.isRegularFile(manifest)) {
      return "";
    }
    JsonNode environment = JSON.readTree(Files.readAllBytes(manifest)).path("environment");
    String commit = environment.path("gitCommit").asText("");
    return Stream.of(
            commit.substring(0, Math.min(10, commit.length()))
                + (environment.path("gitEdited").asBoolean() ? " edited" : ""),
            environment.path("jdk").asText(""),
            flags(environment.path("jvmFlags")),
            environment.path("cpu").asText(""),
            environment.path("processors").asText(""),
            environment.path("cpuGovernor").asText(""))
        .filter(text -> !text.isEmpty() && !text.equals("null"))
        .collect(Collectors.joining(", "));
  }

  private static String flags(JsonNode given) {
    return StreamSupport.stream(given.spliterator(), false)
        .map(JsonNode::asText)
        // Where the program stands and who started it change no number.
        .filter(flag -> !flag.startsWith("-Demulha."))
        .collect(Collectors.joining(" "));
  }

  static <R extends Record> Table read(Path file, Class<R> row) throws IOException {
    // The table reader is lenient with numbers (it drops commas): this one is not.
    try (RowReader<R> strict = RowReader.open(file, row)) {
      while (strict.read() != null) {}
    }
    try (var text = Files.newBufferedReader(file)) {
      Table table =
          Table.read()
              .usingOptions(
                  CsvReadOptions.builder(text)
                      .columnTypes(types(row))
                      .missingValueIndicator("")
                      .ignoreZeroDecimal(false)
                      .maxCharsPerColumn(1 << 20)
                      .sample(false));
      for (StringColumn column : table.stringColumns()) {
        for (int i = 0; i < column.size(); i++) {
          String cell = column.get(i);
          if (cell.startsWith("'")) {
            column.set(i, CsvText.text(cell));
          }
        }
      }
      return table;
    }
  }

  private static Table empty(Class<? extends Record> row) {
    Table table = Table.create();
    for (Column column : Columns.of(row).list()) {
      table.addColumns(type(column).create(column.name()));
    }
    return table;
  }

  private static ColumnType[] types(Class<? extends Record> row) {
    return Columns.of(row).list().stream().map(Results::type).toArray(ColumnType[]::new);
  }

  private static ColumnType type(Column column) {
    return switch (column.type()) {
      case TEXT -> ColumnType.STRING;
      case INTEGER -> ColumnType.LONG;
      case FLAG -> ColumnType.BOOLEAN;
    };
  }
}
