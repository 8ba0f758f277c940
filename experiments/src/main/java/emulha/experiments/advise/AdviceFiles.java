package emulha.experiments.advise;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import emulha.analysis.drawing.Figure;
import emulha.analysis.drawing.Width;
import emulha.analysis.figures.Figures;
import emulha.analysis.figures.Gallery;
import emulha.analysis.figures.TraceFigures;
import emulha.analysis.figures.Tradeoffs;
import emulha.analysis.measures.Estimate;
import emulha.analysis.measures.Results;
import emulha.analysis.measures.RowColumn;
import emulha.analysis.measures.TableText;
import emulha.experiments.advise.Advice.Candidate;
import emulha.files.WholeFile;
import emulha.metrics.MissRatioRow;
import emulha.metrics.columns.RowReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Collectors;
import tech.tablesaw.api.Table;

/** Advice as files: JSON, CSV, figures. */
public final class AdviceFiles {
  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .enable(SerializationFeature.INDENT_OUTPUT)
          .build();

  private AdviceFiles() {}

  /** As JSON, names in snake case. */
  public static String json(Advice advice) throws IOException {
    return JSON.writeValueAsString(advice) + "\n";
  }

  /** The candidates as a table, a row each, unrounded. */
  public static Table table(Advice advice) {
    List<RowColumn<Candidate>> columns = new ArrayList<>();
    columns.add(RowColumn.text("method", Candidate::method));
    columns.addAll(estimate("wire_traffic_reduction", one -> one.traffic().reduction()));
    columns.addAll(estimate("transfer_ns", one -> one.traffic().transferNs()));
    columns.add(RowColumn.flag("transfer_measured", one -> one.traffic().transferMeasured()));
    columns.addAll(estimate("late_share", one -> one.traffic().lateShare()));
    columns.addAll(estimate("sender_cpu_share", one -> one.cost().senderCpuShare()));
    columns.addAll(estimate("receiver_cpu_share", one -> one.cost().receiverCpuShare()));
    columns.add(RowColumn.whole("sender_memory_bytes", one -> one.cost().senderMemoryBytes()));
    columns.add(RowColumn.whole("receiver_memory_bytes", one -> one.cost().receiverMemoryBytes()));
    columns.add(
        RowColumn.text(
            "exceeds",
            one ->
                one.exceeds().keySet().stream()
                    .map(limit -> limit.name().toLowerCase(Locale.ROOT))
                    .collect(Collectors.joining(" "))));
    return RowColumn.table(columns, advice.candidates());
  }

  private static List<RowColumn<Candidate>> estimate(
      String name, Function<Candidate, Estimate> estimate) {
    return List.of(
        RowColumn.number(name, one -> estimate.apply(one).value()),
        RowColumn.number(name + "_low", one -> estimate.apply(one).low()),
        RowColumn.number(name + "_high", one -> estimate.apply(one).high()));
  }

  /**
   * Writes {@code advice.json}, {@code advice.csv}, and the figures: reduction against CPU time of
   * the methods (Pareto), and the miss-ratio curve.
   *
   * @param in the sample that the advice was read from
   * @param out made if absent; older files of the same names are replaced
   */
  public static void write(Advice advice, Path in, Path out, Width width) throws IOException {
    Files.createDirectories(out);
    WholeFile.write(out.resolve("advice.json"), json(advice));
    WholeFile.write(out.resolve("advice.csv"), TableText.csv(table(advice)));
    List<Figure> figures = new ArrayList<>();
    Results plain = Results.read(in).overNetworkAsItIs();
    Tradeoffs.pareto("pareto", Adviser.summaries(plain, advice.of().stretches()))
        .ifPresent(figures::add);
    figures.add(
        TraceFigures.missRatios(
            RowReader.all(in.resolve(Adviser.MISS_RATIO), MissRatioRow.class),
            advice.of().pageBytes()));
    Gallery.of(figures, Figures.palette(figures), width).write(out.resolve("figures"));
  }
}
