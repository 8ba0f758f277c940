package emulha.analysis;

import emulha.analysis.Figure.Axis;
import emulha.analysis.Figure.BarSeries;
import emulha.analysis.Figure.Bars;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tech.tablesaw.api.Row;
import tech.tablesaw.api.Table;

/**
 * The table and figures of FITDOC, "Fast Incremental checkpoinTing with Delta memOry Compression".
 */
final class FitdocFigures {
  private FitdocFigures() {}

  static List<Figure> of(Evidence evidence) {
    List<Figure> figures = new ArrayList<>();
    table1(figures, evidence.table("changed_bytes"));
    figure7(figures, evidence.table("bitmap_scan"));
    List<Summary> sets = evidence.sets();
    figure8(figures, sets);
    figure9(figures, sets);
    figure10(figures, sets);
    return figures;
  }

  /** Table I: mean pages per checkpoint by how many of their bytes changed. */
  private static void table1(List<Figure> figures, Table table) {
    if (table.rowCount() == 0) {
      return;
    }
    List<String> columns =
        table.columnNames().stream()
            .filter(c -> c.equals("unchanged_pages") || c.startsWith("changed_to_"))
            .toList();
    List<BarSeries> series = new ArrayList<>();
    for (String trace : table.stringColumn("trace").unique()) {
      Table some = table.where(table.stringColumn("trace").isEqualTo(trace));
      List<@Nullable Estimate> values = new ArrayList<>();
      for (String column : columns) {
        values.add(Estimate.exact(some.longColumn(column).mean()));
      }
      series.add(new BarSeries(trace, values));
    }
    figures.add(
        new Figure(
            "fitdoc-table-1",
            "Pages by the number of their bytes that changed since the checkpoint before, mean per"
                + " checkpoint (FITDOC Table I). All columns of the table are in the numbers.",
            new Bars(
                "changed bytes, at most",
                columns.stream()
                    .map(c -> c.equals("unchanged_pages") ? "0" : c.substring(11))
                    .toList(),
                Axis.fitted("pages per checkpoint", true),
                series),
            table.copy()));
  }

  private static void figure7(List<Figure> figures, Table table) {
    if (table.rowCount() == 0) {
      return;
    }
    Function<Row, String> category =
        row ->
            "%d MiB, %d dirty"
                .formatted(row.getLong("ram_bytes") >> 20, row.getLong("dirty_pages"));
    List<String> categories = new ArrayList<>();
    table.forEach(row -> categories.add(category.apply(row)));
    List<String> distinct = categories.stream().distinct().toList();
    List<BarSeries> series = new ArrayList<>();
    for (String scan : table.stringColumn("scan").unique()) {
      List<@Nullable Estimate> values = new ArrayList<>();
      for (String one : distinct) {
        Estimate found = null;
        for (Row row : table) {
          if (row.getString("scan").equals(scan) && category.apply(row).equals(one)) {
            found = Estimate.exact(row.getLong("median_ns") * 1e-3);
          }
        }
        values.add(found);
      }
      series.add(new BarSeries(scan, values));
    }
    figures.add(
        new Figure(
            "fitdoc-figure-7",
            "Median time to scan the dirty bitmap: bit by bit, with two levels of flags as FITDOC"
                + " does, and 64 bits at a time (FITDOC Figure 7).",
            new Bars("RAM and dirty pages", distinct, Axis.fitted("scan time (µs)", true), series),
            table.copy()));
  }

  private static void figure8(List<Figure> figures, List<Summary> sets) {
    List<Summary> some =
        sets.stream()
            .filter(s -> fitdoc(s) || s.setting().method().equals("none"))
            .filter(s -> s.get(Measure.TRANSFER_NS).isPresent())
            .toList();
    if (some.isEmpty()) {
      return;
    }
    figures.add(
        new Figure(
            "fitdoc-figure-8",
            "Checkpointing time: average transfer time of an incremental checkpoint (FITDOC"
                + " Figure 8). The time of the full checkpoint, which the paper compares with, is in"
                + " the numbers where it was sent.",
            Figures.bars(
                "workload",
                some,
                HouFigures::workload,
                s -> s.setting().method(),
                Measure.TRANSFER_NS,
                1e-6,
                Axis.fitted("checkpointing time (ms)", true)),
            Numbers.of(some, List.of(Measure.TRANSFER_NS, Measure.FULL_TRANSFER_NS))));
  }

  private static void figure9(List<Figure> figures, List<Summary> sets) {
    List<Summary> some = sets.stream().filter(FitdocFigures::fitdoc).toList();
    if (some.isEmpty()) {
      return;
    }
    List<@Nullable Estimate> full = new ArrayList<>();
    List<@Nullable Estimate> pages = new ArrayList<>();
    List<@Nullable Estimate> words = new ArrayList<>();
    for (Summary summary : some) {
      double perCheckpoint = (double) summary.checkpoints() / summary.trials();
      full.add(summary.get(Measure.FULL_RAW_BYTES).map(e -> e.times(1e-6)).orElse(null));
      pages.add(summary.get(Measure.CHECKPOINT_BYTES).map(e -> e.times(1e-6)).orElse(null));
      words.add(
          summary.get(Measure.TRAFFIC_BYTES).map(e -> e.times(1e-6 / perCheckpoint)).orElse(null));
    }
    figures.add(
        new Figure(
            "fitdoc-figure-9",
            "Size of a checkpoint: all of RAM, dirty pages as Remus sends them, and FITDOC's changed"
                + " words with their indices (FITDOC Figure 9).",
            new Bars(
                "workload and method",
                some.stream()
                    .map(s -> HouFigures.workload(s) + ", " + s.setting().method())
                    .toList(),
                Axis.fitted("checkpoint size (MB)", true),
                List.of(
                    new BarSeries("all of RAM", full),
                    new BarSeries("dirty pages", pages),
                    new BarSeries("changed words and indices", words))),
            Numbers.of(
                some,
                List.of(
                    Measure.FULL_RAW_BYTES,
                    Measure.CHECKPOINT_BYTES,
                    Measure.TRAFFIC_BYTES,
                    Measure.TOTAL_TRAFFIC_REDUCTION))));
  }

  private static void figure10(List<Figure> figures, List<Summary> sets) {
    List<Summary> some =
        sets.stream()
            .filter(FitdocFigures::fitdoc)
            .filter(s -> s.get(Measure.PROCESSING_SHARE).isPresent())
            .toList();
    if (some.isEmpty()) {
      return;
    }
    figures.add(
        new Figure(
            "fitdoc-figure-10",
            "Share of the checkpoint's transfer time that compressing takes (FITDOC Figure 10).",
            Figures.bars(
                "workload",
                some,
                HouFigures::workload,
                s -> s.setting().method(),
                Measure.PROCESSING_SHARE,
                100,
                Axis.percent("compression time (%)")),
            Numbers.of(some, List.of(Measure.PROCESSING_SHARE, Measure.PROCESSING_NS))));
  }

  private static boolean fitdoc(Summary summary) {
    return summary.setting().method().startsWith("fitdoc");
  }
}
