package emulha.files;

import emulha.memory.AddressRanges;
import emulha.memory.Page;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;

/** Tells a file's data from its holes with lseek(2), SEEK_DATA and SEEK_HOLE. Linux only. */
public final class SparseFile {
  private static final int SEEK_DATA = 3;
  private static final int SEEK_HOLE = 4;
  private static final int ENXIO = 6;

  private static final Linker LINKER = Linker.nativeLinker();
  private static final MemoryLayout ERRNO_LAYOUT = Linker.Option.captureStateLayout();
  private static final VarHandle ERRNO =
      ERRNO_LAYOUT.varHandle(MemoryLayout.PathElement.groupElement("errno"));
  private static final MethodHandle OPEN =
      LINKER.downcallHandle(
          LINKER.defaultLookup().findOrThrow("open"),
          FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT),
          Linker.Option.firstVariadicArg(2),
          Linker.Option.captureCallState("errno"));
  private static final MethodHandle LSEEK =
      LINKER.downcallHandle(
          LINKER.defaultLookup().findOrThrow("lseek"),
          FunctionDescriptor.of(
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_INT),
          Linker.Option.captureCallState("errno"));
  private static final MethodHandle CLOSE =
      LINKER.downcallHandle(
          LINKER.defaultLookup().findOrThrow("close"),
          FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));

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

  /** Bytes of a file, {@code to} exclusive. */
  private record Bytes(long from, long to) {}

  private static List<Bytes> dataBytes(Path path, long bytes) throws IOException {
    var ranges = new ArrayList<Bytes>();
    try (var arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(ERRNO_LAYOUT);
      int file = (int) OPEN.invokeExact(state, arena.allocateFrom(path.toString()), 0);
      if (file < 0) {
        throw new IOException(path + ": cannot be opened, error " + (int) ERRNO.get(state, 0L));
      }
      try {
        for (long at = 0; at < bytes; ) {
          long from = (long) LSEEK.invokeExact(state, file, at, SEEK_DATA);
          if (from < 0) {
            int error = (int) ERRNO.get(state, 0L);
            if (error == ENXIO) {
              break;
            }
            throw new IOException(path + ": its holes cannot be found, error " + error);
          }
          long to = (long) LSEEK.invokeExact(state, file, from, SEEK_HOLE);
          if (to <= from) {
            throw new DamagedFileException(
                path.toString(), from, "its holes cannot be found: it changes");
          }
          ranges.add(new Bytes(from, to));
          at = to;
        }
      } finally {
        int _ = (int) CLOSE.invokeExact(file);
      }
    } catch (IOException | RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException("system calls throw nothing else", e);
    }
    return ranges;
  }
}
