package emulha.analysis.drawing;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.Shape;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Line2D;
import java.awt.geom.Path2D;
import java.awt.geom.Rectangle2D;

/** Patterns that tell filled shapes apart without colour. */
public enum Hatch {
  SOLID,
  /** Lines rising to the right. */
  RISING,
  /** Filled with a light tint. */
  TINT,
  /** Lines falling to the right. */
  FALLING,
  HORIZONTAL,
  /** Rising and falling lines. */
  CROSSED,
  DOTS,
  VERTICAL;

  private static final double SPACING = 7;
  private static final BasicStroke LINE = new BasicStroke(1.6f);
  private static final BasicStroke OUTLINE = new BasicStroke(1.2f);

  /** Fills a shape: white or tinted ground, the pattern, and an outline in the colour. */
  void fill(Graphics2D g, Shape shape, Color color) {
    Color plain = new Color(color.getRGB());
    Shape clip = g.getClip();
    var stroke = g.getStroke();
    g.setColor(
        switch (this) {
          case SOLID -> plain;
          case TINT -> tint(plain);
          case RISING, FALLING, HORIZONTAL, CROSSED, DOTS, VERTICAL -> Color.WHITE;
        });
    g.fill(shape);
    g.setColor(plain);
    g.clip(shape);
    g.setStroke(LINE);
    pattern(g, shape.getBounds2D());
    g.setClip(clip);
    g.setStroke(OUTLINE);
    g.draw(shape);
    g.setStroke(stroke);
  }

  /** One path, so that an SVG document says its looks once. */
  private void pattern(Graphics2D g, Rectangle2D box) {
    var path = new Path2D.Double();
    switch (this) {
      case SOLID, TINT -> {}
      case RISING -> diagonal(path, box, 1);
      case FALLING -> diagonal(path, box, -1);
      case CROSSED -> {
        diagonal(path, box, 1);
        diagonal(path, box, -1);
      }
      case HORIZONTAL -> {
        for (double y = box.getMaxY() - SPACING; y > box.getMinY(); y -= SPACING) {
          path.append(new Line2D.Double(box.getMinX(), y, box.getMaxX(), y), false);
        }
      }
      case VERTICAL -> {
        for (double x = box.getMinX() + SPACING / 2; x < box.getMaxX(); x += SPACING) {
          path.append(new Line2D.Double(x, box.getMinY(), x, box.getMaxY()), false);
        }
      }
      case DOTS -> {
        for (double y = box.getMaxY() - SPACING / 2; y > box.getMinY(); y -= SPACING) {
          for (double x = box.getMinX() + SPACING / 2; x < box.getMaxX(); x += SPACING) {
            path.append(new Ellipse2D.Double(x - 1.6, y - 1.6, 3.2, 3.2), false);
          }
        }
      }
    }
    if (this == DOTS) {
      g.fill(path);
    } else {
      g.draw(path);
    }
  }

  private static void diagonal(Path2D path, Rectangle2D box, int slope) {
    double height = box.getHeight();
    double step = SPACING * Math.sqrt(2);
    for (double x = box.getMinX() - height; x < box.getMaxX(); x += step) {
      // No longer than the box is wide.
      double before = Math.max(0, box.getMinX() - x);
      double after = Math.min(height, box.getMaxX() - x);
      double start = slope > 0 ? box.getMaxY() : box.getMinY();
      path.append(
          new Line2D.Double(x + before, start - slope * before, x + after, start - slope * after),
          false);
    }
  }

  private static Color tint(Color c) {
    return new Color(
        255 - (255 - c.getRed()) * 3 / 10,
        255 - (255 - c.getGreen()) * 3 / 10,
        255 - (255 - c.getBlue()) * 3 / 10);
  }
}
