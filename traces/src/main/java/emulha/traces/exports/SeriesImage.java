package emulha.traces.exports;

import emulha.files.Pending;
import emulha.memory.DirtyPages;
import emulha.memory.Page;
import emulha.traces.Progress;
import emulha.traces.Series;
import emulha.traces.SeriesInfo;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Writes the RAM image that a series leads to: what a fail-over after a checkpoint must find. The
 * file is sparse and {@code ram_bytes} long. Pages that a reduced base leaves out are zero.
 */
public final class SeriesImage {

  private SeriesImage() {}

  /**
   * Writes the image.
   *
   * @param checkpoints how many checkpoints to apply: 0 gives the base, {@code n + 1} the image
   *     after checkpoint number n
   * @param file must not exist
   * @param progress told in checkpoints
   */
  public static void write(Series series, int checkpoints, Path file, Progress progress)
      throws IOException {
    write(series, checkpoints, new byte[0], file, progress);
  }

  /**
   * Writes the image behind a header.
   *
   * @param header stands before it
   */
  static void write(Series series, int checkpoints, byte[] header, Path file, Progress progress)
      throws IOException {
    SeriesInfo info = series.info();
    if (checkpoints < 0 || checkpoints > info.checkpoints()) {
      throw new IllegalArgumentException(
          "%s: cannot apply %s checkpoints; it has %s"
              .formatted(info.name(), checkpoints, info.checkpoints()));
    }
    try (var pending = Pending.file(file)) {
      try (var channel =
              FileChannel.open(
                  pending.path(), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
          var cursor = series.open()) {
        write(pending, channel, ByteBuffer.wrap(header), 0);
        write(pending, channel, ByteBuffer.allocate(1), header.length + info.ramBytes() - 1);
        var pages = new DirtyPages();
        while (cursor.nextBase(info.stretchPages(), pages)) {
          writeBase(pending, channel, pages, header.length);
        }
        for (int n = 0; n < checkpoints; n++) {
          cursor.requireCheckpoint(info.name(), pages);
          for (int i = 0; i < pages.count(); i++) {
            write(pending, channel, pages, i, header.length);
          }
          progress.step("checkpoints", n + 1L, checkpoints);
        }
      }
      pending.commit();
    }
  }

  /** Writes pages of a base, but those of zeros, to an image that begins at {@code start}. */
  static void writeBase(Pending pending, FileChannel channel, DirtyPages pages, long start)
      throws IOException {
    for (int i = 0; i < pages.count(); i++) {
      if (!Page.isZero(pages.slab(i), pages.offset(i), pages.pageSize().bytes())) {
        write(pending, channel, pages, i, start);
      }
    }
  }

  /** Writes a page where it belongs. */
  private static void write(
      Pending pending, FileChannel channel, DirtyPages pages, int i, long start)
      throws IOException {
    var page = ByteBuffer.wrap(pages.slab(i), pages.offset(i), pages.pageSize().bytes());
    write(pending, channel, page, start + pages.pageSize().bytesOf(pages.pfn(i)));
  }

  /** Writes bytes at a place of a file. */
  static void write(Pending pending, FileChannel channel, ByteBuffer bytes, long place)
      throws IOException {
    try {
      for (long at = place; bytes.hasRemaining(); ) {
        at += channel.write(bytes, at);
      }
    } catch (IOException e) {
      throw pending.cannotWrite(e);
    }
  }
}
