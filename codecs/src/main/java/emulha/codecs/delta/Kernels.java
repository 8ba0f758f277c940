package emulha.codecs.delta;

/** The implementation of the inner loops for this machine, selected once. */
final class Kernels {
  private static final Differences DIFFERENCES = new Differences();

  private Kernels() {}

  static Differences differences() {
    return DIFFERENCES;
  }
}
