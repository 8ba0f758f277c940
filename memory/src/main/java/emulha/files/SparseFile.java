package emulha.files;

import emulha.linux.Linux;
import emulha.memory.AddressRanges;
import emulha.memory.Page;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;

/** Tells a file's data from its holes with lseek(2), SEEK_DATA and SEEK_HOLE. Linux only. */
public final class SparseFile {
  private SparseFile() {}

  /**
   * Where a file has data, as ranges of pages.
   *
   * @param bytes the file's size
   * @throws DamagedFileException if data begins or ends within a page
   */
  public static List<AddressRanges.Range> data(Path path, long bytes) throws IOException {
    if (!canTellHoles()) {
      throw new IOException(path + ": holes in files are told from data on Linux only");
    }
    var ranges = new ArrayList<AddressRanges.Range>();
    for (Bytes data : dataBytes(path, bytes)) {
      if (data.from() % Page.BYTES != 0 || data.to() % Page.BYTES != 0) {
        throw new DamagedFileException(
            path.toString(),
            data.from(),
            "expected data in whole pages, found it up to byte " + data.to());
      }
      ranges.add(
          new AddressRanges.Range(
              data.from() >>> Page.SHIFT, (data.to() - data.from()) >>> Page.SHIFT));
    }
    return ranges;
  }

  /** Whether this system tells holes from data. */
  static boolean canTellHoles() {
    return System.getProperty("os.name", "").toLowerCase(Locale.ROOT).contains("linux");
  }

  /** The pages of a file that lie wholly in holes; none where the system cannot tell. */
  public static BitSet holes(Path path) throws IOException {
    var holes = new BitSet();
    if (!canTellHoles()) {
      return holes;
    }
    long bytes = Files.size(path);
    holes.set(0, Math.toIntExact(bytes >>> Page.SHIFT));
    for (Bytes data : dataBytes(path, bytes)) {
      holes.clear(
          (int) (data.from() >>> Page.SHIFT), (int) ((data.to() + Page.BYTES - 1) >>> Page.SHIFT));
    }
    return holes;
  }

  private static List<Bytes> dataBytes(Path path, long bytes) throws IOException {
    int file = Linux.open(path, Linux.O_RDONLY);
    try {
      return dataBytes(path, file, bytes);
    } finally {
      Linux.close(file);
    }
  }

  /** Bytes of a file, {@code to} exclusive. */
  public record Bytes(long from, long to) {}

  /**
   * Where an open file has data, ascending.
   *
   * @param path the file, for errors
   * @param file its descriptor
   */
  public static List<Bytes> dataBytes(Path path, int file, long bytes) throws IOException {
    var ranges = new ArrayList<Bytes>();
    for (long at = 0; at < bytes; ) {
      long from = Linux.seek(file, at, Linux.SEEK_DATA);
      if (from == -Linux.ENXIO) {
        break;
      }
      if (from < 0) {
        throw new IOException(path + ": its holes cannot be found, " + Linux.describe((int) -from));
      }
      long to = Linux.seek(file, from, Linux.SEEK_HOLE);
      if (to <= from) {
        throw new DamagedFileException(
            path.toString(), from, "its holes cannot be found: it changes");
      }
      ranges.add(new Bytes(from, to));
      at = to;
    }
    return ranges;
  }
}
