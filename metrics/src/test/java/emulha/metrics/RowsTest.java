package emulha.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import emulha.metrics.columns.Columns;
import emulha.metrics.columns.Metric;
import emulha.metrics.columns.Metric.Aggregation;
import emulha.metrics.columns.Metric.Meaning;
import emulha.metrics.columns.Metric.Unit;
import emulha.metrics.columns.RowReader;
import emulha.metrics.columns.RowWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

@Isolated("sets the locale")
final class RowsTest {
  record Row(
      @Metric(unit = Unit.KEY, aggregation = Aggregation.KEY) @Meaning("A name") String method,
      @Metric(unit = Unit.BYTES, aggregation = Aggregation.SUM) @Meaning("A size") long wireBytes,
      @Metric(unit = Unit.COUNT, aggregation = Aggregation.SUM) @Meaning("A count")
          @Nullable Long cacheHits,
      @Metric(unit = Unit.COUNT, aggregation = Aggregation.SUM) @Meaning("A count") int vms,
      @Metric(unit = Unit.FLAG, aggregation = Aggregation.ALL) @Meaning("A flag")
          @Nullable Boolean late) {}

  private static final List<Row> ROWS =
      List.of(
          new Row("gzip:level=6,scope=page", Long.MAX_VALUE, 0L, 1, true),
          new Row("null", 0, null, 4, null),
          new Row("NA", 5_000_000_000L, -1L, Integer.MIN_VALUE, false),
          new Row("a \"quoted\"\nname, ünï", 1, 2L, 3, false));

  private static final String TEXT =
      """
      method,wire_bytes,cache_hits,vms,late
      "gzip:level=6,scope=page",9223372036854775807,0,1,true
      null,0,,4,
      NA,5000000000,-1,-2147483648,false
      "a ""quoted""
      name, ünï",1,2,3,false
      """;

  @TempDir Path directory;

  private Path write(String text) throws IOException {
    return Files.writeString(directory.resolve("given.csv"), text);
  }

  private String refusal(String text) throws IOException {
    Path path = write(text);
    String message =
        assertThrows(IOException.class, () -> RowReader.all(path, Row.class)).getMessage();
    assertTrue(message.startsWith(path.toString()), message);
    assertFalse(message.contains("\n"), message);
    return message;
  }

  /**
   * Without this, a VM named by a stranger could be a formula that a spreadsheet runs, or a name
   * would come back as another.
   */
  @Test
  void noTextBeginsAsAFormula() throws IOException {
    List<String> names =
        List.of(
            "=cmd|' /C calc'!A0",
            "+1+1",
            "-2+3",
            "@SUM(1)",
            "\t=1",
            "'=1",
            "''=1",
            "'plain",
            "-5",
            "+1.5e3",
            "=");
    Path file = directory.resolve("rows.csv");
    try (var writer = RowWriter.open(file, Row.class)) {
      for (String name : names) {
        writer.write(new Row(name, -7, -1L, -1, false));
      }
      writer.commit();
    }
    assertEquals(names, RowReader.all(file, Row.class).stream().map(Row::method).toList());
    for (String line : Files.readAllLines(file)) {
      assertFalse(line.matches("\"?[=+@\t].*") && !line.startsWith("+1.5e3,"), line);
      assertFalse(line.startsWith("-2"), line);
    }
    assertTrue(
        Files.readString(file).contains("\n-5,-7,-1,-1,false\n"), "numbers are as they were");
  }

  /**
   * Against the literal text: a null written as 0, a rounded or grouped integer, or a method named
   * "null" taken for missing would pass unseen into every figure.
   */
  @Test
  void writesExactlyTheDeclaredText() throws IOException {
    Locale before = Locale.getDefault();
    Locale.setDefault(Locale.forLanguageTag("ar-EG-u-nu-arab"));
    try (var writer = RowWriter.open(directory.resolve("rows.csv"), Row.class)) {
      for (Row row : ROWS) {
        writer.write(row);
      }
      writer.commit();
    } finally {
      Locale.setDefault(before);
    }
    assertEquals(TEXT, Files.readString(directory.resolve("rows.csv")));
  }

  @Test
  void readsBackWhatWasWritten() throws IOException {
    assertEquals(ROWS, RowReader.all(write(TEXT), Row.class));
    assertEquals(
        List.of(), RowReader.all(write("method,wire_bytes,cache_hits,vms,late\n"), Row.class));
  }

  /** An interrupted run that leaves a plausible file would be taken for a complete one. */
  @Test
  void leavesNothingUncommitted() throws IOException {
    Path path = directory.resolve("new/rows.csv");
    try (var writer = RowWriter.open(path, Row.class)) {
      writer.write(ROWS.getFirst());
      assertFalse(Files.exists(path));
    }
    try (var files = Files.list(path.getParent())) {
      assertEquals(List.of(), files.toList());
    }
    try (var writer = RowWriter.open(path, Row.class)) {
      writer.commit();
      assertThrows(IllegalStateException.class, () -> writer.write(ROWS.getFirst()));
    }
    try (var files = Files.list(path.getParent())) {
      assertEquals(List.of(path), files.toList());
    }
  }

  /** Rows of two commands in one file would look right. */
  @Test
  void oneWritesAtATime() throws IOException {
    Path path = directory.resolve("rows.csv");
    try (var writer = RowWriter.open(path, Row.class)) {
      String message =
          assertThrows(IOException.class, () -> RowWriter.open(path, Row.class)).getMessage();
      assertTrue(message.contains("another emulha is writing there"), message);
      writer.writeAll(ROWS);
      writer.commit();
    }
    assertEquals(TEXT, Files.readString(path));
    assertThrows(IOException.class, () -> RowWriter.open(path, Row.class));
    try (var files = Files.list(directory)) {
      assertEquals(List.of(path), files.toList());
    }
  }

