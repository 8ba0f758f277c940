package emulha.papers.hou2013;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import emulha.analysis.drawing.Figure;
import emulha.analysis.drawing.Figure.Curve;
import emulha.analysis.drawing.Figure.Curves;
import emulha.analysis.drawing.Figure.Point;
import emulha.analysis.measures.Evidence;
import emulha.metrics.CheckpointRow;
import emulha.metrics.RunRow;
import emulha.testsupport.Rows;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What of a workload's transfers is one figure. */
final class HouFiguresTest {
  private static final RunRow.Network GIGABIT =
      new RunRow.Network("imitated", 1_000_000_000L, null, "none");
  private static final String NAME = "hou-figure-5-gigabit-";

  @TempDir Path directory;

  private final List<RunRow> runs = new ArrayList<>();
  private final List<CheckpointRow> rows = new ArrayList<>();

  private void measured(String traces, long intervalMs) {
    RunRow run = Rows.run("", traces, "none", intervalMs);
    add(Rows.with(run, "run-" + runs.size(), 1, GIGABIT, null));
  }

  private void overLoopback(String traces, long intervalMs) {
    add(Rows.run("run-" + runs.size(), traces, "none", intervalMs));
  }

  private void add(RunRow run) {
    runs.add(run);
    for (int c = 0; c < 10; c++) {
      rows.add(Rows.checkpoint(run, 1, "hpcc", c, 10, 40960, 1000L, 400_000L));
    }
  }

  /** Those at the link's speed, by what their names say after {@link #NAME}. */
  private List<Figure> figures() throws IOException {
    Rows.write(directory.resolve("results"), runs, rows);
    return HouFigures.of(Evidence.read(directory.resolve("results"))).figures().stream()
        .filter(figure -> figure.name().startsWith(NAME))
        .toList();
  }

  private static List<String> names(List<Figure> figures) {
    return figures.stream().map(figure -> figure.name().substring(NAME.length())).toList();
  }

  /** In the paper's Figure 5 a workload's intervals are one curve, from 25 ms to 5 s. */
  @Test
  void partsReplayedAtIntervalsOfTheirOwnAreOneCurve() throws IOException {
    measured("hpcc-5s", 25);
    measured("hpcc-50s", 5000);
    measured("hpcc-20s", 1000);
    List<Figure> figures = figures();
    assertEquals(List.of("hpcc-load"), names(figures));
    Figure figure = figures.getFirst();
    Curve none = ((Curves) figure.plot()).curves().getFirst();
    assertEquals(List.of(25.0, 1000.0, 5000.0), none.points().stream().map(Point::x).toList());
    assertTrue(figure.what().contains("hpcc-5s, hpcc-20s, hpcc-50s"), figure.what());
  }

  /** Two recordings of a workload joined would be a curve through both. */
  @Test
  void whatWouldBeOnePointIsApart() throws IOException {
    measured("hpcc-a", 25);
    measured("hpcc-b", 25);
    measured("hpcc-b", 50);
    assertEquals(List.of("hpcc-load-hpcc-a", "hpcc-load-hpcc-b"), names(figures()));
  }

  /** Of one method and interval, measured by two programs, the whole report was refused. */
  @Test
  void whatTwoProgramsMeasuredIsApart() throws IOException {
    for (String commit : List.of("c0ffee0000", "decade0000")) {
      runs.clear();
      rows.clear();
      RunRow run = Rows.run("", "hpcc-5s", "none", 25);
      add(Rows.with(run, commit, 1, GIGABIT, null));
      Path of = directory.resolve("results").resolve(commit);
      Rows.write(of, runs, rows);
      Files.writeString(
          of.resolve("manifest.json"),
          "{\"environment\": {\"gitCommit\": \"%s\", \"jdk\": \"25\"}}".formatted(commit));
    }
    assertEquals(
        List.of("hpcc-load-c0ffee0000", "hpcc-load-decade0000"),
        names(
            HouFigures.of(Evidence.read(directory.resolve("results"))).figures().stream()
                .filter(figure -> figure.name().startsWith(NAME))
                .toList()));
  }

  /** A model beside the measurement that it stands in for would be taken for a second one. */
  @Test
  void whatIsMeasuredIsNotModelled() throws IOException {
    measured("hpcc-5s", 100);
    overLoopback("hpcc-10s", 100);
    overLoopback("hpcc-10s", 25);
    List<Figure> figures = figures();
    assertEquals(2, figures.size());
    assertEquals("hpcc-load", names(figures).getFirst());
    assertTrue(names(figures).getLast().startsWith("modelled-"), names(figures).toString());
    assertEquals(1, figures.getLast().numbers().rowCount(), "25 ms alone");
  }
}
