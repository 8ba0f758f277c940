package emulha.traces;

import org.jspecify.annotations.Nullable;

/**
 * What a checkpoint holds besides its pages.
 *
 * @param sequence number of the checkpoint in its series, from 0
 * @param guestTimeNs guest time in nanoseconds since the base was taken, or {@link
 *     #UNKNOWN_GUEST_TIME}
 * @param state CPU and device state of the VM in the capturing hypervisor's own form, or null if
 *     not recorded; not to be changed
 */
@SuppressWarnings("ArrayRecordComponent")
public record CheckpointHeader(long sequence, long guestTimeNs, byte @Nullable [] state) {
  /** Guest time of a checkpoint for which it was not recorded. */
  public static final long UNKNOWN_GUEST_TIME = -1;

  public CheckpointHeader {
    if (sequence < 0 || guestTimeNs < UNKNOWN_GUEST_TIME) {
      throw new IllegalArgumentException(
          "checkpoint " + sequence + " at guest time " + guestTimeNs + " ns");
    }
  }
}
