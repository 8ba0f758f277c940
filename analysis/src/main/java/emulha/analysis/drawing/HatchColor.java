package emulha.analysis.drawing;

import java.awt.Color;

/** A colour that {@link Ink} fills with a hatch. */
public final class HatchColor extends Color {
  private final Hatch hatch;

  HatchColor(Color color, Hatch hatch) {
    super(color.getRGB());
    this.hatch = hatch;
  }

  public Hatch hatch() {
    return hatch;
  }
}
