package emulha.wire;

import emulha.codecs.CheckpointKind;
import emulha.linux.Scheduling;
import emulha.memory.PageSize;
import java.net.ProtocolException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What both ends say to each other besides page content. Bodies are specified in {@code
 * replication/PROTOCOL.md}.
 */
public sealed interface Message {
  /** Version of the protocol; both ends must have the same. */
  int VERSION = 7;

  /** Largest body of a message. */
  int MAX_BYTES = 64 * 1024;

  /** Largest number of VMs protected together. */
  int MAX_VMS = 256;

  /** Longest method or reason, in bytes of UTF-8. */
  int MAX_TEXT_BYTES = 1024;

  /** Longest name of a VM, in bytes of UTF-8. */
  int MAX_NAME_BYTES = 128;

  /** Largest CPU and device state of all VMs of a checkpoint together, in bytes. */
  int MAX_STATE_BYTES = 64 << 20;

  /** Longest description of a machine, in bytes of UTF-8. */
  int MAX_ENVIRONMENT_BYTES = 32 * 1024;

  /** Named contents that one {@link Missing} speaks of. */
  int MISSING_PART = 1 << 18;

  /** In place of a figure that is not known. */
  long UNKNOWN = -1;

  /** In place of a checkpoint's number: the base, whole. */
  long BASE = -1;

  /** In place of a checkpoint's number: nothing, or part of a base. */
  long NOTHING = -2;

  /** Characters that are no text: controls, ends of lines and paragraphs, changes of direction. */
  Pattern CONTROL =
      Pattern.compile(
          "\\p{Cntrl}|[\\x{80}-\\x{9f}\\x{61c}\\x{200e}\\x{200f}\\x{2028}-\\x{202e}\\x{2066}-\\x{2069}]");

  /** Type of the frame that carries the message. */
  default FrameType type() {
    return switch (this) {
      case Hello _ -> FrameType.HELLO;
      case Welcome _ -> FrameType.WELCOME;
      case Refused _ -> FrameType.REFUSED;
      case Start _ -> FrameType.START;
      case Started _ -> FrameType.STARTED;
      case Begin _ -> FrameType.BEGIN;
      case VmEnd _ -> FrameType.VM_END;
      case End _ -> FrameType.END;
      case Ack _ -> FrameType.ACK;
      case Missing _ -> FrameType.MISSING;
      case Stored _ -> FrameType.STORED;
      case Finish _ -> FrameType.FINISH;
      case Finished _ -> FrameType.FINISHED;
      case Failed _ -> FrameType.FAILED;
      case Bye _ -> FrameType.BYE;
      case Challenge _ -> FrameType.CHALLENGE;
      case Response _ -> FrameType.RESPONSE;
      case Proof _ -> FrameType.PROOF;
      case Invite _ -> FrameType.INVITE;
      case Join _ -> FrameType.JOIN;
      case Joined _ -> FrameType.JOINED;
    };
  }

  /** Writes the body; what it wrote, the message's {@code parse} reads. */
  default void putTo(ByteBuffer body) {}

  /**
   * A protected VM.
   *
   * @param ramPages number of its page frames
   * @param pageBytes size of its pages
   */
  record Vm(String name, long ramPages, int pageBytes) {
    public Vm {
      int shift = PageSize.of(pageBytes).shift();
      if (ramPages <= 0 || ramPages > Long.MAX_VALUE >>> (shift + 1)) {
        throw new IllegalArgumentException("impossible number of page frames: " + ramPages);
      }
    }

    /** A VM of small pages. */
    public Vm(String name, long ramPages) {
      this(name, ramPages, PageSize.MIN_BYTES);
    }

    /** Size of its pages. */
    public PageSize pageSize() {
      return PageSize.of(pageBytes);
    }

    /** Bytes of its RAM. */
    public long ramBytes() {
      return ramPages * pageBytes;
    }
  }

