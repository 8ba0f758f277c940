package emulha.runs;

import emulha.memory.DirtyPages;
import emulha.memory.PageSize;
import emulha.wire.FrameFormat;
import emulha.wire.FrameOutput;
import emulha.wire.FrameSource;
import emulha.wire.FrameType;
import java.io.IOException;
import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The bodies of {@code RAW_PAGES} frames: pages of a base that both ends are to have before a run.
 * Of pages that do not fit a frame, each frame has a part. Not thread-safe.
 */
public final class RawPages {
  private static final int FIXED_BYTES = 2 * Integer.BYTES;

  /** In place of a number of pages: a part of one follows. */
  private static final int PART = 0;

  private static final int PART_HEADER_BYTES = Long.BYTES + Integer.BYTES;

  /** Largest part of a page. */
  static final int MAX_PART_BYTES = 128 << 10;

  /** A body; as large as the largest so far. */
  private byte[] bytes = new byte[0];

  private final PageSize pageSize;
  private final int pageBytes;

  /** VM of the page of which a part came last. */
  private int partVm;

  /** Bytes that have come of it; 0 if no page is in part. */
  private int partBytes;

  /**
   * @param pageSize size of the pages of all VMs
   */
  public RawPages(PageSize pageSize) {
    this.pageSize = pageSize;
    pageBytes = pageSize.bytes();
  }

  /** Largest number of whole pages in a frame; 0 if none fits. */
  static int maxPages(PageSize pageSize) {
    return (FrameFormat.MAX_BODY_BYTES - FIXED_BYTES) / (Long.BYTES + pageSize.bytes());
  }

  /** Sends all pages of a VM. */
  public void send(int vm, DirtyPages pages, FrameOutput writer) throws IOException {
    pageSize.require(pages.pageSize());
    int most = maxPages(pageSize);
    makeRoom(
        most == 0
            ? PART_HEADER_BYTES + FIXED_BYTES + MAX_PART_BYTES
            : FIXED_BYTES + Math.min(most, pages.count()) * (Long.BYTES + pageBytes));
    if (most == 0) {
      for (int i = 0; i < pages.count(); i++) {
        sendParts(vm, pages, i, writer);
      }
      return;
    }
    for (int from = 0; from < pages.count(); from += most) {
      int count = Math.min(most, pages.count() - from);
      ByteBuffer body = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
      body.putInt(vm).putInt(count);
      for (int i = from; i < from + count; i++) {
        body.putLong(pages.pfn(i));
        body.put(pages.slab(i), pages.offset(i), pageBytes);
      }
      writer.write(FrameType.RAW_PAGES, 0, bytes, 0, body.position());
    }
  }

  private void makeRoom(int length) {
    if (length > bytes.length) {
      bytes = new byte[length];
    }
  }

  private void sendParts(int vm, DirtyPages pages, int i, FrameOutput writer) throws IOException {
    for (int at = 0; at < pageBytes; at += MAX_PART_BYTES) {
      ByteBuffer body = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
      body.putInt(vm).putInt(PART).putLong(pages.pfn(i)).putInt(at);
      body.put(pages.slab(i), pages.offset(i) + at, MAX_PART_BYTES);
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
    makeRoom(reader.length());
    reader.readBody(bytes, 0);
    ByteBuffer body = ByteBuffer.wrap(bytes, 0, reader.length()).order(ByteOrder.LITTLE_ENDIAN);
    if (body.remaining() < FIXED_BYTES) {
      throw new ProtocolException("RAW_PAGES of " + reader.length() + " bytes");
    }
    int vm = body.getInt();
    int count = body.getInt();
    int most = maxPages(pageSize);
    if (vm < 0
        || vm >= pages.length
        || count < 0
        || count > most
        || (most > 0
            ? body.remaining() != count * (Long.BYTES + pageBytes)
            : body.remaining() != PART_HEADER_BYTES + MAX_PART_BYTES)) {
      throw wrong(vm, count, reader);
    }
    if (most == 0) {
      receivePart(vm, body, pages, ramPages, reader);
      return;
    }
    for (int i = 0; i < count; i++) {
      append(vm, body.getLong(), pages, ramPages);
      int last = pages[vm].count() - 1;
      body.get(pages[vm].slab(last), pages[vm].offset(last), pageBytes);
    }
  }

  private void receivePart(
      int vm, ByteBuffer body, DirtyPages[] pages, long[] ramPages, FrameSource reader)
      throws IOException {
    long pfn = body.getLong();
    int at = body.getInt();
    if (at != partBytes || (at > 0 && vm != partVm)) {
      throw wrong(vm, PART, reader);
    }
    if (at == 0) {
      append(vm, pfn, pages, ramPages);
    }
    int last = pages[vm].count() - 1;
    if (pages[vm].pfn(last) != pfn) {
      throw wrong(vm, PART, reader);
    }
    body.get(pages[vm].slab(last), pages[vm].offset(last) + at, MAX_PART_BYTES);
    partVm = vm;
    partBytes = (at + MAX_PART_BYTES) % pageBytes;
  }

  /**
   * Ends a VM's pages.
   *
   * @throws ProtocolException if part of one is missing
   */
  public void requireWhole() throws ProtocolException {
    if (partBytes != 0) {
      throw new ProtocolException(
          "RAW_PAGES: %d of the %d bytes of a page of VM %d"
              .formatted(partBytes, pageBytes, partVm));
    }
  }

  private void append(int vm, long pfn, DirtyPages[] pages, long[] ramPages) throws IOException {
    if (pfn < 0 || pfn >= ramPages[vm]) {
      throw new ProtocolException(
          "RAW_PAGES: page frame %d of VM %d, which has %d".formatted(pfn, vm, ramPages[vm]));
    }
    int most = CheckpointReader.stretchPages(pageSize);
    if (pages[vm].count() >= most) {
      throw new ProtocolException(
          "RAW_PAGES: more than %d pages of VM %d in a stretch".formatted(most, vm));
    }
    try {
      pages[vm].append(pfn);
    } catch (IllegalArgumentException e) {
      throw (ProtocolException)
          new ProtocolException("RAW_PAGES of VM " + vm + ": " + e.getMessage()).initCause(e);
    }
  }

  private static ProtocolException wrong(int vm, int count, FrameSource reader) {
    return new ProtocolException(
        "RAW_PAGES of VM %d with %d pages in %d bytes".formatted(vm, count, reader.length()));
  }
}
