package emulha.analysis.drawing;

import java.awt.BasicStroke;
import java.awt.Color;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.knowm.xchart.style.markers.Marker;
import org.knowm.xchart.style.markers.SeriesMarkers;

/**
 * Looks of series, the same for the same name in every figure: colours that colour-blind readers
 * tell apart (Okabe and Ito, 2008), and hatches, dashes and markers that do so in black and white.
 */
public final class Palette {
  /** How a series looks, as bars and as a line. */
  public record Look(HatchColor color, BasicStroke stroke, Marker marker) {}

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
          SeriesMarkers.TRAPEZOID,
          SeriesMarkers.OVAL,
          SeriesMarkers.RECTANGLE);
  private static final int HATCHES = 8;

  /** Each hatch in three shades. */
  private static final int VARIANTS = 3 * HATCHES;

  private static final int LOOKS = 8 * VARIANTS;

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

  /** Stages whose colour is fixed, by their place in {@link #COLORS}; the others share the last. */
  private static final List<String> FAMILIES =
      List.of("none", "similarity", "delta", "gzip", "lz4", "zstd", "prefix");

  /** Stages that stand before others and say little of a method. */
  private static final Set<String> BEFORE = Set.of("zero", "exclude-free");

  private final Map<String, Look> looks = new HashMap<>();

  /**
   * Gives each name the look that it has in every figure of every run: its colour by its first
   * stage, hatch, dash and marker by all of it. Only where two names would look alike, one of them
   * takes the next.
   *
   * @param names the series' names
   */
  public Palette(Collection<String> names) {
    Set<Integer> taken = new HashSet<>();
    for (String name : new TreeSet<>(names)) {
      int color = color(name);
      int variant = variant(name);
      int look = COLORS.size() * variant + color;
      for (int next = 1; !taken.add(look) && next < LOOKS; next++) {
        // The same colour first, then any.
        look =
            next < VARIANTS
                ? COLORS.size() * ((variant + next) % VARIANTS) + color
                : (look + 1) % LOOKS;
      }
      looks.put(name, look(look % COLORS.size(), look / COLORS.size()));
    }
  }

  /** The same looks, of some under other names. */
  public Palette renamed(Map<String, String> labels) {
    var renamed = new Palette(List.of());
    looks.forEach((name, look) -> renamed.looks.put(labels.getOrDefault(name, name), look));
    return renamed;
  }

  private static int color(String name) {
    for (String stage : name.split("\\+")) {
      String family = stage.split("[:, ]", 2)[0];
      int known = FAMILIES.indexOf(family);
      if (known >= 0) {
        return known;
      }
      if (!BEFORE.contains(family)) {
        break;
      }
    }
    return COLORS.size() - 1;
  }

  /** That of a bare name is 0: filled, drawn through. */
  private static int variant(String name) {
    return FAMILIES.contains(name) ? 0 : Math.floorMod(name.hashCode(), VARIANTS);
  }

  public boolean has(String name) {
    return looks.containsKey(name);
  }

  public Look of(String name) {
    Look look = looks.get(name);
    if (look == null) {
      throw new IllegalArgumentException("no look for '%s'".formatted(name));
    }
    return look;
  }

  /** As it is, darker, or lighter. */
  private static Color shaded(Color color, int shade) {
    return switch (shade) {
      case 0 -> color;
      case 1 -> mixed(color, 0, 0.4);
      default -> mixed(color, 255, 0.35);
    };
  }

  private static Color mixed(Color color, int with, double share) {
    return new Color(
        (int) (color.getRed() + share * (with - color.getRed())),
        (int) (color.getGreen() + share * (with - color.getGreen())),
        (int) (color.getBlue() + share * (with - color.getBlue())));
  }

  private static Look look(int color, int variant) {
    int shifted = (color + variant) % HATCHES;
    return new Look(
        new HatchColor(shaded(COLORS.get(color), variant / HATCHES), Hatch.values()[shifted]),
        new BasicStroke(
            2f, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND, 10, DASHES.get(shifted), 0),
        MARKERS.get(shifted));
  }
}
