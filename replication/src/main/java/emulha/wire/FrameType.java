package emulha.wire;

import org.jspecify.annotations.Nullable;

/** Types of frames, with their numbers on the wire, which never change. */
public enum FrameType {
  /** Sender: version, method, VMs. */
  HELLO(1),
  /** Receiver: the session is accepted. */
  WELCOME(2),
  /** Receiver: the session is not accepted, and why. */
  REFUSED(3),
  /** Sender: a replay of the series starts from nothing. */
  START(4),
  /** Receiver: images and decoder are ready. */
  STARTED(5),
  /** Sender: a checkpoint of all VMs starts. */
  BEGIN(6),
  /** Sender: encoded bytes of a lane. */
  LANE(7),
  /** Sender: pages of the base that both ends are to have already. */
  RAW_PAGES(8),
  /** Sender: all pages of one VM are sent. */
  VM_END(9),
  /** Sender: all pages of all VMs are sent. */
  END(10),
  /** Receiver: all pages of all VMs have arrived. */
  ACK(11),
  /** Receiver: the checkpoint is in the fail-over image; its figures. */
  STORED(12),
  /** Sender: the replay ends; digests of the whole images. */
  FINISH(13),
  /** Receiver: the whole images are proved; its figures. */
  FINISHED(14),
  /** Either: the session has failed, and why. */
  FAILED(15),
  /** Sender: the session ends. */
  BYE(16),
  /** Either: it lives and is at work. */
  HEARTBEAT(17),
  /** Sender: shows that it has the shared secret, and asks the same, before its hello. */
  CHALLENGE(18),
  /** Receiver: has the shared secret, and asks the same. */
  RESPONSE(19),
  /** Sender: has the shared secret. */
  PROOF(20),
  /** Sender: CPU and device state of the VM whose VM_END comes next. */
  STATE(21),
  /** Receiver: what the checkpoint names and could not be got elsewhere. */
  MISSING(22),
  /** Receiver: the session is to have further connections. */
  INVITE(23),
  /** Sender: this connection is a further one of a session. */
  JOIN(24),
  /** Receiver: it is. */
  JOINED(25);

  private static final @Nullable FrameType[] BY_CODE = byCode();

  private final int code;

  FrameType(int code) {
    this.code = code;
  }

  private static @Nullable FrameType[] byCode() {
    var types = new @Nullable FrameType[256];
    for (FrameType type : values()) {
      if (types[type.code] != null) {
        throw new IllegalStateException("frame type number " + type.code + " is given twice");
      }
      types[type.code] = type;
    }
    return types;
  }

  /** The number on the wire, 1 to 255. */
  int code() {
    return code;
  }

  /** The type with this number, or null. */
  static @Nullable FrameType ofCode(int code) {
    return BY_CODE[code & 0xff];
  }
}