  /**
   * What the sender asks for.
   *
   * @param verify whether digests are sent and must be compared
   * @param method specification of the method
   */
  record Hello(int version, boolean verify, String method, List<Vm> vms) implements Message {
    public Hello {
      vms = List.copyOf(vms);
      if (vms.isEmpty() || vms.size() > MAX_VMS) {
        throw new IllegalArgumentException(
            "1 to " + MAX_VMS + " VMs can be protected together, not " + vms.size());
      }
      if (vms.stream().mapToInt(Vm::pageBytes).distinct().count() > 1) {
        throw new IllegalArgumentException(
            "VMs whose pages have unlike sizes cannot be protected together");
      }
      // Cut to what fits, it could be another method, or another VM.
      requireFits("the method", method, MAX_TEXT_BYTES);
      vms.forEach(vm -> requireFits("the name of a VM", vm.name, MAX_NAME_BYTES));
    }

    private static void requireFits(String what, String text, int maxBytes) {
      int bytes = text.getBytes(StandardCharsets.UTF_8).length;
      if (bytes > maxBytes) {
        throw new IllegalArgumentException(
            "%s has %d bytes, at most %d can be sent: %s…"
                .formatted(what, bytes, maxBytes, text.substring(0, Math.min(20, text.length()))));
      }
    }

    /** Size of the pages of all VMs. */
    public PageSize pageSize() {
      return vms.getFirst().pageSize();
    }

    @Override
    public void putTo(ByteBuffer body) {
      body.putInt(version).put(flag(verify));
      putText(body, method, MAX_TEXT_BYTES);
      body.putInt(vms.size());
      for (Vm vm : vms) {
        putText(body, vm.name, MAX_NAME_BYTES);
        body.putLong(vm.ramPages).putInt(vm.pageBytes);
      }
    }

    private static Hello parse(ByteBuffer body) throws ProtocolException {
      int version = body.getInt();
      if (version != VERSION) {
        throw new ProtocolException(
            "peer speaks protocol version " + version + ", this end speaks " + VERSION);
      }
      boolean verify = getFlag(body);
      String method = getLine(body, MAX_TEXT_BYTES);
      int count = body.getInt();
      if (count < 1 || count > MAX_VMS) {
        throw new ProtocolException("HELLO with " + count + " VMs, at most " + MAX_VMS);
      }
      var vms = new ArrayList<Vm>();
      for (int i = 0; i < count; i++) {
        vms.add(new Vm(getLine(body, MAX_NAME_BYTES), body.getLong(), body.getInt()));
      }
      return new Hello(version, verify, method, vms);
    }
  }

  /**
   * The receiver accepts the session.
   *
   * @param held number of the checkpoint that the receiver's images of these VMs hold, {@link
   *     #BASE} or {@link #NOTHING}
   * @param spinNs for how long the receiver watches the connection before it blocks; 0 if it does
   *     not
   * @param binding implementation behind each stage of the method at the receiver
   * @param environment the receiver's machine and libraries, as JSON
   */
  record Welcome(int version, long held, long spinNs, String binding, String environment)
      implements Message {
    public Welcome {
      Spun.checkedNs(spinNs);
    }

    @Override
    public void putTo(ByteBuffer body) {
      body.putInt(version).putLong(held).putLong(spinNs);
      putText(body, binding, MAX_TEXT_BYTES);
      putText(body, environment, MAX_ENVIRONMENT_BYTES);
    }

    private static Welcome parse(ByteBuffer body) throws ProtocolException {
      return new Welcome(
          body.getInt(),
          body.getLong(),
          body.getLong(),
          getLine(body, MAX_TEXT_BYTES),
          getText(body, MAX_ENVIRONMENT_BYTES));
    }
  }

  /** The session is not accepted. */
  record Refused(String reason) implements Message {
    @Override
    public void putTo(ByteBuffer body) {
      putText(body, reason, MAX_TEXT_BYTES);
    }

    private static Refused parse(ByteBuffer body) throws ProtocolException {
      return new Refused(getLine(body, MAX_TEXT_BYTES));
    }
  }

