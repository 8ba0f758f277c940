package emulha.analysis.figures;

import emulha.analysis.drawing.Figure;
import emulha.analysis.drawing.Figure.Axis;
import emulha.analysis.drawing.Figure.BarSeries;
import emulha.analysis.drawing.Figure.Bars;
import emulha.analysis.drawing.Figure.Curve;
import emulha.analysis.drawing.Figure.Curves;
import emulha.analysis.drawing.Figure.Point;
import emulha.analysis.drawing.Figure.Style;
import emulha.analysis.drawing.Width;
import emulha.analysis.measures.Estimate;
import emulha.analysis.measures.Groups;
import emulha.analysis.measures.TableText;
import emulha.files.WholeFile;
import emulha.metrics.BitmapScanRow;
import emulha.metrics.ChangedBytesRow;
import emulha.metrics.CheckpointSizeRow;
import emulha.metrics.DuplicateRow;
import emulha.metrics.EntropyRow;
import emulha.metrics.MissRatioRow;
import emulha.metrics.SeriesKey;
import emulha.metrics.SizeFitRow;
import emulha.metrics.SpectrumRow;
import emulha.metrics.WorkingSetRow;
import emulha.metrics.WriteRateRow;
import emulha.metrics.columns.RowReader;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;
import tech.tablesaw.columns.Column;

/**
 * Draws the figures of trace statistics, size fits and bitmap scans, and FITDOC's Table I. A
 * synthetic series' name says so: its properties are inputs.
 */
public final class TraceFigures {
  /** Points drawn of a curve of any length; the result file holds them all. */
  private static final int MOST_POINTS = 400;

  /** Intervals at which a fitted curve is drawn. */
  private static final int FITTED_POINTS = 200;

  private static final double MEGABYTE = 1e6;
  private static final int PAGE_BYTES = 4096;
  private static final double PAGE_MEGABYTES = PAGE_BYTES / MEGABYTE;

  /** The columns of pages by changed bytes, in order. */
  private static final List<ToLongFunction<ChangedBytesRow>> CHANGED =
      List.of(
          row -> row.few().changedTo1(),
          row -> row.few().changedTo2(),
          row -> row.few().changedTo4(),
          row -> row.few().changedTo8(),
          row -> row.few().changedTo16(),
          row -> row.few().changedTo32(),
          row -> row.few().changedTo64(),
          row -> row.many().changedTo128(),
          row -> row.many().changedTo256(),
          row -> row.many().changedTo512(),
          row -> row.many().changedTo1024(),
          row -> row.many().changedTo2048(),
          row -> row.many().changedTo4096());

  private TraceFigures() {}

  /**
   * Draws what the result files in a directory allow.
   *
   * @param in directory with result files of {@code traces stats}, {@code traces fit} or {@code
   *     traces scan}
   * @param out directory for the figures, made if absent; older files of the same names are
   *     replaced
   * @return the names of the figures drawn
   * @throws IOException if a file cannot be read or a figure not written
   */
  public static List<String> draw(Path in, Path out, Width width) throws IOException {
    List<ChangedBytesRow> changed = rows(in, "changed_bytes.csv", ChangedBytesRow.class);
    List<Figure> figures = new ArrayList<>();
    figures.add(sizes(rows(in, "checkpoint_sizes.csv", CheckpointSizeRow.class)));
    figures.add(changedBytes(changed));
    figures.add(writtenPages(changed));
    figures.add(entropies(rows(in, "entropy.csv", EntropyRow.class)));
    figures.add(duplicates(rows(in, "duplicates.csv", DuplicateRow.class)));
    figures.add(writeRates(rows(in, "write_rates.csv", WriteRateRow.class)));
    figures.add(workingSets(rows(in, "working_set.csv", WorkingSetRow.class)));
    figures.add(missRatios(rows(in, "miss_ratio.csv", MissRatioRow.class)));
    figures.add(
        sizeFit(
            rows(in, "size_fit.csv", SizeFitRow.class),
            rows(in, "spectrum.csv", SpectrumRow.class)));
    figures.addAll(bitmapScans(rows(in, "bitmap_scan.csv", BitmapScanRow.class)));
    List<String> names = Gallery.of(figures, Figures.palette(figures), width).write(out);
    if (!changed.isEmpty()) {
      Table table = tableOne(changed);
      WholeFile.write(out.resolve("fitdoc-table-1.csv"), TableText.csv(table));
      WholeFile.write(out.resolve("fitdoc-table-1.md"), TableText.markdown(table, 1));
      WholeFile.write(out.resolve("fitdoc-table-1.tex"), TableText.latex(table, 1));
    }
    return names;
  }

