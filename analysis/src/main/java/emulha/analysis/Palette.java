package emulha.analysis;

import java.awt.BasicStroke;
import java.awt.Color;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.knowm.xchart.style.markers.Marker;
import org.knowm.xchart.style.markers.SeriesMarkers;

/**
 * Looks of series, the same for the same name in every figure: colours that colour-blind readers
 * tell apart (Okabe and Ito, 2008), and hatches, dashes and markers that do so in black and white.
 */
final class Palette {
  /** How a series looks, as bars and as a line. */
  record Look(HatchColor color, BasicStroke stroke, Marker marker) {}

  private static final List<Color> COLORS =
      List.of(
          new Color(0x000000),
          new Color(0x0072B2),
          new Color(0xD55E00),
          new Color(0x009E73),
          new Color(0xCC79A7),
          new Color(0x56B4E9),
          new Color(0xE69F00),
          new Color(0x7F7F7F));
  private static final List<Marker> MARKERS =
      List.of(
          SeriesMarkers.CIRCLE,
          SeriesMarkers.SQUARE,
          SeriesMarkers.TRIANGLE_UP,
          SeriesMarkers.DIAMOND,
          SeriesMarkers.TRIANGLE_DOWN,
          SeriesMarkers.CROSS,
          SeriesMarkers.PLUS,
          SeriesMarkers.TRAPEZOID);
  private static final List<float[]> DASHES =
      List.of(
          new float[] {1, 0},
          new float[] {12, 4},
          new float[] {3, 3},
          new float[] {12, 4, 3, 4},
          new float[] {7, 4},
          new float[] {12, 4, 3, 4, 3, 4},
          new float[] {18, 5},
          new float[] {2, 6});

  private final Map<String, Look> looks = new LinkedHashMap<>();

  /**
   * @param names the series' names; their order gives the looks
   */
  Palette(Iterable<String> names) {
    for (String name : names) {
      if (!looks.containsKey(name)) {
        looks.put(name, look(looks.size()));
      }
    }
  }

  /** The look of a series. */
  Look of(String name) {
    Look look = looks.get(name);
    if (look == null) {
      throw new IllegalArgumentException("no look for '%s'".formatted(name));
    }
    return look;
  }

  /** After eight, colours come again with the next hatch, dash and marker: 64 in all. */
  private static Look look(int i) {
    int shifted = (i + i / COLORS.size()) % COLORS.size();
    return new Look(
        new HatchColor(COLORS.get(i % COLORS.size()), Hatch.values()[shifted]),
        new BasicStroke(
            2f, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND, 10, DASHES.get(shifted), 0),
        MARKERS.get(shifted));
  }
}
