package emulha.runs;

import java.util.Locale;

/** Whether the sender waits for the end of each checkpointing interval. */
public enum Pace {
  /** It does (Hou §3.1). */
  REALTIME,
  /**
   * It keeps the same schedule on a clock that jumps: what it would have waited passes at once, as
   * soon as the receiver has stored the checkpoint before. No time that is measured is skipped.
   */
  VIRTUAL,
  /**
   * The same, but each time that something passes the sender reads and writes other memory first,
   * so that no checkpoint finds what the one before left in the processor's caches.
   */
  COOLED,
  /** Each checkpoint starts as soon as the one before is acknowledged. */
  ASAP;

  /** Whether checkpoints have intervals, and so can be late. */
  public boolean keepsIntervals() {
    return this != ASAP;
  }

  /** Whether intervals pass without being waited for. */
  public boolean jumps() {
    return this == VIRTUAL || this == COOLED;
  }

  /** The value of the {@code pace} column. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
