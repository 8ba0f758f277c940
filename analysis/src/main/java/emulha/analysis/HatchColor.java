package emulha.analysis;

import java.awt.Color;

/** A colour that {@link Ink} fills with a hatch. Equal to no other instance. */
final class HatchColor extends Color {
  private final Hatch hatch;

  HatchColor(Color color, Hatch hatch) {
    super(color.getRGB());
    this.hatch = hatch;
  }

  Hatch hatch() {
    return hatch;
  }

  @Override
  public boolean equals(Object other) {
    return this == other;
  }

  @Override
  public int hashCode() {
    return System.identityHashCode(this);
  }
}
