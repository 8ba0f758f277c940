package emulha.wire;

import java.io.IOException;
import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ReadableByteChannel;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Reads frames and checks each before it is believed: magic, header checksum, sequence number, type
 * and length before the body is read, the body's checksum before it is given out. Owned by one
 * thread.
 */
public final class FrameReader implements FrameSource {
  /** Room for most messages. */
  private static final int FIRST_MESSAGE_BYTES = 1 << 10;

  private final ReadableByteChannel channel;
  private final String peer;
  private final Watchdog watchdog;
  private final Supplier<Spun> spinning;
  private ByteBuffer buffer = ByteBuffer.allocate(FrameFormat.GREETING_BUFFER_BYTES).flip();
  private final byte[] headerBytes = new byte[FrameFormat.HEADER_BYTES];
  private final ByteBuffer header = ByteBuffer.wrap(headerBytes).order(ByteOrder.LITTLE_ENDIAN);
  private byte[] messageBytes = new byte[FIRST_MESSAGE_BYTES];
  private final CRC32C crc = new CRC32C();
  private int sequence;
  private @Nullable FrameType type;
  private int lane;
  private int length;
  private int bodyCrc;
  private long heardAt = System.nanoTime();

  FrameReader(
      ReadableByteChannel channel, String peer, Watchdog watchdog, Supplier<Spun> spinning) {
    this.channel = channel;
    this.peer = peer;
    this.watchdog = watchdog;
    this.spinning = spinning;
  }

  /** Makes ready for large frames, from a peer that is trusted with the memory for them. */
  void enlarge() {
    buffer = ByteBuffer.allocateDirect(FrameFormat.MAX_BODY_BYTES).put(buffer).flip();
  }

  /** As {@link #requireNext}, but false if the peer closed the connection between two frames. */
  public boolean next() throws IOException {
    watchdog.progressing.begin();
    try {
      do {
        if (!nextFrame()) {
          return false;
        }
      } while (type == FrameType.HEARTBEAT);
      return true;
    } finally {
      watchdog.progressing.end();
    }
  }

  /** Whether the header is a TLS record instead: type 20 to 24, major version 3. */
  private boolean isTls() {
    return headerBytes[0] >= 20 && headerBytes[0] <= 24 && headerBytes[1] == 3;
  }

  private boolean nextFrame() throws IOException {
    int got = read(headerBytes, 0, FrameFormat.HEADER_BYTES);
    if (got == 0) {
      return false;
    }
    int magicBytes = Math.min(got, Integer.BYTES);
    for (int i = 0; i < magicBytes; i++) {
      if (headerBytes[i] != (byte) (FrameFormat.MAGIC >>> (8 * i))) {
        throw new ProtocolException(
            "peer %s speaks something else: expected magic %08x, found %08x%s"
                .formatted(
                    peer,
                    Integer.reverseBytes(FrameFormat.MAGIC),
                    Integer.reverseBytes(header.getInt(FrameFormat.MAGIC_OFFSET)),
                    isTls() ? "; that is TLS, which this end is not told to use" : ""));
      }
    }
    requireWhole(got, FrameFormat.HEADER_BYTES);
    crc.reset();
    crc.update(headerBytes, 0, FrameFormat.HEADER_CRC_OFFSET);
    if ((int) crc.getValue() != header.getInt(FrameFormat.HEADER_CRC_OFFSET)) {
      throw broken("header checksum does not match");
    }
    if (header.getInt(FrameFormat.SEQUENCE_OFFSET) != sequence) {
      throw broken(
          "expected sequence number "
              + sequence
              + ", found "
              + header.getInt(FrameFormat.SEQUENCE_OFFSET));
    }
    FrameType known = FrameType.ofCode(headerBytes[FrameFormat.TYPE_OFFSET]);
    if (known == null || headerBytes[FrameFormat.ZERO_OFFSET] != 0) {
      throw broken("unknown type " + (headerBytes[FrameFormat.TYPE_OFFSET] & 0xff));
    }
    type = known;
    lane = header.getShort(FrameFormat.LANE_OFFSET) & 0xffff;
    length = header.getInt(FrameFormat.LENGTH_OFFSET);
    if (known == FrameType.HEARTBEAT && sequence == 0) {
      throw broken("a connection cannot begin with a heartbeat");
    }
    int limit =
        switch (known) {
          case LANE, RAW_PAGES, STATE -> FrameFormat.MAX_BODY_BYTES;
          case HEARTBEAT -> 0;
          default -> Message.MAX_BYTES;
        };
    if (length < 0 || length > limit) {
      throw broken(known + " of " + Integer.toUnsignedString(length) + " bytes, at most " + limit);
    }
    bodyCrc = header.getInt(FrameFormat.BODY_CRC_OFFSET);
    sequence++;
    return true;
  }

  @Override
  public void requireNext() throws IOException {
    if (!next()) {
      throw new ConnectionLostException("peer " + peer + " closed the connection", null);
    }
  }

  @Override
  public long heardAt() {
    return heardAt;
  }

  @Override
  public Spun spun() {
    return spinning.get();
  }

  @Override
  public FrameType type() {
    return Objects.requireNonNull(type);
  }

  @Override
  public int lane() {
    return lane;
  }

  @Override
  public int length() {
    return length;
  }

  @Override
  public void readBody(byte[] target, int offset) throws IOException {
    Objects.checkFromIndexSize(offset, length, target.length);
    watchdog.finishing.begin();
    try {
      requireWhole(read(target, offset, length), length);
    } finally {
      watchdog.finishing.end();
    }
    crc.reset();
    crc.update(target, offset, length);
    if ((int) crc.getValue() != bodyCrc) {
      throw broken(type() + " body checksum does not match");
    }
  }

  @Override
  public Message readMessage() throws IOException {
    if (length > Message.MAX_BYTES) {
      throw new ProtocolException("found " + type() + " where a message was expected");
    }
    if (length > messageBytes.length) {
      messageBytes = new byte[Message.MAX_BYTES];
    }
    readBody(messageBytes, 0);
    return Message.parse(
        type(), ByteBuffer.wrap(messageBytes, 0, length).order(ByteOrder.LITTLE_ENDIAN));
  }

  /** Reads up to {@code wanted} bytes; fewer only where the connection ends. */
  private int read(byte[] target, int offset, int wanted) throws IOException {
    int got = 0;
    try {
      while (got < wanted) {
        if (!buffer.hasRemaining()) {
          buffer.clear();
          int n = channel.read(buffer);
          buffer.flip();
          if (n < 0) {
            break;
          }
          heardAt = System.nanoTime();
        }
        int n = Math.min(wanted - got, buffer.remaining());
        buffer.get(target, offset + got, n);
        got += n;
      }
      return got;
    } catch (IOException e) {
      throw watchdog.explain(e);
    }
  }

  private void requireWhole(int got, int wanted) throws ConnectionLostException {
    if (got < wanted) {
      throw new ConnectionLostException(
          "peer %s closed the connection inside frame %d: %d of %d bytes"
              .formatted(peer, sequence, got, wanted),
          null);
    }
  }

  private ProtocolException broken(String reason) {
    return new ProtocolException("broken frame %d from %s: %s".formatted(sequence, peer, reason));
  }
}