  /**
   * A replay starts, with new encoder and decoder.
   *
   * @param after number of the checkpoint that the images must hold already, {@link #BASE} or more;
   *     {@link #NOTHING} to start with images of zeros
   */
  record Start(long after) implements Message {
    @Override
    public void putTo(ByteBuffer body) {
      body.putLong(after);
    }

    private static Start parse(ByteBuffer body) {
      return new Start(body.getLong());
    }
  }

  /** The receiver is ready for the replay. */
  record Started() implements Message {}

  /**
   * A checkpoint of all VMs starts.
   *
   * @param number number of the checkpoint among those of its kind, from 0; stretches of the base
   *     are numbered too
   */
  record Begin(CheckpointKind kind, long number) implements Message {
    @Override
    public void putTo(ByteBuffer body) {
      putKind(body, kind);
      body.putLong(number);
    }

    private static Begin parse(ByteBuffer body) throws ProtocolException {
      return new Begin(getKind(body), body.getLong());
    }
  }

  /**
   * All pages of one VM are sent.
   *
   * @param digest digest of the frame numbers and contents of the VM's pages; 0 without
   *     verification
   * @param stateBytes bytes of the VM's CPU and device state; 0 if the recording has none
   * @param stateDigest digest of the state; 0 without one or without verification
   */
  record VmEnd(int vm, int pages, long digest, int stateBytes, long stateDigest)
      implements Message {
    @Override
    public void putTo(ByteBuffer body) {
      body.putInt(vm).putInt(pages).putLong(digest).putInt(stateBytes).putLong(stateDigest);
    }

    private static VmEnd parse(ByteBuffer body) {
      return new VmEnd(body.getInt(), body.getInt(), body.getLong(), body.getInt(), body.getLong());
    }
  }

  /** All pages of all VMs are sent. */
  record End(CheckpointKind kind, long number) implements Message {
    @Override
    public void putTo(ByteBuffer body) {
      putKind(body, kind);
      body.putLong(number);
    }

    private static End parse(ByteBuffer body) throws ProtocolException {
      return new End(getKind(body), body.getLong());
    }
  }

  /**
   * All pages of all VMs have arrived.
   *
   * @param waitedNs how long the receiver, after the ACK before this one, did not read because an
   *     earlier checkpoint was still being stored
   * @param verifyNs how long verifying that earlier checkpoint took, or noting in the store that
   *     the base is whole
   */
  record Ack(CheckpointKind kind, long number, long waitedNs, long verifyNs) implements Message {
    @Override
    public void putTo(ByteBuffer body) {
      putKind(body, kind);
      body.putLong(number).putLong(waitedNs).putLong(verifyNs);
    }

    private static Ack parse(ByteBuffer body) throws ProtocolException {
      return new Ack(getKind(body), body.getLong(), body.getLong(), body.getLong());
    }
  }

  /**
   * Contents that the checkpoint names are to be sent after all, and its {@link End} again.
   *
   * @param more whether another part follows
   * @param numbers which of them, below {@link #MISSING_PART}; each part counts on where the one
   *     before ended
   */
  record Missing(boolean more, BitSet numbers) implements Message {
    /** Copies the set and checks the invariants. */
    public Missing {
      numbers = (BitSet) numbers.clone();
      if (numbers.length() > MISSING_PART) {
        throw new IllegalArgumentException("one part speaks of " + numbers.length());
      }
    }

    @Override
    public void putTo(ByteBuffer body) {
      body.put(flag(more)).put(numbers.toByteArray());
    }

    private static Missing parse(ByteBuffer body) throws ProtocolException {
      boolean more = getFlag(body);
      BitSet numbers = BitSet.valueOf(body);
      body.position(body.limit());
      return new Missing(more, numbers);
    }
  }

