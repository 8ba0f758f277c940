package emulha.analysis.measures;

import org.jspecify.annotations.Nullable;

/**
 * What was measured under: results of different settings are never pooled.
 *
 * @param mode replay or reduce
 * @param traces names of the series replayed together, joined by +
 * @param origin recording or synthetic
 * @param method the compression method
 * @param intervalNs configured checkpointing interval in nanoseconds
 * @param pace realtime, virtual, asap or none
 * @param base send or skip
 * @param store where the receiver kept checkpoints; empty without one
 * @param encrypted whether the connection was
 * @param linkKind as-is, imitated, shaped or modelled
 * @param linkBitsPerSecond bandwidth of the link, or null
 * @param linkLatencyNs its latency, or null
 * @param conditions what else can change a number: warm-up or none, and, of the manifest, program,
 *     JDK and machine
 */
public record Setting(
    String mode,
    String traces,
    String origin,
    String method,
    long intervalNs,
    String pace,
    String base,
    String store,
    boolean encrypted,
    String linkKind,
    @Nullable Long linkBitsPerSecond,
    @Nullable Long linkLatencyNs,
    String conditions) {
  private static final String RAM = "ram";

  /** Checkpointing interval in milliseconds. */
  public double intervalMs() {
    return intervalNs / 1e6;
  }

  /** The interval in milliseconds, exactly: {@code 25} or {@code 16.667}. */
  public String interval() {
    return Intervals.milliseconds(intervalNs);
  }

  /** Whether the receiver kept checkpoints in RAM, or there was none. */
  boolean inRam() {
    return store.isEmpty() || store.equals(RAM);
  }

  /** Whether the network was left as it is. */
  boolean overNetworkAsItIs() {
    return linkBitsPerSecond == null && linkLatencyNs == null;
  }

  /** Whether it is as in the papers, the link's bandwidth apart. */
  boolean usual() {
    return inRam() && !encrypted && linkLatencyNs == null;
  }

  /** Whether it is as most results are: usual, and over the network as it is. */
  boolean plain() {
    return usual() && overNetworkAsItIs();
  }

  /** The same with another method. */
  Setting withMethod(String other) {
    return new Setting(
        mode,
        traces,
        origin,
        other,
        intervalNs,
        pace,
        base,
        store,
        encrypted,
        linkKind,
        linkBitsPerSecond,
        linkLatencyNs,
        conditions);
  }

  /** The same under no conditions in particular. */
  Setting withoutConditions() {
    return new Setting(
        mode,
        traces,
        origin,
        method,
        intervalNs,
        pace,
        base,
        store,
        encrypted,
        linkKind,
        linkBitsPerSecond,
        linkLatencyNs,
        "");
  }
}
