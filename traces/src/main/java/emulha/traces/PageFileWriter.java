package emulha.traces;

import emulha.memory.DirtyPages;
import emulha.memory.FreeMap;
import emulha.memory.PageSize;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.function.Consumer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Writes one {@link PageFile} in stretches of pages. The number of pages is known beforehand; what
 * is held is one buffer.
 */
final class PageFileWriter implements AutoCloseable {
  private static final int STEP = 1 << 20;

  private final Path path;
  private final FileChannel channel;
  private final PageFile.Header header;
  private final ByteBuffer buffer;
  private long written;
  private long lastPfn = -1;

  PageFileWriter(
      Path path,
      PageSize pageSize,
      int kind,
      CheckpointHeader checkpoint,
      long pages,
      @Nullable FreeMap freeMap)
      throws IOException {
    this.path = path;
    byte[] map = freeMap == null ? new byte[0] : freeMap.bits();
    byte[] state = checkpoint.state() == null ? new byte[0] : checkpoint.state();
    int step = Math.max(STEP, pageSize.bytes());
    buffer = ByteBuffer.allocateDirect(step).order(ByteOrder.LITTLE_ENDIAN);
    header =
        new PageFile.Header(
            pageSize,
            kind,
            0,
            checkpoint.sequence(),
            checkpoint.guestTimeNs(),
            pages,
            map.length,
            state.length);
    channel =
        FileChannel.open(
            path, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE);
    try {
      // A hole where nothing follows: the padding of a file without pages.
      write(ByteBuffer.wrap(new byte[1]), header.pagesOffset() - 1);
      write(ByteBuffer.wrap(map), header.freeMapOffset());
      write(ByteBuffer.wrap(state), header.stateOffset());
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  long missing() {
    return header.pages() - written;
  }

  /**
   * Appends pages.
   *
   * @param stretch pages of the file's size
   * @throws IllegalArgumentException if they do not ascend
   */
  void write(DirtyPages stretch) throws IOException {
    PageSize pageSize = header.pageSize();
    int pageBytes = pageSize.bytes();
    int count = stretch.count();
    if (count > missing()) {
      throw new IllegalStateException(
          path + ": " + header.pages() + " pages announced, more were given");
    }
    if (count > 0 && stretch.pfn(0) <= lastPfn) {
      throw new IllegalArgumentException(
          "page frame number " + stretch.pfn(0) + " does not ascend after " + lastPfn);
    }
    int together = pageSize.stretch(STEP);
    for (int from = 0; from < count; from += together) {
      int to = Math.min(count, from + together);
      buffer.clear();
      for (int i = from; i < to; i++) {
        buffer.putLong(stretch.pfn(i));
      }
      write(buffer.flip(), header.pfnsOffset() + (written + from) * Long.BYTES);
      buffer.clear();
      for (int i = from; i < to; i++) {
        buffer.putInt(PageFile.crc(stretch.slab(i), stretch.offset(i), pageBytes));
      }
      write(buffer.flip(), header.sumsOffset() + (written + from) * Integer.BYTES);
      buffer.clear();
      for (int i = from; i < to; i++) {
        buffer.put(stretch.slab(i), stretch.offset(i), pageBytes);
      }
      write(buffer.flip(), header.pagesOffset() + pageSize.bytesOf(written + from));
    }
    written += count;
    if (count > 0) {
      lastPfn = stretch.pfn(count - 1);
    }
  }

  /**
   * Completes the file.
   *
   * @return the digest of its content
   */
  FileDigest finish() throws IOException {
    if (missing() != 0) {
      throw new IllegalStateException(
          path + ": " + header.pages() + " pages announced, " + missing() + " are missing");
    }
    var crc = new CRC32C();
    read(PageFile.HEADER_BYTES, header.pagesOffset(), crc::update);
    write(ByteBuffer.wrap(header.withTablesCrc((int) crc.getValue()).format()), 0);
    MessageDigest sha256 = FileDigest.newSha256();
    read(0, header.fileBytes(), sha256::update);
    channel.close();
    return FileDigest.of(path.getFileName().toString(), header.fileBytes(), sha256);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }

  private void read(long from, long to, Consumer<ByteBuffer> sink) throws IOException {
    for (long at = from; at < to; ) {
      buffer.clear().limit((int) Math.min(buffer.capacity(), to - at));
      int n = channel.read(buffer, at);
      if (n < 0) {
        throw new IOException(path + ": shorter than it was written");
      }
      sink.accept(buffer.flip());
      at += n;
    }
  }

  private void write(ByteBuffer bytes, long at) throws IOException {
    try {
      for (long position = at; bytes.hasRemaining(); ) {
        position += channel.write(bytes, position);
      }
    } catch (IOException e) {
      throw new IOException("cannot write " + path + ": " + e.getMessage(), e);
    }
  }
}
