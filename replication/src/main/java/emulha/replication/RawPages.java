package emulha.replication;

import emulha.memory.DirtyPages;
import emulha.memory.Page;
import java.io.IOException;
import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The bodies of {@code RAW_PAGES} frames: pages of a base that both ends are to have before a run.
 * Not thread-safe.
 */
public final class RawPages {
  private static final int FIXED_BYTES = 2 * Integer.BYTES;

  /** Largest number of pages in a frame. */
  static final int MAX_PAGES =
      (FrameFormat.MAX_BODY_BYTES - FIXED_BYTES) / (Long.BYTES + Page.BYTES);

  private final byte[] bytes = new byte[FrameFormat.MAX_BODY_BYTES];

  /** Sends all pages of a VM. */
  public void send(int vm, DirtyPages pages, FrameOutput writer) throws IOException {
    for (int from = 0; from < pages.count(); from += MAX_PAGES) {
      int count = Math.min(MAX_PAGES, pages.count() - from);
      ByteBuffer body = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
      body.putInt(vm).putInt(count);
      for (int i = from; i < from + count; i++) {
        body.putLong(pages.pfn(i));
        body.put(pages.slab(i), pages.offset(i), Page.BYTES);
      }
      writer.write(FrameType.RAW_PAGES, 0, bytes, 0, body.position());
    }
  }

  /**
   * Reads the body of the reader's present frame.
   *
   * @param pages by VM, takes the pages
   * @param ramPages by VM, number of page frames
   */
  public void receive(FrameSource reader, DirtyPages[] pages, long[] ramPages) throws IOException {
    reader.readBody(bytes, 0);
    ByteBuffer body = ByteBuffer.wrap(bytes, 0, reader.length()).order(ByteOrder.LITTLE_ENDIAN);
    if (body.remaining() < FIXED_BYTES) {
      throw new ProtocolException("RAW_PAGES of " + reader.length() + " bytes");
    }
    int vm = body.getInt();
    int count = body.getInt();
    if (vm < 0
        || vm >= pages.length
        || count < 0
        || count > MAX_PAGES
        || body.remaining() != count * (Long.BYTES + Page.BYTES)
        || count > CheckpointReader.STRETCH_PAGES - pages[vm].count()) {
      throw new ProtocolException(
          "RAW_PAGES of VM %d with %d pages in %d bytes".formatted(vm, count, reader.length()));
    }
    for (int i = 0; i < count; i++) {
      long pfn = body.getLong();
      if (pfn < 0 || pfn >= ramPages[vm]) {
        throw new ProtocolException(
            "RAW_PAGES: page frame %d of VM %d, which has %d".formatted(pfn, vm, ramPages[vm]));
      }
      try {
        pages[vm].append(pfn, bytes, body.position());
      } catch (IllegalArgumentException e) {
        throw (ProtocolException)
            new ProtocolException("RAW_PAGES of VM " + vm + ": " + e.getMessage()).initCause(e);
      }
      body.position(body.position() + Page.BYTES);
    }
  }
}
