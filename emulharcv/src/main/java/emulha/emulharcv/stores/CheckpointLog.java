package emulha.emulharcv.stores;

import emulha.memory.DirtyPages;
import emulha.wire.Message;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * A file that holds one checkpoint, whole or recognisably not: the redo log of {@link FileStore}.
 * All numbers are little-endian.
 *
 * <pre>
 *   0  magic, the bytes E M H A L O G 2
 *   8  sequence number of the record                u64
 *  16  checkpoint that the images hold with it      i64, -1 the base, -2 nothing
 *  24  bytes of the body                            u64
 *  32  CRC-32C of the body                          u32
 *  36  CRC-32C of bytes 0 to 35                     u32
 *  40  body: for each VM u32 pages, u32 state bytes, then page frame numbers (u64 each), page
 *      contents (each of the VM's page size), state; last the seal of the images with it ({@link
 *      ImageProof}), up to the end of the body
 * </pre>
 *
 * The body is written first and the header after it, then the file is forced to the disk. Not
 * thread-safe.
 */
final class CheckpointLog implements AutoCloseable {
  private static final long MAGIC = 0x32474f4c41484d45L;
  private static final int SEQUENCE_OFFSET = 8;
  private static final int HOLDS_OFFSET = 16;
  private static final int BODY_BYTES_OFFSET = 24;
  private static final int BODY_CRC_OFFSET = 32;
  private static final int HEADER_CRC_OFFSET = 36;
  private static final int HEADER_BYTES = 40;
  private static final int BUFFER_BYTES = 1 << 20;

  /** What goes through the buffer at once: what is longer, in pieces. */
  private static final int PIECE_BYTES = 4096;

