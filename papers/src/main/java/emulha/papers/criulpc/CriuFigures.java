package emulha.papers.criulpc;

import emulha.analysis.drawing.Figure;
import emulha.analysis.drawing.Figure.Axis;
import emulha.analysis.drawing.Figure.BarSeries;
import emulha.analysis.drawing.Figure.Bars;
import emulha.analysis.figures.Figures;
import emulha.analysis.measures.Estimate;
import emulha.analysis.measures.Evidence;
import emulha.analysis.measures.Labels;
import emulha.analysis.measures.Measure;
import emulha.analysis.measures.Numbers;
import emulha.analysis.measures.Summary;
import emulha.codecs.Method;
import emulha.codecs.criu.Criu;
import emulha.codecs.criu.CriuNaive;
import emulha.codecs.general.Lz4;
import emulha.codecs.general.Lz4hc;
import emulha.emulharcv.stores.StoreKind;
import emulha.papers.Shown;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.LongColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/** The memhog table and the comparison of compressing after and while dumping, of the CRIU talk. */
public final class CriuFigures {
  private static final List<Long> GIBIBYTES = List.of(1L, 2L, 4L, 8L, 16L, 32L);

  /** Stages of the ways to dump. */
  private static final Set<String> DUMPS = Set.of(Criu.NAME, CriuNaive.NAME);

  private static final Set<String> LZ4 = Set.of(Lz4.NAME, Lz4hc.NAME);
  private static final double GIBIBYTE = 1L << 30;

  private CriuFigures() {}

  public static Shown of(Evidence evidence) {
    List<Summary> dumped =
        evidence.stored().stream()
            .filter(s -> StoreKind.DUMPS.contains(s.setting().way().store()))
            .toList();
    return Shown.of(
        evidence,
        List.of(
            memhog(evidence.sets()),
            stores(
                "criu-lpc-storage",
                "Peak storage of the base and the images of all checkpoints: the naive way needs room"
                    + " for an image and its compressed form at once, and punches nothing out of"
                    + " parents.",
                dumped,
                Measure.STORE_PEAK_BYTES,
                "peak storage (MB)"),
            stores(
                "criu-lpc-dump",
                "Time to dump a checkpoint to images, mean over the checkpoints.",
                dumped,
                Measure.STORE_WRITE_NS,
                "dump (ms)"),
            stores(
                "criu-lpc-restore",
                "Time to restore all memory from the images of the base and all checkpoints.",
                dumped,
                Measure.RECOVERY_NS,
                "restore (ms)"),
            time(evidence.sets())));
  }

  private static Figure memhog(List<Summary> sets) {
    List<Summary> some =
        Figures.having(sets, Measure.PAYLOAD_BYTES_PER_PAGE).stream()
            .filter(s -> s.of().workload().toLowerCase(Locale.ROOT).startsWith("memhog"))
            .filter(s -> DUMPS.contains(firstStage(s)) || LZ4.contains(firstStage(s)))
            .toList();
    List<BarSeries> series = new ArrayList<>();
    var method = StringColumn.create("method");
    var size = LongColumn.create("memory_gib");
    var perPage = DoubleColumn.create("payload_bytes_per_page");
    var bytes = DoubleColumn.create("extrapolated_bytes");
    for (Summary summary : some) {
      double page = summary.value(Measure.PAYLOAD_BYTES_PER_PAGE);
      List<@Nullable Estimate> values = new ArrayList<>();
      for (long gibibytes : GIBIBYTES) {
        double all = page * (GIBIBYTE / summary.pageBytes()) * gibibytes;
        values.add(Estimate.exact(all * 1e-6));
        method.append(summary.method());
        size.append(gibibytes);
        perPage.append(page);
        bytes.append(all);
      }
      series.add(new BarSeries(summary.method() + Labels.conditions(some).apply(summary), values));
    }
    return new Figure(
        "criu-lpc-memhog",
        "Compressed size of memory filled by memhog: extrapolated from the exact size of its pages"
            + " (the talk's table: 6.6 MB for 1 GB, 209 MB for 32 GB).",
        new Bars(
            "memory (GiB)",
            GIBIBYTES.stream().map(g -> Long.toString(g)).toList(),
            Axis.fitted("compressed size (MB)", true),
            series),
        Table.create(method, size, perPage, bytes));
  }

  /** What dumping to images and restoring from them takes, compressed while dumping and after. */
  private static Figure stores(
      String name, String caption, List<Summary> some, Measure measure, String axis) {
    List<Measure> measures =
        List.of(
            Measure.STORE_WRITE_NS,
            Measure.STORE_PEAK_BYTES,
            Measure.STORE_BYTES,
            Measure.RECOVERY_NS);
    return new Figure(
        name,
        caption,
        Figures.bars(
            "workload",
            some,
            s -> s.setting().traces(),
            s -> s.setting().way().store(),
            measure,
            1e-6,
            Axis.fitted(axis, false)),
        Numbers.of(some, measures));
  }

  private static String firstStage(Summary summary) {
    return Method.firstStage(summary.method());
  }

  private static Figure time(List<Summary> sets) {
    List<Summary> some =
        Figures.having(sets, Measure.SENDER_CPU_NS_PER_PAGE).stream()
            .filter(s -> DUMPS.contains(firstStage(s)))
            .toList();
    return new Figure(
        "criu-lpc-time",
        "CPU time per page of compressing while dumping and afterwards.",
        Figures.bars(
            "workload",
            some,
            Labels.withInterval(some),
            Summary::method,
            Measure.SENDER_CPU_NS_PER_PAGE,
            1e-3,
            Axis.fitted("CPU time per page (µs)", false)),
        Numbers.of(some, List.of(Measure.SENDER_CPU_NS_PER_PAGE)));
  }
}
