package emulha.papers;

import emulha.analysis.drawing.Figure;
import emulha.analysis.measures.Evidence;
import emulha.analysis.measures.Summary;
import java.util.List;

/** What a report on a paper shows of results, beside its claims. Without state. */
@FunctionalInterface
public interface Presentation {
  /** The paper's figures, those that the results have something for. */
  List<Figure> figures(Evidence evidence);

  /** Its tables; likewise. */
  default List<ReportTable> tables(Evidence evidence) {
    return List.of();
  }

  /** The points of {@code explore.html}. */
  default List<Summary> points(Evidence evidence) {
    return evidence.summaries();
  }
}
