package emulha.analysis.drawing;

import java.awt.Color;
import java.awt.geom.Line2D;
import java.awt.geom.Rectangle2D;
import java.util.List;

/**
 * What each look stands for, once for all figures that have no room for it: beside each name its
 * bar, and its line with its marker. One thread only.
 */
public final class Legend {
  public static final String NAME = "legend";

  /** What a figure without its own says. */
  static final String NOTE = " Which look is whose: figure " + NAME + ".";

  private static final int LOOKS = 2 * Drawing.SWATCH + 6;
  private static final int BETWEEN = 16;

  private final List<String> names;
  private final Palette palette;
  private final int width;
  private final int column;
  private final int rows;

  public Legend(List<String> names, Palette palette, Width size) {
    this.names = List.copyOf(names);
    this.palette = palette;
    this.width = (int) Math.round(size.widthInches * Sheet.UNITS);
    double longest =
        names.stream().mapToDouble(name -> Typeface.width(name, Drawing.TICK_FONT)).max().orElse(0);
    this.column = (int) Math.ceil(LOOKS + 6 + longest) + BETWEEN;
    int columns = Math.max(1, (width - 2 * Drawing.GAP + BETWEEN) / column);
    this.rows = Math.ceilDiv(names.size(), columns);
  }

  public Sheet sheet() {
    return new Sheet(NAME, width, 2 * Drawing.GAP + rows * Drawing.LEGEND_LINE, this::paint);
  }

  private void paint(Ink ink) {
    for (int i = 0; i < names.size(); i++) {
      String name = names.get(i);
      Palette.Look look = palette.of(name);
      int across = i / rows;
      int down = i % rows;
      double x = Drawing.GAP + (double) across * column;
      double y = Drawing.GAP + (double) down * Drawing.LEGEND_LINE;
      ink.setColor(look.color());
      ink.fill(new Rectangle2D.Double(x, y, Drawing.SWATCH, 14));
      double line = x + Drawing.SWATCH + 6;
      ink.pen(new Color(look.color().getRGB()), look.stroke());
      ink.draw(new Line2D.Double(line, y + 7, line + Drawing.SWATCH, y + 7));
      look.marker().paint(ink, line + Drawing.SWATCH / 2.0, y + 7, Drawing.DOT);
      ink.setColor(Color.BLACK);
      ink.text(name, Drawing.TICK_FONT, x + LOOKS + 6, y + 12);
    }
  }
}
