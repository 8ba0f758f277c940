package emulha.codecs.delta;

/**
 * The implementation of the inner loops for this machine, selected once: with the Vector API where
 * its incubator module is loaded, in plain Java elsewhere. Both give the same bytes.
 */
public final class Kernels {
  private static final Differences DIFFERENCES =
      ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent()
          ? new VectorDifferences()
          : new WordDifferences();

  private Kernels() {}

  public static Differences differences() {
    return DIFFERENCES;
  }
}
