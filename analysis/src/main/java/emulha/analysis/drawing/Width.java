package emulha.analysis.drawing;

import emulha.names.Names;
import java.util.List;
import java.util.Locale;

/** Widths of figures in print. */
public enum Width {
  /** One column of two: 3.33 inches. */
  SINGLE(3.33, 2.3),
  /** The whole page: 7 inches. */
  DOUBLE(7, 3.2);

  final double widthInches;
  final double heightInches;

  Width(double widthInches, double heightInches) {
    this.widthInches = widthInches;
    this.heightInches = heightInches;
  }

  /**
   * The width of a name.
   *
   * @throws IllegalArgumentException if there is none; the message lists the names
   */
  public static Width named(String name) {
    return Names.choose(
        "width", name, List.of(values()), width -> width.name().toLowerCase(Locale.ROOT));
  }
}
