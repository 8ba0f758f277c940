package emulha.metrics;

import java.util.List;
import java.util.Locale;

/** Text of {@code docs/DATA_DICTIONARY.md}, made from the declarations. */
final class DataDictionary {
  /** A result file and the record of its rows. */
  private record ResultFile(String name, String rows, Class<? extends Record> row) {}

  private static final List<ResultFile> FILES =
      List.of(
          new ResultFile(
              "checkpoints.csv", "One row per run, trial, VM and checkpoint.", CheckpointRow.class),
          new ResultFile(
              "runs.csv",
              "One row per run: its incremental checkpoints of all VMs and counted trials.",
              RunRow.class),
          new ResultFile(
              "checkpoint_sizes.csv", "One row per series and interval.", CheckpointSizeRow.class),
          new ResultFile(
              "changed_bytes.csv", "One row per series and checkpoint.", ChangedBytesRow.class),
          new ResultFile(
              "duplicates.csv",
              "One row per series, checkpoint and chunk size.",
              DuplicateRow.class),
          new ResultFile("entropy.csv", "One row per series and checkpoint.", EntropyRow.class),
          new ResultFile(
              "write_rates.csv",
              "One row per series and number of checkpoints.",
              WriteRateRow.class),
          new ResultFile(
              "working_set.csv",
              "One row per series and length of the window.",
              WorkingSetRow.class),
          new ResultFile(
              "miss_ratio.csv", "One row per series and size of the cache.", MissRatioRow.class),
          new ResultFile(
              "bitmap_scan.csv",
              "One row per size of RAM, number of dirty pages and way of scanning.",
              BitmapScanRow.class),
          new ResultFile("size_fit.csv", "One row per profile and interval.", SizeFitRow.class),
          new ResultFile("spectrum.csv", "One row per profile and write rate.", SpectrumRow.class));

  private DataDictionary() {}

  static String markdown() {
    var text =
        new StringBuilder(
            """
            # Data dictionary

            <!-- Made from the record declarations in module metrics; do not edit. -->

            Result files are CSV: UTF-8, `\\n` line ends, one header line, the columns below in this
            order, all of them always there. Integers are exact and unrounded; a value that was not
            measured is empty, never 0; flags are `true` or `false`; text with a comma, quote or line
            end stands in double quotes (RFC 4180). Times are nanoseconds and sizes bytes, and the
            column's name says so.

            Aggregation is how several rows become one: *key* groups rows, *sum* adds, *mean* averages
            over the rows that have the value, *max* takes the largest, *all* is true if all are.
            """);
    for (ResultFile file : FILES) {
      text.append("\n## ").append(file.name()).append("\n\n").append(file.rows()).append("\n\n");
      text.append("| column | type | unit | aggregation | meaning |\n|---|---|---|---|---|\n");
      for (Column column : Columns.of(file.row()).list()) {
        text.append(
            "| `%s` | %s | %s | %s | %s |\n"
                .formatted(
                    column.name(),
                    lower(column.type()) + (column.nullable() ? " or empty" : ""),
                    lower(column.unit()),
                    lower(column.aggregation()),
                    column.meaning()));
      }
    }
    return text.toString();
  }

  private static String lower(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }
}
