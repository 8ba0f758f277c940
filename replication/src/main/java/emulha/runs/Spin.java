package emulha.runs;

import emulha.wire.Spun;

/**
 * For how long each end of a run watches its connection before a thread blocks on it: a condition
 * of all times. Of an end that does, no CPU time is reported.
 *
 * @param senderNs at the sender, in nanoseconds; 0 if it blocks at once
 * @param receiverNs the same at the receiver
 */
public record Spin(long senderNs, long receiverNs) {
  /** Both ends block at once. */
  public static final Spin NONE = new Spin(0, 0);

  public Spin {
    Spun.checkedNs(senderNs);
    Spun.checkedNs(receiverNs);
  }

  /** Whether the sender watches. */
  public boolean atSender() {
    return senderNs > 0;
  }

  /** Whether the receiver watches. */
  public boolean atReceiver() {
    return receiverNs > 0;
  }
}
