package emulha.runs;

import emulha.wire.Encryption;
import org.jspecify.annotations.Nullable;

/**
 * How long replicating one checkpoint of all VMs took, in nanoseconds (Hou §3.2).
 *
 * @param sendingNs time in writes to the connection and waiting for the ACK
 * @param transferNs from the start of sending until the ACK
 * @param elapsedIntervalNs from this checkpoint's start to the next one's; null for the last one
 *     and where intervals are not kept
 * @param late whether the ACK came after the end of the interval; null where intervals are not kept
 * @param releaseDelayNs from the instant at which the checkpoint was due until the ACK: how long
 *     the last packet sent before the checkpoint was withheld (Hou §2.1); null for a full
 *     checkpoint
 * @param encryption what TLS did for it; null without TLS
 */
public record Transfer(
    long sendingNs,
    long transferNs,
    @Nullable Long elapsedIntervalNs,
    @Nullable Boolean late,
    @Nullable Long releaseDelayNs,
    @Nullable Encryption encryption) {
  /** Time to process the dirty pages. */
  public long processingNs() {
    return transferNs - sendingNs;
  }
}
