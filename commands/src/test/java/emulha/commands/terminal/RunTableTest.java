package emulha.commands.terminal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import emulha.codecs.Method;
import emulha.experiments.reduce.Reduction;
import emulha.metrics.RunRow;
import emulha.runs.Base;
import emulha.testsupport.MadeSeries;
import emulha.traces.Series;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunTableTest {
  // The names of 400 VMs in one cell pushed every figure off the screen.
  @Test
  void manySeriesStayReadable(@TempDir Path directory) throws IOException {
    Path series = MadeSeries.small(directory.resolve("web-shop"));
    List<Series> many = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      many.add(Series.at(series));
    }
    RunRow all = Reduction.run("1", many, Method.parse("none"), Base.SKIP, row -> {});
    RunRow two = Reduction.run("2", many.subList(0, 2), Method.parse("none"), Base.SKIP, row -> {});
    List<String> lines = RunTable.of(List.of(all, two)).lines().toList();
    assertTrue(lines.get(1).startsWith("web-shop+… (30 series)  none"), lines.get(1));
    assertTrue(lines.get(2).startsWith("web-shop+web-shop "), lines.get(2));
    assertEquals(lines.get(1).indexOf("none"), lines.get(2).indexOf("none"));
  }
}
