package emulha.analysis.drawing;

import de.rototor.pdfbox.graphics2d.PdfBoxGraphics2D;
import java.awt.Color;
import java.awt.Composite;
import java.awt.Font;
import java.awt.FontMetrics;
import java.awt.Graphics;
import java.awt.Graphics2D;
import java.awt.GraphicsConfiguration;
import java.awt.Image;
import java.awt.Paint;
import java.awt.Rectangle;
import java.awt.RenderingHints;
import java.awt.Shape;
import java.awt.Stroke;
import java.awt.font.FontRenderContext;
import java.awt.geom.AffineTransform;
import java.awt.image.ImageObserver;
import java.awt.image.RenderedImage;
import java.awt.image.renderable.RenderableImage;
import java.text.AttributedCharacterIterator;
import java.util.Map;
import org.apache.batik.ext.awt.g2d.AbstractGraphics2D;
import org.apache.batik.svggen.SVGGraphics2D;
import org.jspecify.annotations.NullUnmarked;

/**
 * A graphics context that fills with hatches: where the colour is a {@link HatchColor}, a filled
 * shape gets the lines of its hatch and an outline. Everything else goes to the context behind,
 * whatever it draws: pixels, SVG or PDF; what is inherited draws shapes, texts and images by the
 * methods here, and keeps nothing of its own. Images over a colour or under a transform, which no
 * chart has, it does not draw. One thread only.
 */
@NullUnmarked
@SuppressWarnings("rawtypes") // as in the superclass
final class Ink extends AbstractGraphics2D {
  private final Graphics2D to;
  private Paint paint = Color.BLACK;

  Ink(Graphics2D to) {
    super(false);
    this.to = to;
  }

  /** What to draw lines with. */
  void pen(Color color, Stroke stroke) {
    setColor(color);
    setStroke(stroke);
  }

  /** Writes text in one line: as text where it can be read as such, else as outlines. */
  void text(String text, double size, double x, double baseline) {
    if (text.isBlank()) {
      return;
    }
    if (to instanceof SVGGraphics2D || to instanceof PdfBoxGraphics2D) {
      to.setFont(Typeface.sans(size));
      to.drawString(text, (float) x, (float) baseline);
    } else {
      Typeface.layout(text, size).draw(to, (float) x, (float) baseline);
    }
  }

  /**
   * Writes text upwards.
   *
   * @param x where its baseline is across
   * @param y the place from which it begins {@code along} further up
   */
  void textUpwards(String text, double size, double x, double y, double along) {
    translate(x, y);
    rotate(-Math.PI / 2);
    text(text, size, along, 0);
    rotate(Math.PI / 2);
    translate(-x, -y);
  }

  @Override
  public void fill(Shape shape) {
    if (paint instanceof HatchColor hatched) {
      hatched.hatch().fill(to, shape, hatched);
      to.setColor(hatched);
    } else {
      to.fill(shape);
    }
  }

  @Override
  public void setColor(Color c) {
    paint = c;
    to.setColor(c);
  }

  @Override
  public Color getColor() {
    return paint instanceof Color c ? c : to.getColor();
  }

  @Override
  public void setPaint(Paint p) {
    paint = p;
    to.setPaint(p);
  }

  @Override
  public Paint getPaint() {
    return paint;
  }

  @Override
  public Graphics create() {
    var copy = new Ink((Graphics2D) to.create());
    copy.paint = paint;
    return copy;
  }

  @Override
  public void addRenderingHints(Map hints) {
    to.addRenderingHints(hints);
  }

  @Override
  public void clip(Shape s) {
    to.clip(s);
  }

  @Override
  public void draw(Shape s) {
    to.draw(s);
  }

  @Override
  public void drawRenderableImage(RenderableImage i, AffineTransform t) {
    to.drawRenderableImage(i, t);
  }

  @Override
  public void drawRenderedImage(RenderedImage i, AffineTransform t) {
    to.drawRenderedImage(i, t);
  }

