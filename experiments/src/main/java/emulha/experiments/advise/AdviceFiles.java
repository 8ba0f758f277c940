package emulha.experiments.advise;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import emulha.analysis.drawing.Figure;
import emulha.analysis.drawing.Width;
import emulha.analysis.figures.Figures;
import emulha.analysis.figures.TraceFigures;
import emulha.analysis.figures.Tradeoffs;
import emulha.analysis.measures.Estimate;
import emulha.analysis.measures.Results;
import emulha.analysis.measures.TableText;
import emulha.experiments.advise.Advice.Candidate;
import emulha.files.WholeFile;
import emulha.metrics.MissRatioRow;
import emulha.metrics.columns.RowReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import tech.tablesaw.api.BooleanColumn;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.LongColumn;
import tech.tablesaw.api.StringColumn;
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
  public static String json(Advice advice) {
    try {
      return JSON.writeValueAsString(advice) + "\n";
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The candidates as a table, a row each, unrounded. */
  public static Table table(Advice advice) {
    List<Candidate> candidates = advice.candidates();
    Table table =
        Table.create(
            StringColumn.create("method", candidates.stream().map(Candidate::method).toList()));
    add(table, candidates, "wire_traffic_reduction", one -> one.traffic().reduction());
    add(table, candidates, "transfer_ns", one -> one.traffic().transferNs());
    table.addColumns(
        BooleanColumn.create(
            "transfer_measured",
            candidates.stream().map(one -> one.traffic().transferMeasured()).toList()));
    add(table, candidates, "late_share", one -> one.traffic().lateShare());
    add(table, candidates, "sender_cpu_share", one -> one.cost().senderCpuShare());
    add(table, candidates, "receiver_cpu_share", one -> one.cost().receiverCpuShare());
    table.addColumns(
        LongColumn.create(
            "sender_memory_bytes",
            candidates.stream().mapToLong(one -> one.cost().senderMemoryBytes()).toArray()),
        LongColumn.create(
            "receiver_memory_bytes",
            candidates.stream().mapToLong(one -> one.cost().receiverMemoryBytes()).toArray()),
        StringColumn.create(
            "exceeds",
            candidates.stream()
                .map(
                    candidate ->
                        String.join(
                            " ",
                            candidate.exceeds().keySet().stream()
                                .map(limit -> limit.name().toLowerCase(Locale.ROOT))
                                .toList()))
                .toList()));
    return table;
  }

  private static void add(
      Table table,
      List<Candidate> candidates,
      String name,
      Function<Candidate, Estimate> estimate) {
    var value = DoubleColumn.create(name);
    var low = DoubleColumn.create(name + "_low");
    var high = DoubleColumn.create(name + "_high");
    for (Candidate one : candidates) {
      Estimate some = estimate.apply(one);
      value.append(some.value());
      low.append(some.low());
      high.append(some.high());
    }
    table.addColumns(value, low, high);
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
    TraceFigures.missRatios(
            RowReader.all(in.resolve(Adviser.MISS_RATIO), MissRatioRow.class),
            advice.of().pageBytes())
        .ifPresent(figures::add);
    Figures.write(figures, Files.createDirectories(out.resolve("figures")), width);
  }
}
