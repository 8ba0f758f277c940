package emulha.analysis.measures;

import emulha.metrics.CheckpointRow;
import emulha.metrics.RunRow;
import emulha.metrics.columns.Column;
import emulha.metrics.columns.Columns;
import emulha.metrics.columns.RowReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tech.tablesaw.api.BooleanColumn;
import tech.tablesaw.api.LongColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/**
 * The results below a directory.
 *
 * @param checkpoints every {@code checkpoints.csv}, one below the other; columns are {@link
 *     Checkpoints}
 * @param runs every row of {@code runs.csv}; each run of {@code checkpoints} has one
 */
public record Results(Table checkpoints, List<Run> runs) {
  static final String CHECKPOINTS = "checkpoints.csv";
  static final String RUNS = "runs.csv";

  public Results {
    runs = List.copyOf(runs);
  }

  /**
   * Reads the results in a directory and its subdirectories.
   *
   * @throws IOException if there are none, a file does not have exactly the declared columns, a
   *     {@code checkpoints.csv} stands without its {@code runs.csv}, or a run stands in two places
   */
  public static Results read(Path in) throws IOException {
    List<Path> files = files(in);
    if (files.stream().noneMatch(file -> file.endsWith(CHECKPOINTS))) {
      throw new IOException(
          "%s: no %s in it or below; make results with reduce, sweep or demo"
              .formatted(in, CHECKPOINTS));
    }
    return read(files);
  }

  /** Reads those among some files; there may be none. */
  static Results read(List<Path> files) throws IOException {
    Columns<CheckpointRow> columns = Columns.of(CheckpointRow.class);
    Table checkpoints = empty(columns);
    List<Run> runs = new ArrayList<>();
    Map<String, Path> whereFrom = new HashMap<>();
    for (Path file : files.stream().filter(one -> one.endsWith(CHECKPOINTS)).toList()) {
      Path runsFile = file.resolveSibling(RUNS);
      List<String> conditions = Manifest.conditions(file.resolveSibling(Manifest.FILE));
      for (RunRow row : RowReader.all(runsFile, RunRow.class)) {
        var run = new Run(row, conditions);
        Path other = whereFrom.put(run.id(), runsFile);
        if (other != null) {
          throw new IOException(
              "run %s stands in %s and in %s; counting it twice would be wrong, remove one"
                  .formatted(run.id(), other, runsFile));
        }
        runs.add(run);
      }
      try (var reader = RowReader.open(file, CheckpointRow.class)) {
        for (CheckpointRow row = reader.read(); row != null; row = reader.read()) {
          String run = row.key().runId();
          if (!runsFile.equals(whereFrom.get(run))) {
            throw new IOException("%s: run %s has no row in %s".formatted(file, run, runsFile));
          }
          @Nullable Object[] values = columns.values(row);
          for (int i = 0; i < values.length; i++) {
            checkpoints
                .column(i)
                .appendObj(values[i] instanceof Integer number ? number.longValue() : values[i]);
          }
        }
      }
    }
    return new Results(checkpoints, runs);
  }

  /** The files in a directory and its subdirectories, in order. */
  static List<Path> files(Path in) throws IOException {
    if (!Files.isDirectory(in)) {
      throw new IOException(in + ": no such directory; name one with results in it");
    }
    try (Stream<Path> walk = Files.walk(in)) {
      return walk.filter(Files::isRegularFile).sorted().toList();
    } catch (UncheckedIOException e) {
      // A directory that cannot be read, or that a sweep has just renamed.
      throw e.getCause();
    }
  }

  private static Table empty(Columns<?> columns) {
    Table table = Table.create();
    for (Column column : columns.list()) {
      table.addColumns(
          switch (column.type()) {
            case TEXT -> StringColumn.create(column.name());
            case INTEGER -> LongColumn.create(column.name());
            case FLAG -> BooleanColumn.create(column.name());
          });
    }
    return table;
  }

  /** Those of replays over the network as it was. */
  public Results overNetworkAsItIs() {
    return where(Run::overNetworkAsItIs);
  }

  /** Those of replays over a link of a speed. */
  public Results over(long linkBitsPerSecond) {
    return where(run -> Setting.of(run).over(linkBitsPerSecond));
  }

  /** Those of some runs. */
  public Results where(Predicate<Run> wanted) {
    List<Run> some = runs.stream().filter(wanted).toList();
    if (some.isEmpty()) {
      return new Results(checkpoints.emptyCopy(), some);
    }
    List<String> ids = some.stream().map(Run::id).toList();
    return new Results(checkpoints.where(Checkpoints.RUN_ID.text(checkpoints).isIn(ids)), some);
  }
}
