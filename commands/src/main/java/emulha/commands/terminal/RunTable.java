package emulha.commands.terminal;

import emulha.metrics.RunRow;
import emulha.traces.Interval;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Runs as a table for the terminal. A column without any value is left out. */
public final class RunTable {
  private record Column(String name, boolean text, Function<RunRow, @Nullable String> value) {}

  private static final List<Column> COLUMNS =
      List.of(
          new Column("trace", true, row -> traces(row.key().traces())),
          new Column("method", true, row -> row.setting().method()),
          new Column(
              "interval ms",
              false,
              row -> Interval.milliseconds(row.setting().intervalNs()).toPlainString()),
          new Column("traffic reduction %", false, RunTable::trafficReduction),
          new Column("send CPU us/page", false, row -> perPage(row, row.cpu().senderCpuNs())),
          new Column("receive CPU us/page", false, row -> perPage(row, row.cpu().receiverCpuNs())),
          new Column("send memory KiB", false, row -> kibibytes(row.memory().senderMemoryBytes())),
          new Column(
              "receive memory KiB", false, row -> kibibytes(row.memory().receiverMemoryBytes())),
          new Column("transfer ms", false, RunTable::transfer),
          new Column("late", false, RunTable::late));

  /** Longest text of the series' names that is shown whole. */
  private static final int MAX_TRACES = 60;

  private RunTable() {}

  /** The table, a line per row under a line of headings. */
  public static String of(List<RunRow> rows) {
    List<List<String>> columns = new ArrayList<>();
    for (Column column : COLUMNS) {
      List<@Nullable String> values = rows.stream().map(column.value()).toList();
      if (values.stream().anyMatch(Objects::nonNull)) {
        List<String> cells = new ArrayList<>(List.of(column.name()));
        values.forEach(value -> cells.add(value == null ? "" : value));
        int width = cells.stream().mapToInt(String::length).max().orElse(1);
        String padded = "%" + (column.text() ? "-" : "") + width + "s";
        cells.replaceAll(cell -> padded.formatted(cell));
        columns.add(cells);
      }
    }
    var table = new StringBuilder();
    for (int i = 0; i <= rows.size(); i++) {
      int line = i;
      String cells =
          columns.stream().map(column -> column.get(line)).collect(Collectors.joining("  "));
      table.append(cells.stripTrailing()).append('\n');
    }
    return table.toString();
  }

  /** The series' names; of many, the first and how many they are. */
  private static String traces(String joined) {
    int plus = joined.indexOf('+');
    if (joined.length() <= MAX_TRACES || plus < 0) {
      return joined;
    }
    long series = joined.chars().filter(c -> c == '+').count() + 1;
    return "%s+… (%d series)".formatted(joined.substring(0, plus), series);
  }

  /** As {@code traffic_reduction} of {@code summary.csv}. */
  private static @Nullable String trafficReduction(RunRow row) {
    return row.traffic().rawBytes() == 0
        ? null
        : decimal(100 - 100.0 * row.traffic().payloadBytes() / row.traffic().rawBytes());
  }

  private static @Nullable String perPage(RunRow row, @Nullable Long cpuNs) {
    return cpuNs == null || row.traffic().dirtyPages() == 0
        ? null
        : decimal(cpuNs / 1e3 / row.traffic().dirtyPages());
  }

  private static @Nullable String kibibytes(@Nullable Long bytes) {
    return bytes == null ? null : decimal(bytes / 1024.0);
  }

  private static @Nullable String transfer(RunRow row) {
    Long transferNs = row.timing().transferNs();
    return transferNs == null || row.extent().checkpoints() == 0
        ? null
        : decimal(transferNs / 1e6 / row.extent().checkpoints());
  }

  private static @Nullable String late(RunRow row) {
    Long late = row.timing().lateCheckpoints();
    return late == null ? null : late + " of " + row.extent().checkpoints();
  }

  private static String decimal(double value) {
    return String.format(Locale.ROOT, "%.2f", value);
  }
}