  @Override
  public void drawString(String s, float x, float y) {
    to.drawString(s, x, y);
  }

  @Override
  public void drawString(AttributedCharacterIterator s, float x, float y) {
    to.drawString(s, x, y);
  }

  @Override
  public Color getBackground() {
    return to.getBackground();
  }

  @Override
  public Composite getComposite() {
    return to.getComposite();
  }

  @Override
  public GraphicsConfiguration getDeviceConfiguration() {
    return to.getDeviceConfiguration();
  }

  @Override
  public FontRenderContext getFontRenderContext() {
    return to.getFontRenderContext();
  }

  @Override
  public Object getRenderingHint(RenderingHints.Key k) {
    return to.getRenderingHint(k);
  }

  @Override
  public RenderingHints getRenderingHints() {
    return to.getRenderingHints();
  }

  @Override
  public Stroke getStroke() {
    return to.getStroke();
  }

  @Override
  public AffineTransform getTransform() {
    return to.getTransform();
  }

  @Override
  public boolean hit(Rectangle r, Shape s, boolean onStroke) {
    return to.hit(r, s, onStroke);
  }

  @Override
  public void rotate(double theta) {
    to.rotate(theta);
  }

  @Override
  public void rotate(double theta, double x, double y) {
    to.rotate(theta, x, y);
  }

  @Override
  public void scale(double sx, double sy) {
    to.scale(sx, sy);
  }

  @Override
  public void setBackground(Color c) {
    to.setBackground(c);
  }

  @Override
  public void setComposite(Composite c) {
    to.setComposite(c);
  }

  @Override
  public void setRenderingHint(RenderingHints.Key k, Object v) {
    to.setRenderingHint(k, v);
  }

  @Override
  public void setRenderingHints(Map hints) {
    to.setRenderingHints(hints);
  }

  @Override
  public void setStroke(Stroke s) {
    to.setStroke(s);
  }

  @Override
  public void setTransform(AffineTransform t) {
    to.setTransform(t);
  }

  @Override
  public void shear(double x, double y) {
    to.shear(x, y);
  }

  @Override
  public void transform(AffineTransform t) {
    to.transform(t);
  }

  @Override
  public void translate(double x, double y) {
    to.translate(x, y);
  }

  @Override
  public void translate(int x, int y) {
    to.translate(x, y);
  }

  @Override
  public void clearRect(int x, int y, int w, int h) {
    to.clearRect(x, y, w, h);
  }

  @Override
  public void clipRect(int x, int y, int w, int h) {
    to.clipRect(x, y, w, h);
  }

  @Override
  public void copyArea(int x, int y, int w, int h, int dx, int dy) {
    to.copyArea(x, y, w, h, dx, dy);
  }

  @Override
  public boolean drawImage(Image i, int x, int y, ImageObserver o) {
    return to.drawImage(i, x, y, o);
  }

  @Override
  public boolean drawImage(Image i, int x, int y, int w, int h, ImageObserver o) {
    return to.drawImage(i, x, y, w, h, o);
  }

  @Override
  public Shape getClip() {
    return to.getClip();
  }

  @Override
  public Rectangle getClipBounds() {
    return to.getClipBounds();
  }

  @Override
  public Font getFont() {
    return to.getFont();
  }

  @Override
  public FontMetrics getFontMetrics(Font f) {
    return to.getFontMetrics(f);
  }

  @Override
  public void setClip(Shape s) {
    to.setClip(s);
  }

  @Override
  public void setClip(int x, int y, int w, int h) {
    to.setClip(x, y, w, h);
  }

  @Override
  public void setFont(Font f) {
    to.setFont(f);
  }

  @Override
  public void setPaintMode() {
    to.setPaintMode();
  }

  @Override
  public void setXORMode(Color c) {
    to.setXORMode(c);
  }

  @Override
  public void dispose() {
    to.dispose();
  }

  /** Does nothing: the inherited one would dispose of the context behind, which is still in use. */
  @Override
  @SuppressWarnings({"Finalize", "removal"})
  public void finalize() {}
}
