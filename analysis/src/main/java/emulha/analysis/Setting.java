package emulha.analysis;

import org.jspecify.annotations.Nullable;

/**
 * What was measured under: results of different settings are never pooled.
 *
 * @param mode replay or reduce
 * @param traces names of the series replayed together, joined by +
 * @param origin recording or synthetic
 * @param method the compression method
 * @param intervalMs configured checkpointing interval
 * @param pace realtime, asap or none
 * @param base send or skip
 * @param linkKind as-is, imitated, shaped or modelled
 * @param store where the receiver kept checkpoints; empty without one
 * @param linkBitsPerSecond bandwidth of the link, or null
 */
public record Setting(
    String mode,
    String traces,
    String origin,
    String method,
    long intervalMs,
    String pace,
    String base,
    String store,
    String linkKind,
    @Nullable Long linkBitsPerSecond) {
  private static final String RAM = "ram";

  /**
   * Whether the receiver kept checkpoints in RAM, over the network as it is: as most results do.
   */
  boolean plain() {
    return linkBitsPerSecond == null && (store.isEmpty() || store.equals(RAM));
  }

  /** The same with another method. */
  Setting withMethod(String other) {
    return new Setting(
        mode, traces, origin, other, intervalMs, pace, base, store, linkKind, linkBitsPerSecond);
  }
}
