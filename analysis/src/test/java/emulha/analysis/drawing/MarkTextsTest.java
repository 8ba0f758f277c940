package emulha.analysis.drawing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import emulha.analysis.drawing.Figure.Mark;
import java.awt.Shape;
import java.awt.geom.Rectangle2D;
import java.util.List;
import org.junit.jupiter.api.Test;

class MarkTextsTest {
  private static final Scale ACROSS = new Scale(false, 0, 100, 300);
  private static final Scale UPWARDS = new Scale(false, 0, 100, 200);
  private static final Rectangle2D PLOT = new Rectangle2D.Double(0, 0, 300, 200);
  private static final Mark MIDDLE = new Mark(50, 50, "1.2 Gb/s", true);

  private static Rectangle2D place(Shape... curves) {
    return new MarkTexts(ACROSS, UPWARDS, List.of(curves)).place(MIDDLE);
  }

  @Test
  void standsBesideItsPointWhereNothingIsInTheWay() {
    Rectangle2D text = place();
    assertEquals(100, text.getCenterY());
    assertEquals(150 + Drawing.DOT, text.getX());
  }

  /** A text that hides a curve makes two of it. */
  @Test
  void hidesNoCurveThatItCanGoAround() {
    Rectangle2D across = new Rectangle2D.Double(0, 80, 300, 40);
    Rectangle2D text = place(across);
    assertFalse(across.intersects(text), text.toString());
    assertTrue(PLOT.contains(text), text.toString());
  }

  @Test
  void hidesTheFewerOfTwoCurvesRatherThanNoneOutsideThePlot() {
    Rectangle2D upper = new Rectangle2D.Double(0, 0, 300, 100);
    Rectangle2D all = new Rectangle2D.Double(-100, -100, 600, 600);
    Rectangle2D text = place(all, upper);
    assertTrue(all.intersects(text));
    assertFalse(upper.intersects(text), text.toString());
    assertTrue(PLOT.contains(text), text.toString());
  }
}