  /**
   * The checkpoint is stored in the fail-over images.
   *
   * @param storeNs time to decode the checkpoint and store it
   * @param verifyNs time to verify it, not in {@code storeNs}
   * @param memory of the decoder afterwards
   * @param written what the store wrote for it
   * @param cpuNs by VM, CPU time to receive, decode and store its part
   * @param codecCpuNs by VM, CPU time to decode its part, in {@code cpuNs}
   */
  record Stored(
      CheckpointKind kind,
      long number,
      long storeNs,
      long verifyNs,
      Memory memory,
      Written written,
      List<Long> cpuNs,
      List<Long> codecCpuNs)
      implements Message {
    /**
     * The decoder's key data structures.
     *
     * @param bytes in use
     * @param allocatedBytes taken for them, in use or not
     */
    public record Memory(long bytes, long allocatedBytes) {}

    /**
     * Writing to the store.
     *
     * @param bytes that it wrote
     * @param ns time that it took, part of {@code storeNs}
     */
    public record Written(long bytes, long ns) {
      /** The sum. */
      public Written plus(Written other) {
        return new Written(bytes + other.bytes, ns + other.ns);
      }
    }

    /** Copies the lists, which are of the same VMs. */
    public Stored {
      cpuNs = List.copyOf(cpuNs);
      codecCpuNs = List.copyOf(codecCpuNs);
      if (cpuNs.size() != codecCpuNs.size()) {
        throw new IllegalArgumentException(
            "CPU times of %d VMs, of their codecs %d".formatted(cpuNs.size(), codecCpuNs.size()));
      }
    }

    @Override
    public void putTo(ByteBuffer body) {
      putKind(body, kind);
      body.putLong(number).putLong(storeNs).putLong(verifyNs);
      body.putLong(memory.bytes).putLong(memory.allocatedBytes);
      body.putLong(written.bytes).putLong(written.ns);
      putLongs(body, cpuNs);
      putLongs(body, codecCpuNs);
    }

    private static Stored parse(ByteBuffer body) throws ProtocolException {
      return new Stored(
          getKind(body),
          body.getLong(),
          body.getLong(),
          body.getLong(),
          new Memory(body.getLong(), body.getLong()),
          new Written(body.getLong(), body.getLong()),
          getLongs(body),
          getLongs(body));
    }
  }

  /**
   * The replay ends.
   *
   * @param digests by VM, digest of the whole image; none without verification
   */
  record Finish(List<Long> digests) implements Message {
    /** Copies the list. */
    public Finish {
      digests = List.copyOf(digests);
    }

    @Override
    public void putTo(ByteBuffer body) {
      putLongs(body, digests);
    }

    private static Finish parse(ByteBuffer body) throws ProtocolException {
      return new Finish(getLongs(body));
    }
  }

  /**
   * The whole images equal those of the recording, where that is verified.
   *
   * @param processCpuNs CPU time of the receiver's process since the replay's start
   * @param store kind of the receiver's store
   * @param storeBytes bytes that the store takes
   * @param storePeakBytes the most that it took in the replay; {@link #UNKNOWN} where not known
   * @param recoveryNs time to rebuild the images from what is stored alone; {@link #UNKNOWN} if
   *     nothing outlives the receiver
   * @param scheduling of the threads that receive and store, in the replay; null where not known
   * @param spun what watching the connection came to in the replay
   */
  record Finished(
      long processCpuNs,
      String store,
      long storeBytes,
      long storePeakBytes,
      long recoveryNs,
      @Nullable Scheduling scheduling,
      Spun spun)
      implements Message {
    @Override
    public void putTo(ByteBuffer body) {
      body.putLong(processCpuNs);
      putText(body, store, MAX_TEXT_BYTES);
      body.putLong(storeBytes).putLong(storePeakBytes).putLong(recoveryNs);
      body.putLong(scheduling == null ? UNKNOWN : scheduling.ranNs());
      body.putLong(scheduling == null ? UNKNOWN : scheduling.waitedNs());
      body.putLong(spun.waits()).putLong(spun.met()).putLong(spun.cpuNs());
    }

    private static Finished parse(ByteBuffer body) throws ProtocolException {
      long processCpuNs = body.getLong();
      String store = getLine(body, MAX_TEXT_BYTES);
      long storeBytes = body.getLong();
      long storePeakBytes = body.getLong();
      long recoveryNs = body.getLong();
      long ranNs = body.getLong();
      long waitedNs = body.getLong();
      return new Finished(
          processCpuNs,
          store,
          storeBytes,
          storePeakBytes,
          recoveryNs,
          ranNs == UNKNOWN || waitedNs == UNKNOWN ? null : new Scheduling(ranNs, waitedNs),
          new Spun(body.getLong(), body.getLong(), body.getLong()));
    }
  }

