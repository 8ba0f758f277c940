package emulha.analysis.drawing;

import emulha.analysis.drawing.Figure.Mark;
import java.awt.Color;
import java.awt.Shape;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Line2D;
import java.awt.geom.Rectangle2D;
import java.util.ArrayList;
import java.util.List;

/**
 * Texts beside their points, where they hide neither a point nor another text, nor a curve if there
 * is such a place. One thread only.
 */
final class MarkTexts {
  private static final int FONT = 12;

  /** How far from its point a text may stand, in halves of its height. */
  private static final int FARTHEST = 24;

  /** What hiding a piece of a curve counts, against an area of points and texts: less than any. */
  private static final double CURVE = 1e-6;

  private final Scale x;
  private final Scale y;
  private final List<Shape> curves;
  private final List<Rectangle2D> taken = new ArrayList<>();

  /**
   * @param x where the points are across the plot
   * @param y where they are upwards
   * @param curves the areas that the plot's curves cover
   */
  MarkTexts(Scale x, Scale y, List<Shape> curves) {
    this.x = x;
    this.y = y;
    this.curves = List.copyOf(curves);
  }

  /** Writes all texts of a plot. */
  void draw(Ink ink, List<Mark> marks) {
    for (Mark mark : marks) {
      taken.add(dot(mark, Drawing.DOT + 2));
    }
    for (Mark mark : marks) {
      if (mark.ring()) {
        Rectangle2D ring = dot(mark, Drawing.DOT);
        ink.pen(Color.BLACK, Drawing.THIN);
        ink.draw(new Ellipse2D.Double(ring.getX(), ring.getY(), Drawing.DOT, Drawing.DOT));
      }
      Rectangle2D place = place(mark);
      taken.add(place);
      leader(ink, mark, place);
      ink.setColor(Color.WHITE);
      ink.fill(place);
      ink.setColor(Color.BLACK);
      ink.text(mark.text(), FONT, place.getX(), place.getMaxY() - 3);
    }
  }

  private Rectangle2D dot(Mark mark, double diameter) {
    return new Rectangle2D.Double(
        x.along(mark.x()) - diameter / 2, y.screen(mark.y()) - diameter / 2, diameter, diameter);
  }

  /** A line to a text that could not stand beside its point. */
  private void leader(Ink ink, Mark mark, Rectangle2D text) {
    double fromX = x.along(mark.x());
    double fromY = y.screen(mark.y());
    double toX = Math.clamp(fromX, text.getX(), text.getMaxX());
    double toY = Math.clamp(fromY, text.getY(), text.getMaxY());
    if (Math.hypot(toX - fromX, toY - fromY) > 1.5 * Drawing.DOT) {
      ink.pen(Drawing.GREY, Drawing.HAIR);
      ink.draw(new Line2D.Double(fromX, fromY, toX, toY));
    }
  }

  /**
   * Right of the point, left, above or below, further and further off; where nothing is free, the
   * place that hides least.
   */
  Rectangle2D place(Mark mark) {
    double atX = x.along(mark.x());
    double atY = y.screen(mark.y());
    double wide = Typeface.width(mark.text(), FONT);
    double high = FONT + 2;
    double right = atX + Drawing.DOT;
    double left = atX - Drawing.DOT - wide;
    Rectangle2D best = new Rectangle2D.Double(right, atY - high / 2, wide, high);
    double hidden = Double.POSITIVE_INFINITY;
    var inside = new Rectangle2D.Double(0, 0, x.length(), y.length());
    for (double off = 0; off < FARTHEST * high / 2; off += high / 2) {
      for (double[] to :
          new double[][] {
            {right, atY - high / 2 - off},
            {right, atY - high / 2 + off},
            {left, atY - high / 2 - off},
            {left, atY - high / 2 + off},
            {atX - wide / 2, atY - Drawing.DOT - high - off},
            {atX - wide / 2, atY + Drawing.DOT + off}
          }) {
        var here = new Rectangle2D.Double(to[0], to[1], wide, high);
        double hides = inside.contains(here) ? hidden(here) : Double.POSITIVE_INFINITY;
        if (hides == 0) {
          return here;
        }
        if (hides < hidden) {
          hidden = hides;
          best = here;
        }
      }
    }
    return best;
  }

  /** How much a text at a place would hide. */
  private double hidden(Rectangle2D text) {
    return taken.stream().mapToDouble(other -> overlap(text, other)).sum()
        + CURVE * curves.stream().filter(curve -> curve.intersects(text)).count();
  }

  private static double overlap(Rectangle2D one, Rectangle2D other) {
    Rectangle2D both = one.createIntersection(other);
    return both.isEmpty() ? 0 : both.getWidth() * both.getHeight();
  }
}
