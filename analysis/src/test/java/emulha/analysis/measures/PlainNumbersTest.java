package emulha.analysis.measures;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.Table;

final class PlainNumbersTest {
  // 7.0E7 is text to some spreadsheets, and sorts before 8.
  @Test
  void csvHasNoExponents() {
    var column = DoubleColumn.create("x");
    for (double x : new double[] {7.0e7, 1.25e-5, 0.1, 2, -1.5e10, 1e300}) {
      column.append(x);
    }
    List<String> lines = TableText.csv(Table.create(column)).lines().toList();
    assertEquals("70000000", lines.get(1));
    assertEquals("0.0000125", lines.get(2));
    assertEquals("0.1", lines.get(3));
    assertEquals("2.0", lines.get(4));
    assertEquals("-15000000000", lines.get(5));
    assertEquals("1" + "0".repeat(300), lines.get(6));
    for (int i = 1; i < lines.size(); i++) {
      assertEquals(column.get(i - 1), Double.parseDouble(lines.get(i)));
    }
  }
}
