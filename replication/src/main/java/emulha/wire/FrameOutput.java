package emulha.wire;

import emulha.codecs.FrameSink;
import java.io.IOException;

/** Where a sender's frames go. Safe for several threads; each frame is written whole. */
public sealed interface FrameOutput extends FrameSink permits FrameWriter, SpreadWriter {
  /** Writes a frame; it leaves with the next {@link #send} at the latest. */
  void write(FrameType type, int lane, byte[] body, int offset, int length) throws IOException;

  /** Writes a message; it leaves with the next {@link #send} at the latest. */
  void write(Message message) throws IOException;

  /** Writes a message and everything before it. */
  void send(Message message) throws IOException;

  /** Writes a frame of encoded bytes. */
  @Override
  default void frame(int lane, byte[] body, int offset, int length) throws IOException {
    write(FrameType.LANE, lane, body, offset, length);
  }

  /** Writes a VM's CPU and device state. */
  default void state(byte[] state) throws IOException {
    for (int at = 0; at < state.length; at += FrameFormat.MAX_BODY_BYTES) {
      int length = Math.min(FrameFormat.MAX_BODY_BYTES, state.length - at);
      write(FrameType.STATE, 0, state, at, length);
    }
  }

  /** What was written so far. */
  Totals totals();

  /**
   * What was written. Heartbeats, which are of no checkpoint, count in {@code writeNs} alone.
   *
   * @param bytes of frames, headers included
   * @param cpuNs CPU time of all threads that wrote frames: for their headers and checksums, for
   *     gathering them, and for writes to the connection
   * @param writeNs time spent in writes to the connection
   */
  record Totals(long bytes, long cpuNs, long writeNs) {
    /** The sum. */
    Totals plus(Totals other) {
      return new Totals(bytes + other.bytes, cpuNs + other.cpuNs, writeNs + other.writeNs);
    }
  }
}
