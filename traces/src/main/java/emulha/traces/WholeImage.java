package emulha.traces;

import emulha.memory.Page;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A file with all of a VM's RAM, read by page frames. */
final class WholeImage implements AutoCloseable {
  private final Path path;
  private final FileChannel file;
  private final List<ImageFormat.Extent> extents;
  private final AddressRanges ranges;

  private WholeImage(
      Path path, FileChannel file, List<ImageFormat.Extent> extents, AddressRanges ranges) {
    this.path = path;
    this.file = file;
    this.extents = extents;
    this.ranges = ranges;
  }

  static WholeImage open(Path path, ImageFormat format) throws IOException {
    var file = FileChannel.open(path, StandardOpenOption.READ);
    try {
      KnownFile.refuseOthers(file, path.toString(), format.importName());
      List<ImageFormat.Extent> extents = format.sortedExtents(file, path.toString());
      if (format == ImageFormat.RAW && file.size() % Page.BYTES != 0) {
        throw new DamagedFileException(
            path.toString(), file.size(), "expected a multiple of 4096 bytes, found the end");
      }
      var ranges = new ArrayList<AddressRanges.Range>();
      long next = 0;
      for (ImageFormat.Extent extent : extents) {
        // Ranges of firmware may begin or end within a page.
        long first = Math.max(next, extent.address() >>> Page.SHIFT);
        next = (extent.end() + Page.BYTES - 1) >>> Page.SHIFT;
        if (next > first) {
          ranges.add(new AddressRanges.Range(first, next - first));
        }
      }
      return new WholeImage(path, file, extents, new AddressRanges(ranges));
    } catch (IOException | RuntimeException e) {
      file.close();
      throw e;
    }
  }

  Path path() {
    return path;
  }

  /** The page frames. */
  AddressRanges ranges() {
    return ranges;
  }

  /** Reads {@code pages} consecutive frames; bytes that the file lacks are zero. */
  void read(long frame, int pages, byte[] into) throws IOException {
    for (int done = 0; done < pages; ) {
      AddressRanges.Range stretch = ranges.from(frame + done);
      int run = (int) Math.min(pages - done, stretch.pages());
      readRun(stretch.firstPage() << Page.SHIFT, run << Page.SHIFT, into, done << Page.SHIFT);
      done += run;
    }
  }

  private void readRun(long address, int bytes, byte[] into, int at) throws IOException {
    long end = address + bytes;
    Arrays.fill(into, at, at + bytes, (byte) 0);
    for (ImageFormat.Extent extent : extents) {
      long from = Math.max(address, extent.address());
      long to = Math.min(end, extent.end());
      if (from < to) {
        var target = ByteBuffer.wrap(into, at + (int) (from - address), (int) (to - from));
        for (long position = extent.offset() + from - extent.address(); target.hasRemaining(); ) {
          int n = file.read(target, position);
          if (n < 0) {
            throw new DamagedFileException(
                path.toString(), position, "shorter than it was a moment ago");
          }
          position += n;
        }
      }
    }
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