  private static <R extends Record> List<R> rows(Path in, String name, Class<R> type)
      throws IOException {
    Path file = in.resolve(name);
    return Files.exists(file) ? RowReader.all(file, type) : List.of();
  }

  private static String name(SeriesKey series) {
    return series.synthetic() ? series.trace() + " (synthetic)" : series.trace();
  }

  /** A curve of the rows of each name. */
  private static <R> List<Curve> curves(
      List<R> rows,
      Function<R, String> name,
      Style style,
      Function<R, Double> x,
      Function<R, Double> y) {
    List<Curve> curves = new ArrayList<>();
    Groups.by(name, rows)
        .forEach((one, group) -> curves.add(new Curve(one, style, points(group, x, y))));
    return curves;
  }

  /** Curves, and the same points as a table. */
  private static Figure curves(
      String name, String caption, Axis x, Axis y, List<Curve> curves, String xUnit, String yUnit) {
    var series = StringColumn.create("series");
    var xs = DoubleColumn.create(xUnit);
    var ys = DoubleColumn.create(yUnit);
    for (Curve curve : curves) {
      for (Point point : curve.points()) {
        series.append(curve.name());
        xs.append(point.x());
        ys.append(point.y().value());
      }
    }
    return new Figure(name, caption, new Curves(x, y, curves), Table.create(series, xs, ys));
  }

  /** Numbers 0 to size - 1, or as many of them as are drawn: all small ones, then ever fewer. */
  private static List<Integer> drawn(int size) {
    return IntStream.rangeClosed(0, MOST_POINTS)
        .map(i -> (int) Math.round(Math.pow(size, (double) i / MOST_POINTS)) - 1)
        .distinct()
        .boxed()
        .toList();
  }

  private static <R> List<Point> points(
      List<R> rows, Function<R, Double> x, Function<R, Double> y) {
    return drawn(rows.size()).stream()
        .map(rows::get)
        .map(row -> new Point(x.apply(row), Estimate.exact(y.apply(row))))
        .toList();
  }

  private static Figure sizes(List<CheckpointSizeRow> rows) {
    return curves(
        "checkpoint-sizes",
        "Average checkpoint size by checkpointing interval, consecutive checkpoints merged (Hou"
            + " Table 2).",
        Axis.fitted("checkpointing interval (ms)", true),
        Axis.fitted("average checkpoint (MB)", true),
        curves(
            rows,
            row -> name(row.series()),
            Style.LINE,
            row -> row.series().intervalNs() / 1e6,
            row -> row.meanBytes() / MEGABYTE),
        "interval_ms",
        "megabytes");
  }

  private static Figure writeRates(List<WriteRateRow> rows) {
    List<Curve> curves = new ArrayList<>();
    Groups.by(row -> name(row.series()), rows)
        .forEach(
            (name, group) -> {
              List<Point> points = new ArrayList<>();
              long atLeast = sum(group, WriteRateRow::pages);
              for (WriteRateRow row : group) {
                double seconds = row.checkpoints() * (row.series().intervalNs() / 1e9);
                points.add(
                    new Point(row.dirtyCheckpoints() / seconds, Estimate.exact((double) atLeast)));
                atLeast -= row.pages();
              }
              curves.add(new Curve(name, Style.STEPS, points));
            });
    return curves(
        "write-rates",
        "Pages that were dirty in at least so many checkpoints a second.",
        Axis.fitted("dirty checkpoints per second", true),
        Axis.fitted("pages", true),
        curves,
        "dirty_checkpoints_per_second",
        "pages");
  }

  private static Figure workingSets(List<WorkingSetRow> rows) {
    return curves(
        "working-set",
        "Distinct pages written in a window of time, mean over all its positions.",
        Axis.fitted("window (s)", true),
        Axis.fitted("pages written (MB)", false),
        curves(
            rows,
            row -> name(row.series()),
            Style.STEPS,
            row -> row.windowCheckpoints() * (row.series().intervalNs() / 1e9),
            row -> PAGE_MEGABYTES * row.dirtyPages() / row.windows()),
        "window_s",
        "megabytes");
  }

