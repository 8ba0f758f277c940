package emulha.analysis.measures;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import emulha.analysis.drawing.Figure;
import emulha.analysis.drawing.PlotScript;
import emulha.metrics.DataDictionary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

final class DataDictionaryTest {
  /** Without it the document would go on describing columns that the files no longer have. */
  @Test
  void committedDocumentIsTheDeclarations() throws IOException {
    Path document = Path.of(System.getProperty("emulha.root"), "docs", "DATA_DICTIONARY.md");
    String declared = DataDictionary.markdown() + DerivedColumns.markdown();
    if (Boolean.getBoolean("emulha.regenerate")) {
      Files.writeString(document, declared);
    }
    assertEquals(
        declared,
        Files.exists(document) ? Files.readString(document) : "",
        "docs/DATA_DICTIONARY.md is not what the code declares; regenerate it with:"
            + " ./mvnw -q -pl analysis -am test -Dtest=DataDictionaryTest"
            + " -Dsurefire.failIfNoSpecifiedTests=false -Demulha.regenerate=true");
  }

  /** A column that nobody explains is read as what its name suggests. */
  @Test
  void refusesFiguresWithColumnsThatAreNotExplained() {
    DerivedColumns.require("f", Numbers.of(List.of(), List.of(Measure.values())));
    DerivedColumns.require(
        "f", Table.create(StringColumn.create("what"), DoubleColumn.create("redis")));
    Table unknown = Table.create(StringColumn.create("method"), DoubleColumn.create("speed"));
    String problem =
        assertThrows(IllegalStateException.class, () -> DerivedColumns.require("f", unknown))
            .getMessage();
    assertTrue(problem.contains("speed"), problem);
  }

  /** What a script draws from. */
  @Test
  void plotsHaveTheDeclaredColumns() {
    var bars =
        new Figure.Bars(
            "x",
            List.of("a"),
            Figure.Axis.fitted("y", false),
            List.of(new Figure.BarSeries("one", List.of(Estimate.exact(1)))));
    var figure = new Figure("f", "A caption.", bars, Table.create("t"));
    assertEquals(DerivedColumns.of("plot.csv"), PlotScript.data(figure).columnNames());
  }
}