  private final Path file;
  private final FileChannel channel;
  private final ByteBuffer buffer =
      ByteBuffer.allocateDirect(BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
  private final CRC32C crc = new CRC32C();

  /** What a complete log holds. */
  @SuppressWarnings("ArrayRecordComponent")
  record Content(long sequence, StorableCheckpoint checkpoint, byte[] seal) {}

  CheckpointLog(Path file) throws IOException {
    this.file = file;
    channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
  }

  /**
   * Replaces what the log holds.
   *
   * @param seal proves the images with this checkpoint
   * @return bytes written
   */
  long write(long sequence, StorableCheckpoint checkpoint, byte[] seal) throws IOException {
    crc.reset();
    buffer.clear();
    long at = HEADER_BYTES;
    for (int vm = 0; vm < checkpoint.pages().size(); vm++) {
      DirtyPages pages = checkpoint.pages().get(vm);
      byte[] state = checkpoint.states().get(vm);
      at = room(2 * Integer.BYTES, at);
      buffer.putInt(pages.count()).putInt(state.length);
      for (int i = 0; i < pages.count(); i++) {
        at = room(Long.BYTES, at);
        buffer.putLong(pages.pfn(i));
      }
      for (int i = 0; i < pages.count(); i++) {
        at = put(pages.slab(i), pages.offset(i), pages.pageSize().bytes(), at);
      }
      at = put(state, 0, state.length, at);
    }
    at = drain(put(seal, 0, seal.length, at));
    int bodyCrc = (int) crc.getValue();
    buffer.clear();
    buffer.putLong(MAGIC).putLong(sequence).putLong(checkpoint.holds());
    buffer.putLong(at - HEADER_BYTES).putInt(bodyCrc);
    crc.reset();
    crc.update(buffer.duplicate().flip());
    buffer.putInt((int) crc.getValue());
    Whole.write(channel, file, buffer.flip(), 0);
    channel.force(false);
    return at;
  }

  private long put(byte[] bytes, int offset, int length, long from) throws IOException {
    long at = from;
    for (int done = 0; done < length; done += PIECE_BYTES) {
      at = room(PIECE_BYTES, at);
      buffer.put(bytes, offset + done, Math.min(PIECE_BYTES, length - done));
    }
    return at;
  }

  private long room(int bytes, long at) throws IOException {
    return buffer.remaining() < bytes ? drain(at) : at;
  }

  private long drain(long at) throws IOException {
    buffer.flip();
    crc.update(buffer.duplicate());
    int length = buffer.remaining();
    Whole.write(channel, file, buffer, at);
    buffer.clear();
    return at + length;
  }

  /**
   * What the log holds; null if it holds nothing, or was being written when its writer ended.
   *
   * @param vms whose images they are
   */
  @Nullable Content read(List<Message.Vm> vms) throws IOException {
    var in = new Input();
    buffer.clear().limit(HEADER_BYTES);
    if (!in.fill(0)) {
      return null;
    }
    crc.reset();
    crc.update(buffer.duplicate().limit(HEADER_CRC_OFFSET));
    if (buffer.getLong(0) != MAGIC || buffer.getInt(HEADER_CRC_OFFSET) != (int) crc.getValue()) {
      return null;
    }
    long sequence = buffer.getLong(SEQUENCE_OFFSET);
    long holds = buffer.getLong(HOLDS_OFFSET);
    long bytes = buffer.getLong(BODY_BYTES_OFFSET);
    int bodyCrc = buffer.getInt(BODY_CRC_OFFSET);
    if (bytes < 0 || bytes > channel.size() - HEADER_BYTES || in.crcOf(bytes) != bodyCrc) {
      return null;
    }
    in.rewind(bytes);
    List<DirtyPages> pages = new ArrayList<>();
    List<byte[]> states = new ArrayList<>();
    for (Message.Vm vm : vms) {
      in.need(2 * Integer.BYTES);
      int count = buffer.getInt();
      int stateBytes = buffer.getInt();
      if (count < 0 || count > in.rest() / (Long.BYTES + vm.pageBytes())) {
        throw new DamagedStoreException(
            file + ": its body has no room for as many pages as it names");
      }
      var part = new DirtyPages(vm.pageSize());
      for (int i = 0; i < count; i++) {
        in.need(Long.BYTES);
        long pfn = buffer.getLong();
        if (pfn < 0 || pfn >= vm.ramPages()) {
          throw new DamagedStoreException(
              file + ": page frame " + pfn + " of a VM that has " + vm.ramPages());
        }
        part.append(pfn);
      }
      for (int i = 0; i < count; i++) {
        in.take(part.slab(i), part.offset(i), vm.pageBytes());
      }
      pages.add(part);
      states.add(in.take(stateBytes));
    }
    byte[] seal = in.take(in.rest());
    return new Content(sequence, new StorableCheckpoint(holds, pages, states), seal);
  }

  /** Reads the log through the buffer. */
  private final class Input {
    private long at;
    private long end;

    /** Reads up to the buffer's limit from a position; false if the file ends first. */
    boolean fill(long from) throws IOException {
      boolean full = Whole.read(channel, buffer, from);
      buffer.flip();
      return full;
    }

    int crcOf(long bytes) throws IOException {
      crc.reset();
      for (long done = 0; done < bytes; done += BUFFER_BYTES) {
        buffer.clear().limit((int) Math.min(BUFFER_BYTES, bytes - done));
        if (!fill(HEADER_BYTES + done)) {
          throw new IOException(file + ": it became shorter while it was read");
        }
        crc.update(buffer);
      }
      return (int) crc.getValue();
    }

    void rewind(long bytes) {
      at = HEADER_BYTES;
      end = HEADER_BYTES + bytes;
      buffer.clear().limit(0);
    }

    /** Bytes up to the end of the body. */
    long rest() {
      return end - at + buffer.remaining();
    }

    byte[] take(long bytes) throws IOException {
      if (bytes < 0 || bytes > rest() || bytes > Integer.MAX_VALUE - 8) {
        throw new DamagedStoreException(file + ": its body ends inside a state");
      }
      byte[] taken = new byte[(int) bytes];
      take(taken, 0, taken.length);
      return taken;
    }

    void take(byte[] target, int offset, int bytes) throws IOException {
      for (int done = 0; done < bytes; done += PIECE_BYTES) {
        int length = Math.min(PIECE_BYTES, bytes - done);
        need(length);
        buffer.get(target, offset + done, length);
      }
    }

    /** Makes sure that so many bytes can be taken from the buffer. */
    void need(int bytes) throws IOException {
      if (buffer.remaining() >= bytes) {
        return;
      }
      at -= buffer.remaining();
      if (end - at < bytes) {
        throw new DamagedStoreException(file + ": its body ends inside a page or state");
      }
      buffer.clear().limit((int) Math.min(BUFFER_BYTES, end - at));
      int length = buffer.limit();
      if (!fill(at)) {
        throw new IOException(file + ": it became shorter while it was read");
      }
      at += length;
    }
  }

  /** Bytes of the file. */
  long bytes() throws IOException {
    return channel.size();
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