  /**
   * The session has failed.
   *
   * @param mismatch whether the image would not have equalled the recording
   */
  record Failed(boolean mismatch, String reason) implements Message {
    @Override
    public void putTo(ByteBuffer body) {
      body.put(flag(mismatch));
      putText(body, reason, MAX_TEXT_BYTES);
    }

    private static Failed parse(ByteBuffer body) throws ProtocolException {
      return new Failed(getFlag(body), getLine(body, MAX_TEXT_BYTES));
    }
  }

  /** The session ends. */
  record Bye() implements Message {}

  /**
   * Before its hello, the sender wants to see that the receiver has the shared secret.
   *
   * @param nonce drawn by the sender for this connection
   */
  record Challenge(Bits256 nonce) implements Message {
    @Override
    public void putTo(ByteBuffer body) {
      nonce.putTo(body);
    }

    private static Challenge parse(ByteBuffer body) {
      return new Challenge(Bits256.getFrom(body));
    }
  }

  /**
   * The receiver has the shared secret, and wants to see that the sender has it.
   *
   * @param session drawn by the receiver: names what may follow
   * @param nonce drawn by the receiver for this connection
   * @param proof that the receiver has the secret
   */
  record Response(Bits256 session, Bits256 nonce, Bits256 proof) implements Message {
    @Override
    public void putTo(ByteBuffer body) {
      session.putTo(body);
      nonce.putTo(body);
      proof.putTo(body);
    }

    private static Response parse(ByteBuffer body) {
      return new Response(Bits256.getFrom(body), Bits256.getFrom(body), Bits256.getFrom(body));
    }
  }

  /** The sender has the shared secret. */
  record Proof(Bits256 proof) implements Message {
    @Override
    public void putTo(ByteBuffer body) {
      proof.putTo(body);
    }

    private static Proof parse(ByteBuffer body) {
      return new Proof(Bits256.getFrom(body));
    }
  }

  /**
   * After {@link Welcome}, where the method is sent over several connections: the others are
   * expected.
   *
   * @param ticket drawn by the receiver for this session
   */
  record Invite(Bits256 ticket) implements Message {
    @Override
    public void putTo(ByteBuffer body) {
      ticket.putTo(body);
    }

    private static Invite parse(ByteBuffer body) {
      return new Invite(Bits256.getFrom(body));
    }
  }

  /**
   * In place of {@link Hello}: this is a further connection of a session.
   *
   * @param ticket of its {@link Invite}
   * @param number of the connection, from 1; that of the hello is 0
   */
  record Join(Bits256 ticket, int number) implements Message {
    @Override
    public void putTo(ByteBuffer body) {
      ticket.putTo(body);
      body.putInt(number);
    }

    private static Join parse(ByteBuffer body) {
      return new Join(Bits256.getFrom(body), body.getInt());
    }
  }

  /** The connection is one of the session's now. */
  record Joined() implements Message {}

