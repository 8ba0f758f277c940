package emulha.wire;

import emulha.codecs.FrameSink;

/** Numbers of the frame header; its bit diagram is in {@code replication/PROTOCOL.md}. */
public final class FrameFormat {
  /** The bytes {@code E M H F}. */
  static final int MAGIC = 0x46484d45;

  static final int MAGIC_OFFSET = 0;
  static final int TYPE_OFFSET = MAGIC_OFFSET + Integer.BYTES;
  static final int ZERO_OFFSET = TYPE_OFFSET + Byte.BYTES;
  static final int LANE_OFFSET = ZERO_OFFSET + Byte.BYTES;
  static final int LENGTH_OFFSET = LANE_OFFSET + Short.BYTES;
  static final int SEQUENCE_OFFSET = LENGTH_OFFSET + Integer.BYTES;
  static final int BODY_CRC_OFFSET = SEQUENCE_OFFSET + Integer.BYTES;
  static final int HEADER_CRC_OFFSET = BODY_CRC_OFFSET + Integer.BYTES;
  static final int HEADER_BYTES = HEADER_CRC_OFFSET + Integer.BYTES;

  /** Largest body: a full buffer of a lane. */
  public static final int MAX_BODY_BYTES = FrameSink.MAX_BYTES;

  /** What is read at once of a peer before its hello is accepted. */
  static final int GREETING_BUFFER_BYTES = 8 * 1024;

  private FrameFormat() {}
}
