package emulha.papers;

import emulha.analysis.drawing.Figure;
import emulha.analysis.measures.Evidence;
import emulha.analysis.measures.Summary;
import java.util.List;

/**
 * What a report on a paper shows of results, beside its claims.
 *
 * @param figures the paper's figures, those that the results have something for
 * @param tables its tables; likewise
 * @param points the points of {@code explore.html}
 */
public record Shown(List<Figure> figures, List<ReportTable> tables, List<Summary> points) {
  /** Leaves out figures of which there is nothing. */
  public Shown {
    figures = figures.stream().filter(one -> !one.isEmpty()).toList();
    tables = List.copyOf(tables);
    points = List.copyOf(points);
  }

  /** Figures, and every setting as a point. */
  public static Shown of(Evidence evidence, List<Figure> figures) {
    return new Shown(figures, List.of(), evidence.summaries());
  }
}
