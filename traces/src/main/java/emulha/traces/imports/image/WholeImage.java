package emulha.traces.imports.image;

import emulha.memory.AddressRanges;
import emulha.memory.PageSize;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** A file with all of a VM's RAM, read by page frames. */
record WholeImage(FileChannel file, Ram ram, AddressRanges ranges, PageSize pageSize)
    implements AutoCloseable {
  static WholeImage open(Path path, ImageFormat format, PageSize pageSize) throws IOException {
    var file = FileChannel.open(path, StandardOpenOption.READ);
    try {
      KnownFile.refuseOthers(path, format);
      Ram ram = format.sortedRam(input(file, path, format));
      boolean whole = format != ImageFormat.RAW || pageSize.divides(file.size());
      String expected = "a multiple of " + pageSize.bytes() + " bytes";
      Input.require(whole, path, file.size(), expected, "the end");
      return new WholeImage(file, ram, Ram.ranges(ram.extents(), pageSize), pageSize);
    } catch (IOException | RuntimeException e) {
      file.close();
      throw e;
    }
  }

  private static Input input(FileChannel file, Path path, ImageFormat format) throws IOException {
    return format == ImageFormat.KDUMP && FlattenedInput.is(file)
        ? new FlattenedInput(file, path.toString())
        : new Input(file, path.toString());
  }

  /** The same file with page frames over other ranges; those that it lacks are zeros. */
  WholeImage over(AddressRanges others) {
    return new WholeImage(file, ram, others, pageSize);
  }

  /** Where RAM is, in ascending order. */
  List<Ram.Extent> extents() {
    return ram.extents();
  }

  Map<String, String> facts() {
    return ram.facts();
  }

  /** Reads {@code pages} consecutive frames; bytes that the file lacks are zero. */
  void read(long frame, int pages, byte[] into) throws IOException {
    for (int done = 0; done < pages; ) {
      AddressRanges.Range stretch = ranges.from(frame + done);
      int run = (int) Math.min(pages - done, stretch.pages());
      readRun(
          pageSize.bytesOf(stretch.firstPage()),
          run << pageSize.shift(),
          into,
          done << pageSize.shift());
      done += run;
    }
  }

  private void readRun(long address, int bytes, byte[] into, int at) throws IOException {
    long end = address + bytes;
    Arrays.fill(into, at, at + bytes, (byte) 0);
    for (Ram.Extent extent : ram.extents()) {
      long from = Math.max(address, extent.address());
      long to = Math.min(end, extent.end());
      if (from < to) {
        ram.contents()
            .read(
                ByteBuffer.wrap(into, at + (int) (from - address), (int) (to - from)),
                extent.offset() + from - extent.address());
      }
    }
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
