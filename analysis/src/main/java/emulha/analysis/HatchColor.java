package emulha.analysis;

import java.awt.Color;

/** A colour that {@link Ink} fills with a hatch. */
final class HatchColor extends Color {
  private final Hatch hatch;

  HatchColor(Color color, Hatch hatch) {
    super(color.getRGB());
    this.hatch = hatch;
  }

  Hatch hatch() {
    return hatch;
  }
}