  /**
   * Reads a message from its whole body.
   *
   * @throws ProtocolException if the body is not one of this type
   */
  static Message parse(FrameType type, ByteBuffer body) throws ProtocolException {
    try {
      Message message =
          switch (type) {
            case HELLO -> Hello.parse(body);
            case WELCOME -> Welcome.parse(body);
            case REFUSED -> Refused.parse(body);
            case START -> Start.parse(body);
            case STARTED -> new Started();
            case BEGIN -> Begin.parse(body);
            case VM_END -> VmEnd.parse(body);
            case END -> End.parse(body);
            case ACK -> Ack.parse(body);
            case STORED -> Stored.parse(body);
            case FINISH -> Finish.parse(body);
            case FINISHED -> Finished.parse(body);
            case FAILED -> Failed.parse(body);
            case BYE -> new Bye();
            case MISSING -> Missing.parse(body);
            case CHALLENGE -> Challenge.parse(body);
            case RESPONSE -> Response.parse(body);
            case PROOF -> Proof.parse(body);
            case INVITE -> Invite.parse(body);
            case JOIN -> Join.parse(body);
            case JOINED -> new Joined();
            case LANE, RAW_PAGES, STATE, HEARTBEAT ->
                throw new ProtocolException("found " + type + " where a message was expected");
          };
      if (body.hasRemaining()) {
        throw new ProtocolException(body.remaining() + " bytes left over in " + type);
      }
      return message;
    } catch (BufferUnderflowException e) {
      throw malformed(type, "it is too short", e);
    } catch (IllegalArgumentException e) {
      throw malformed(type, String.valueOf(e.getMessage()), e);
    }
  }

  private static ProtocolException malformed(FrameType type, String reason, Exception cause) {
    var exception = new ProtocolException("malformed " + type + ": " + reason);
    exception.initCause(cause);
    return exception;
  }

  private static byte flag(boolean value) {
    return (byte) (value ? 1 : 0);
  }

  private static boolean getFlag(ByteBuffer body) throws ProtocolException {
    int value = body.get();
    if (value != 0 && value != 1) {
      throw new ProtocolException("flag with value " + value);
    }
    return value == 1;
  }

  private static void putKind(ByteBuffer body, CheckpointKind kind) {
    body.put(
        (byte)
            switch (kind) {
              case PRIMING -> 0;
              case FULL -> 1;
              case INCREMENTAL -> 2;
            });
  }

  private static CheckpointKind getKind(ByteBuffer body) throws ProtocolException {
    int code = body.get();
    return switch (code) {
      case 0 -> CheckpointKind.PRIMING;
      case 1 -> CheckpointKind.FULL;
      case 2 -> CheckpointKind.INCREMENTAL;
      default -> throw new ProtocolException("unknown kind of checkpoint " + code);
    };
  }

  private static void putText(ByteBuffer body, String text, int maxBytes) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    int length = bytes.length;
    if (length > maxBytes) {
      length = maxBytes;
      while ((bytes[length] & 0xc0) == 0x80) {
        length--;
      }
    }
    body.putInt(length).put(bytes, 0, length);
  }

  private static String getText(ByteBuffer body, int maxBytes) throws ProtocolException {
    int length = body.getInt();
    if (length < 0 || length > maxBytes || length > body.remaining()) {
      throw new ProtocolException(
          "text of " + Integer.toUnsignedString(length) + " bytes, at most " + maxBytes);
    }
    byte[] bytes = new byte[length];
    body.get(bytes);
    return new String(bytes, StandardCharsets.UTF_8);
  }

  /** Text that will be shown to a user: what could steer a terminal becomes a question mark. */
  private static String getLine(ByteBuffer body, int maxBytes) throws ProtocolException {
    return CONTROL.matcher(getText(body, maxBytes)).replaceAll("?");
  }

  private static void putLongs(ByteBuffer body, List<Long> values) {
    body.putInt(values.size());
    values.forEach(body::putLong);
  }

  private static List<Long> getLongs(ByteBuffer body) throws ProtocolException {
    int count = body.getInt();
    if (count < 0 || count > MAX_VMS) {
      throw new ProtocolException(
          "list of " + Integer.toUnsignedString(count) + ", at most " + MAX_VMS);
    }
    var values = new ArrayList<Long>();
    for (int i = 0; i < count; i++) {
      values.add(body.getLong());
    }
    return values;
  }
}
