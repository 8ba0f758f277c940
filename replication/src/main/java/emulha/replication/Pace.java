package emulha.replication;

import java.util.Locale;

/** Whether the sender waits for the end of each checkpointing interval. */
public enum Pace {
  /** It does (Hou §3.1). */
  REALTIME,
  /** Each checkpoint starts as soon as the one before is acknowledged. */
  ASAP;

  /** The value of the {@code pace} column. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