  /** Misses by the size of the cache, of pages of 4 KiB. */
  public static Figure missRatios(List<MissRatioRow> rows) {
    return missRatios(rows, PAGE_BYTES);
  }

  /** The same of pages of another size. */
  public static Figure missRatios(List<MissRatioRow> rows, int pageBytes) {
    return curves(
        "miss-ratio",
        "Share of dirty pages that a delta cache of each size does not find: strict LRU, empty at"
            + " the start.",
        Axis.fitted("cache (MiB)", true),
        Axis.percent("misses (%)"),
        curves(
            rows,
            row -> name(row.series()),
            Style.STEPS,
            row -> row.cachePages() * pageBytes / (double) (1 << 20),
            row -> 100.0 * row.misses() / row.accesses()),
        "cache_mib",
        "misses_per_cent");
  }

  private static Figure sizeFit(List<SizeFitRow> rows, List<SpectrumRow> spectrum) {
    Map<String, List<SpectrumRow>> spectra = Groups.by(SpectrumRow::workload, spectrum);
    List<Curve> curves = new ArrayList<>();
    Groups.by(SizeFitRow::workload, rows)
        .forEach(
            (name, group) -> {
              if (group.size() > 1) {
                curves.add(
                    new Curve(
                        name,
                        Style.POINTS,
                        points(
                            group,
                            row -> (double) row.intervalMs(),
                            row -> row.targetBytes() / MEGABYTE)));
                curves.add(
                    new Curve(
                        name + ", fitted",
                        Style.SMOOTH,
                        fitted(
                            group.getFirst().intervalMs(),
                            group.getLast().intervalMs(),
                            spectra.getOrDefault(name, List.of()))));
              }
            });
    return curves(
        "size-fit",
        "Average checkpoint sizes asked for and what the fitted write rates give.",
        Axis.fitted("checkpointing interval (ms)", true),
        Axis.fitted("average checkpoint (MB)", true),
        curves,
        "interval_ms",
        "megabytes");
  }

  /** The mean checkpoint size that a spectrum of write rates gives, at intervals in between. */
  private static List<Point> fitted(long fromMs, long toMs, List<SpectrumRow> spectrum) {
    return IntStream.rangeClosed(0, FITTED_POINTS)
        .mapToDouble(i -> fromMs * Math.pow((double) toMs / fromMs, (double) i / FITTED_POINTS))
        .mapToObj(
            ms ->
                new Point(
                    ms,
                    Estimate.exact(
                        PAGE_MEGABYTES
                            * spectrum.stream()
                                .mapToDouble(
                                    row ->
                                        -row.pages()
                                            * Math.expm1(-row.writesPerMegasecond() * ms / 1e9))
                                .sum())))
        .toList();
  }

  public static Figure changedBytes(List<ChangedBytesRow> rows) {
    List<String> categories = new ArrayList<>();
    var changed = StringColumn.create("changed_bytes");
    for (int k = 0; k < CHANGED.size(); k++) {
      categories.add(k < 10 ? Integer.toString(1 << k) : (1 << (k - 10)) + "Ki");
      changed.append(interval(k));
    }
    Table numbers = Table.create(changed);
    List<BarSeries> series = new ArrayList<>();
    Groups.by(row -> name(row.series()), rows)
        .forEach(
            (name, group) -> {
              long dirty = sum(group, row -> row.totals().dirtyPages());
              List<@Nullable Estimate> values = new ArrayList<>();
              var pages = DoubleColumn.create(name + " pages");
              for (ToLongFunction<ChangedBytesRow> column : CHANGED) {
                long sum = sum(group, column);
                pages.append((double) sum);
                values.add(dirty == 0 ? null : Estimate.exact(100.0 * sum / dirty));
              }
              numbers.addColumns(pages);
              series.add(new BarSeries(name, values));
            });
    return new Figure(
        "changed-bytes",
        "Dirty pages by the number of bytes that changed in them, up to the number given and"
            + " above the one before (FITDOC Table I).",
        new Bars(
            "changed bytes, at most", categories, Axis.fitted("dirty pages (%)", false), series),
        numbers);
  }

