package emulha.metrics;

import java.util.List;

/**
 * A kind of result file: the one list of them, from which the data dictionary is made and by which
 * results are read.
 *
 * @param name its file name
 * @param rows what its rows are
 * @param row the record of its rows
 * @param timed whether its numbers are of a clock, each seen once
 */
public record ResultFile(String name, String rows, Class<? extends Record> row, boolean timed) {
  /** Of what is counted, or timed and counted in trials of its own. */
  public ResultFile(String name, String rows, Class<? extends Record> row) {
    this(name, rows, row, false);
  }

  /** Name of the table of such files. */
  public String table() {
    return name.replace(".csv", "");
  }

  /** All kinds. */
  public static final List<ResultFile> ALL =
      List.of(
          new ResultFile(
              "checkpoints.csv", "One row per run, trial, VM and checkpoint.", CheckpointRow.class),
          new ResultFile(
              "runs.csv",
              "One row per run: its incremental checkpoints of all VMs and counted trials.",
              RunRow.class),
          new ResultFile(
              "spinning.csv",
              "One row per run and end that watched its connection before it blocked (--spin).",
              SpinningRow.class,
              true),
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
              BitmapScanRow.class,
              true),
          new ResultFile(
              "page_costs.csv",
              "One row per set of series, method and class of page.",
              PageCostRow.class),
          new ResultFile("size_fit.csv", "One row per profile and interval.", SizeFitRow.class),
          new ResultFile("spectrum.csv", "One row per profile and write rate.", SpectrumRow.class));
}
