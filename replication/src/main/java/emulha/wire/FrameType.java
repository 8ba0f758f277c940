package emulha.wire;

import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Types of frames, with their numbers on the wire, which never change. */
public enum FrameType {
  /** Sender: version, method, VMs. */
  HELLO(1, Message.Hello.class),
  /** Receiver: the session is accepted. */
  WELCOME(2, Message.Welcome.class),
  /** Receiver: the session is not accepted, and why. */
  REFUSED(3, Message.Refused.class),
  /** Sender: a replay of the series starts from nothing. */
  START(4, Message.Start.class),
  /** Receiver: images and decoder are ready. */
  STARTED(5, Message.Started.class),
  /** Sender: a checkpoint of all VMs starts. */
  BEGIN(6, Message.Begin.class),
  /** Sender: encoded bytes of a lane. */
  LANE(7),
  /** Sender: pages of the base that both ends are to have already. */
  RAW_PAGES(8),
  /** Sender: all pages of one VM are sent. */
  VM_END(9, Message.VmEnd.class),
  /** Sender: all pages of all VMs are sent. */
  END(10, Message.End.class),
  /** Receiver: all pages of all VMs have arrived. */
  ACK(11, Message.Ack.class),
  /** Receiver: the checkpoint is in the fail-over image; its figures. */
  STORED(12, Message.Stored.class),
  /** Sender: the replay ends; digests of the whole images. */
  FINISH(13, Message.Finish.class),
  /** Receiver: the whole images are proved; its figures. */
  FINISHED(14, Message.Finished.class),
  /** Either: the session has failed, and why. */
  FAILED(15, Message.Failed.class),
  /** Sender: the session ends. */
  BYE(16, Message.Bye.class),
  /** Either: it lives and is at work. */
  HEARTBEAT(17),
  /** Sender: shows that it has the shared secret, and asks the same, before its hello. */
  CHALLENGE(18, Message.Challenge.class),
  /** Receiver: has the shared secret, and asks the same. */
  RESPONSE(19, Message.Response.class),
  /** Sender: has the shared secret. */
  PROOF(20, Message.Proof.class),
  /** Sender: CPU and device state of the VM whose VM_END comes next. */
  STATE(21),
  /** Receiver: what the checkpoint names and could not be got elsewhere. */
  MISSING(22, Message.Missing.class),
  /** Receiver: the session is to have further connections. */
  INVITE(23, Message.Invite.class),
  /** Sender: this connection is a further one of a session. */
  JOIN(24, Message.Join.class),
  /** Receiver: it is. */
  JOINED(25, Message.Joined.class);

  private static final Map<Integer, FrameType> BY_CODE = by(type -> type.code);
  private static final Map<Class<?>, FrameType> BY_MESSAGE = by(type -> type.message);

  private final int code;
  private final @Nullable Class<? extends Message> message;

  FrameType(int code) {
    this(code, null);
  }

  FrameType(int code, @Nullable Class<? extends Message> message) {
    this.code = code;
    this.message = message;
  }

  /** By a key, all that have it; one given twice is an error. */
  private static <K> Map<K, FrameType> by(Function<FrameType, @Nullable K> key) {
    return Arrays.stream(values())
        .filter(type -> key.apply(type) != null)
        .collect(Collectors.toUnmodifiableMap(key, type -> type));
  }

  /** The number on the wire, 1 to 255. */
  int code() {
    return code;
  }

  /** The type with this number, or null. */
  static @Nullable FrameType ofCode(int code) {
    return BY_CODE.get(code & 0xff);
  }

  /** The type of the frames that carry a message. */
  static FrameType of(Message message) {
    return Objects.requireNonNull(BY_MESSAGE.get(message.getClass()));
  }

  /** The message that it carries; null if it carries none. */
  @Nullable Class<? extends Message> message() {
    return message;
  }

  /** Most bytes of a body. */
  int maxBytes() {
    return message != null ? Message.MAX_BYTES : this == HEARTBEAT ? 0 : FrameFormat.MAX_BODY_BYTES;
  }
}