  /** Shares of the written pages that say how little was new in them. */
  private static Figure writtenPages(List<ChangedBytesRow> rows) {
    List<String> categories = List.of("silent writes", "zero pages");
    return across(
        "written-pages",
        "Written pages that a checkpoint holds with the content they had before (silent"
            + " writes), and those of zeros.",
        StringColumn.create("what", categories),
        new Bars("", categories, Axis.fitted("written pages (%)", false), List.of()),
        1,
        each(
            rows,
            row -> name(row.series()),
            group -> {
              long written = sum(group, row -> row.written().writtenPages());
              return Arrays.asList(
                  share(100 * sum(group, row -> row.written().silentPages()), written),
                  share(100 * sum(group, row -> row.written().zeroWrittenPages()), written));
            }));
  }

  private static Figure entropies(List<EntropyRow> rows) {
    List<String> categories = List.of("a checkpoint's bytes", "a page's bytes");
    return across(
        "entropy",
        "Order-0 entropy of the bytes of a checkpoint together, and of each of its pages alone:"
            + " means over the checkpoints.",
        StringColumn.create("what", categories),
        new Bars("", categories, Axis.fitted("entropy (bits per byte)", false), List.of()),
        1,
        each(
            rows,
            row -> name(row.series()),
            group ->
                Arrays.asList(
                    meanBits(group, EntropyRow::entropyMicrobits),
                    meanBits(group, EntropyRow::pageEntropyMicrobits))));
  }

  /** Mean of those that there are; null if there is none. */
  private static @Nullable Double meanBits(
      List<EntropyRow> rows, Function<EntropyRow, @Nullable Long> microbits) {
    OptionalDouble mean =
        rows.stream().map(microbits).filter(Objects::nonNull).mapToLong(Long::longValue).average();
    return mean.isEmpty() ? null : (Double) (mean.getAsDouble() / 1e6);
  }

  /** Of the rows of each name, in order, what they come to. */
  private static <R, V> Map<String, V> each(
      List<R> rows, Function<R, String> name, Function<List<R>, V> value) {
    Map<String, V> all = new LinkedHashMap<>();
    Groups.by(name, rows).forEach((one, group) -> all.put(one, value.apply(group)));
    return all;
  }

  private static <R> long sum(List<R> rows, ToLongFunction<R> part) {
    return rows.stream().mapToLong(part).sum();
  }

  private static @Nullable Double share(long part, long whole) {
    return whole == 0 ? null : (Double) ((double) part / whole);
  }

  /**
   * Bars of each series, and their numbers as a table with a column for each.
   *
   * @param first the first column of the table
   * @param empty the bars without any
   * @param unit the numbers times this are in the axis's unit
   * @param series a number for each category, null where there is none
   */
  private static Figure across(
      String name,
      String caption,
      Column<?> first,
      Bars empty,
      double unit,
      Map<String, List<@Nullable Double>> series) {
    Table table = Table.create(first);
    List<BarSeries> bars = new ArrayList<>();
    series.forEach(
        (trace, numbers) -> {
          var column = DoubleColumn.create(trace);
          List<@Nullable Estimate> values = new ArrayList<>();
          for (Double number : numbers) {
            column.append(number);
            values.add(number == null ? null : Estimate.exact(unit * number));
          }
          table.addColumns(column);
          bars.add(new BarSeries(trace, values));
        });
    return new Figure(
        name, caption, new Bars(empty.x(), empty.categories(), empty.y(), bars), table);
  }

  private static String interval(int k) {
    return "(" + (k == 0 ? 0 : 1 << (k - 1)) + "," + (1 << k) + "]";
  }

  private static Figure duplicates(List<DuplicateRow> rows) {
    List<Integer> sizes = rows.stream().map(DuplicateRow::chunkBytes).distinct().toList();
    boolean several = rows.stream().map(row -> row.series().trace()).distinct().count() > 1;
    Map<String, List<@Nullable Double>> shares = new LinkedHashMap<>();
    Groups.by(row -> name(row.series()), rows)
        .forEach(
            (name, group) -> {
              shares.put(name, shares(group, sizes, row -> row.all().duplicateChunksAlone()));
              if (several) {
                shares.put(
                    name + ", with the others",
                    shares(group, sizes, row -> row.all().duplicateChunksLast()));
              }
            });
    return across(
        "duplicates",
        "Chunks that are equal to another one of the same checkpoint; with the others: or to one"
            + " of the other VMs' checkpoints of the same number (Hou §4.2).",
        DoubleColumn.create("chunk_bytes", sizes),
        new Bars(
            "chunk (bytes)",
            sizes.stream().map(String::valueOf).toList(),
            Axis.percent("duplicate chunks (%)"),
            List.of()),
        100,
        shares);
  }