  /** Who looks for results in all directories must not find half of one. */
  @Test
  void nothingHalfWrittenHasAName() throws IOException {
    try (var writer = RowWriter.open(directory.resolve("rows.csv"), Row.class);
        var files = Files.walk(directory)) {
      writer.write(ROWS.getFirst());
      assertFalse(files.anyMatch(file -> file.endsWith("rows.csv")));
    }
  }

  /** What a killed command of version 1.0.0 left must not refuse every later one in its place. */
  @Test
  void takesAwayWhatAnEarlierVersionLeft() throws IOException {
    Files.writeString(directory.resolve(".rows.csv.partial"), "cut of");
    assertEquals(TEXT, Files.readString(write(directory.resolve("rows.csv"))));
  }

  /** Behind a link, the text of a path leads elsewhere than the path. */
  @Test
  void writesWhereThePathLeads() throws IOException {
    Path there = Files.createDirectories(directory.resolve("there/in"));
    Path link = Files.createSymbolicLink(directory.resolve("link"), there);
    Path written = write(link.resolve("../rows.csv"));
    assertEquals(TEXT, Files.readString(directory.resolve("there/rows.csv")));
    assertTrue(Files.isSameFile(written, directory.resolve("there/rows.csv")));
    try (var files = Files.list(directory)) {
      assertEquals(2, files.count(), "nothing beside");
    }
  }

  private static Path write(Path path) throws IOException {
    try (var writer = RowWriter.open(path, Row.class)) {
      writer.writeAll(ROWS);
      writer.commit();
    }
    return path;
  }

  /** Results of an earlier run must not vanish under those of a later one. */
  @Test
  void refusesToReplaceResults() throws IOException {
    Path path = write("kept\n");
    String message =
        assertThrows(IOException.class, () -> RowWriter.open(path, Row.class)).getMessage();
    assertTrue(message.contains("results are there already"), message);
    assertEquals("kept\n", Files.readString(path));
  }

  @Test
  void namesMissingAndUnknownColumns() throws IOException {
    String message = refusal("method,wire_byte,cache_hits,late\n");
    assertTrue(message.contains("missing columns: wire_bytes, vms"), message);
    assertTrue(message.contains("unknown columns: wire_byte;"), message);
    assertTrue(
        refusal("wire_bytes,method,cache_hits,vms,late\n").contains("columns in another order"));
    assertTrue(
        refusal("method,wire_bytes,cache_hits,vms,late,late\n")
            .contains("columns given twice: late"));
    assertTrue(refusal("").contains("missing columns: method, wire_bytes"));
  }

  /** A line of sixty names would be read by nobody. */
  @Test
  void namesFewColumns() throws IOException {
    Path path = directory.resolve("runs.csv");
    Files.writeString(path, "run_id,sender_cpu_nanos,recovery\n");
    String message =
        assertThrows(IOException.class, () -> RowReader.all(path, RunRow.class)).getMessage();
    assertTrue(message.contains("missing columns: sender_cpu_ns, recovery_ns, "), message);
    int columns = Columns.of(RunRow.class).names().size();
    assertTrue(message.contains(" and %d more; ".formatted(columns - 1 - 5)), message);
    assertTrue(message.contains("; unknown columns: sender_cpu_nanos, recovery; "), message);
    assertTrue(message.endsWith("docs/DATA_DICTIONARY.md lists, in their order"), message);
  }

  /** Each of these, read leniently, would become a wrong number. */
  @Test
  void refusesWhatIsNotOfItsType() throws IOException {
    String header = "method,wire_bytes,cache_hits,vms,late\n";
    assertTrue(
        refusal(header + "a,1,,1,\nb,1.5,,1,\n")
            .contains("row 2: column wire_bytes: expected an integer, found '1.5'"));
    assertTrue(refusal(header + "a,,,1,\n").contains("column wire_bytes"));
    assertTrue(refusal(header + "a,9223372036854775808,,1,\n").contains("column wire_bytes"));
    assertTrue(refusal(header + "a,1,,2147483648,\n").contains("column vms"));
    assertTrue(refusal(header + "a,1,,1,yes\n").contains("expected true or false, found 'yes'"));
    assertTrue(refusal(header + "a,1,,1\n").contains("expected 5 values, found 4"));
    assertTrue(refusal(header + "a,1,,1,,\n").contains("expected 5 values, found 6"));
    assertTrue(refusal(header + "\n").contains("expected 5 values"));
    assertTrue(refusal(header + "a,1,,1,\nb,1,,1,true").contains("is cut off"));
    assertTrue(refusal(header + "\"a,1,,1,\n").contains("is not CSV"));
  }

  @Test
  void refusesRecordsThatDoNotDeclareTheirColumns() {
    record Undeclared(long bytes) {}
    record Boxed(
        @Metric(unit = Unit.BYTES, aggregation = Aggregation.SUM) @Meaning("Size") Long bytes) {}
    record Fraction(
        @Metric(unit = Unit.BYTES, aggregation = Aggregation.SUM) @Meaning("Size") double bytes) {}
    assertEquals(
        "Undeclared.bytes declares no metric",
        assertThrows(IllegalStateException.class, () -> Columns.of(Undeclared.class)).getMessage());
    assertThrows(IllegalStateException.class, () -> Columns.of(Boxed.class));
    assertThrows(IllegalStateException.class, () -> Columns.of(Fraction.class));
  }
}
