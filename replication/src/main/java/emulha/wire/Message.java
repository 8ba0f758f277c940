package emulha.wire;

import emulha.codecs.CheckpointKind;
import emulha.linux.Scheduling;
import emulha.memory.PageSize;
import java.net.ProtocolException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What both ends say to each other besides page content: the components of each message, in their
 * order, are its body ({@link Layout}, {@code replication/PROTOCOL.md}).
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

  /** Type of the frame that carries the message. */
  default FrameType type() {
    return FrameType.of(this);
  }

  /** Writes the body, from which {@link #parse} makes the message. */
  default void putTo(ByteBuffer body) {
    Layout.put(body, (Record) this);
  }

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
  record Welcome(
      int version, long held, long spinNs, String binding, @Layout.Unseen String environment)
      implements Message {
    public Welcome {
      Spun.checkedNs(spinNs);
    }
  }

  /** The session is not accepted. */
  record Refused(String reason) implements Message {}

  /**
   * A replay starts, with new encoder and decoder.
   *
   * @param after number of the checkpoint that the images must hold already, {@link #BASE} or more;
   *     {@link #NOTHING} to start with images of zeros
   */
  record Start(long after) implements Message {}

  /** The receiver is ready for the replay. */
  record Started() implements Message {}

  /**
   * A checkpoint of all VMs starts.
   *
   * @param number number of the checkpoint among those of its kind, from 0; stretches of the base
   *     are numbered too
   */
  record Begin(CheckpointKind kind, long number) implements Message {}

  /**
   * All pages of one VM are sent.
   *
   * @param digest digest of the frame numbers and contents of the VM's pages; 0 without
   *     verification
   * @param stateBytes bytes of the VM's CPU and device state; 0 if the recording has none
   * @param stateDigest digest of the state; 0 without one or without verification
   */
  record VmEnd(int vm, int pages, long digest, int stateBytes, long stateDigest)
      implements Message {}

  /** All pages of all VMs are sent. */
  record End(CheckpointKind kind, long number) implements Message {}

  /**
   * All pages of all VMs have arrived.
   *
   * @param waitedNs how long the receiver, after the ACK before this one, did not read because an
   *     earlier checkpoint was still being stored
   * @param verifyNs how long verifying that earlier checkpoint took, or noting in the store that
   *     the base is whole
   */
  record Ack(CheckpointKind kind, long number, long waitedNs, long verifyNs) implements Message {}

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
      implements Message {}

  /**
   * The session has failed.
   *
   * @param mismatch whether the image would not have equalled the recording
   */
  record Failed(boolean mismatch, String reason) implements Message {}

  /** The session ends. */
  record Bye() implements Message {}

  /**
   * Before its hello, the sender wants to see that the receiver has the shared secret.
   *
   * @param nonce drawn by the sender for this connection
   */
  record Challenge(Bits256 nonce) implements Message {}

  /**
   * The receiver has the shared secret, and wants to see that the sender has it.
   *
   * @param session drawn by the receiver: names what may follow
   * @param nonce drawn by the receiver for this connection
   * @param proof that the receiver has the secret
   */
  record Response(Bits256 session, Bits256 nonce, Bits256 proof) implements Message {}

  /** The sender has the shared secret. */
  record Proof(Bits256 proof) implements Message {}

  /**
   * After {@link Welcome}, where the method is sent over several connections: the others are
   * expected.
   *
   * @param ticket drawn by the receiver for this session
   */
  record Invite(Bits256 ticket) implements Message {}

  /**
   * In place of {@link Hello}: this is a further connection of a session.
   *
   * @param ticket of its {@link Invite}
   * @param number of the connection, from 1; that of the hello is 0
   */
  record Join(Bits256 ticket, int number) implements Message {}

  /** The connection is one of the session's now. */
  record Joined() implements Message {}

  /**
   * Reads a message from its whole body.
   *
   * @throws ProtocolException if the body is not one of this type
   */
  static Message parse(FrameType type, ByteBuffer body) throws ProtocolException {
    Class<? extends Message> kind = type.message();
    if (kind == null) {
      throw new ProtocolException("found " + type + " where a message was expected");
    }
    try {
      if (type == FrameType.HELLO) {
        // Before the rest, which another version may have laid out otherwise.
        int version = body.mark().getInt();
        body.reset();
        if (version != VERSION) {
          throw new ProtocolException(
              "peer speaks protocol version " + version + ", this end speaks " + VERSION);
        }
      }
      Message message = Layout.get(body, kind);
      if (body.hasRemaining()) {
        throw new ProtocolException(body.remaining() + " bytes left over in " + type);
      }
      return message;
    } catch (BufferUnderflowException | IllegalArgumentException e) {
      String reason =
          e instanceof BufferUnderflowException
              ? "it is too short"
              : String.valueOf(e.getMessage());
      throw (ProtocolException)
          new ProtocolException("malformed " + type + ": " + reason).initCause(e);
    }
  }
}