  private static List<@Nullable Double> shares(
      List<DuplicateRow> rows, List<Integer> sizes, ToLongFunction<DuplicateRow> part) {
    List<@Nullable Double> shares = new ArrayList<>();
    for (int size : sizes) {
      List<DuplicateRow> group = rows.stream().filter(row -> row.chunkBytes() == size).toList();
      shares.add(share(sum(group, part), sum(group, row -> row.all().chunks())));
    }
    return shares;
  }

  /** One figure for each size of RAM. */
  public static List<Figure> bitmapScans(List<BitmapScanRow> rows) {
    return each(
            rows,
            row -> size(row.ramBytes()),
            ofRam ->
                curves(
                    "bitmap-scan-" + size(ofRam.getFirst().ramBytes()),
                    "Time to list the dirty pages of a dirty bitmap: bit by bit, with two levels"
                        + " of flags, and 64 bits at a time (FITDOC Figure 7).",
                    Axis.fitted("dirty pages (%)", true),
                    Axis.fitted("scan (µs)", true),
                    curves(
                        ofRam,
                        BitmapScanRow::scan,
                        Style.LINE,
                        row -> 100.0 * 4096 * row.dirtyPages() / row.ramBytes(),
                        row -> row.medianNs() / 1000.0),
                    "dirty_pages_per_cent",
                    "median_us"))
        .values()
        .stream()
        .toList();
  }

  /** So that no two sizes have one name. */
  private static String size(long bytes) {
    return bytes % (1 << 20) == 0 ? (bytes >> 20) + "mib" : (bytes >> 10) + "kib";
  }

  /**
   * FITDOC's Table I: its rows, one column a series. Counts are those of the series' checkpoint in
   * the middle by dirty bytes, as the paper's are those of one checkpoint of five.
   */
  public static Table tableOne(List<ChangedBytesRow> rows) {
    Map<String, Function<ChangedBytesRow, String>> cells = new LinkedHashMap<>();
    cells.put("zero pages", row -> text(row.untouched().zeroPages()));
    cells.put("[0]", row -> text(row.untouched().unchangedPages()));
    for (int k = 0; k < CHANGED.size(); k++) {
      ToLongFunction<ChangedBytesRow> count = CHANGED.get(k);
      cells.put(interval(k), row -> text(count.applyAsLong(row)));
    }
    cells.put("dirty pages", row -> text(row.totals().dirtyPages()));
    cells.put("total pages", row -> text(row.totals().totalPages()));
    cells.put("dirty bytes", row -> text(row.totals().dirtyBytes()));
    cells.put("8B dirty bytes", row -> text(row.totals().wholeWordBytes()));
    cells.put("bytes of dirty pages", row -> text(row.totals().dirtyPageBytes()));
    cells.put("bytes of total pages", row -> text(row.totals().totalPageBytes()));
    cells.put(
        "dirty page rate", row -> perCent(row.totals().dirtyPages(), row.totals().totalPages()));
    cells.put(
        "dirty bytes / bytes of dirty pages",
        row -> perCent(row.totals().dirtyBytes(), row.totals().dirtyPageBytes()));
    cells.put(
        "dirty bytes / bytes of total pages",
        row -> perCent(row.totals().dirtyBytes(), row.totals().totalPageBytes()));
    cells.put(
        "8B dirty bytes / dirty bytes",
        row -> perCent(row.totals().wholeWordBytes(), row.totals().dirtyBytes()));
    Table table = Table.create(StringColumn.create("row", cells.keySet()));
    Groups.by(row -> name(row.series()), rows)
        .forEach(
            (name, group) -> {
              List<ChangedBytesRow> sorted =
                  group.stream()
                      .sorted(Comparator.comparingLong(row -> row.totals().dirtyBytes()))
                      .toList();
              ChangedBytesRow row = sorted.get((sorted.size() - 1) / 2);
              var column = StringColumn.create(name);
              cells.values().forEach(cell -> column.append(cell.apply(row)));
              table.addColumns(column);
            });
    return table;
  }

  private static String text(@Nullable Long value) {
    return value == null ? "" : value.toString();
  }

  /** As the paper prints rates, in hundredths of a per cent; empty if there is no whole. */
  private static String perCent(long part, long whole) {
    return whole == 0
        ? ""
        : BigDecimal.valueOf(part)
                .movePointRight(2)
                .divide(BigDecimal.valueOf(whole), 2, RoundingMode.HALF_UP)
            + "%";
  }
}
