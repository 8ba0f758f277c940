package emulha.analysis.figures;

import static org.junit.jupiter.api.Assertions.assertEquals;

import emulha.analysis.drawing.Figure;
import emulha.analysis.drawing.Figure.Bars;
import emulha.analysis.measures.ClusterGain;
import emulha.analysis.measures.Setting;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ClusterFiguresTest {
  private static ClusterGain gain(String vm, String traces, double clusterReduction) {
    var setting =
        new Setting(
            traces,
            "recording",
            "similarity",
            25_000_000,
            new Setting.Way("reduce", "none", "skip", ""),
            new Setting.Link("as-is", null, null, false),
            List.of());
    return new ClusterGain(vm, setting, vm + "-load", 2, 0.125, clusterReduction, 0, 0.5);
  }

  /** The bars of a VM in two clusters were those of the first, and its numbers were of both. */
  @Test
  void aVmOfTwoClustersHasAFigureOfEach() {
    List<Figure> figures =
        ClusterFigures.of(
            "f-",
            List.of(
                gain("a", "a+b", 0.25),
                gain("b", "a+b", 0.5),
                gain("b", "b+c", 0.75),
                gain("c", "b+c", 1)));
    assertEquals(
        List.of("f-a", "f-b-in-a-b", "f-b-in-b-c", "f-c"),
        figures.stream().map(Figure::name).toList());
    List<Double> together =
        figures.stream()
            .map(one -> ((Bars) one.plot()).series().getLast().values().getFirst().value())
            .toList();
    assertEquals(List.of(25.0, 50.0, 75.0, 100.0), together);
    for (Figure one : figures) {
      assertEquals(1, one.numbers().rowCount(), one.name());
    }
  }
}
