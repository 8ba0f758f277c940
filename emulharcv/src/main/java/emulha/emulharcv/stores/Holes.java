package emulha.emulharcv.stores;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.file.Path;

/**
 * Punches holes into a file: fallocate(2) with FALLOC_FL_PUNCH_HOLE and FALLOC_FL_KEEP_SIZE. Whole
 * blocks of 4096 bytes are given back to the file system. Linux only. Not thread-safe.
 */
final class Holes implements AutoCloseable {
  private static final int O_WRONLY = 1;
  private static final int KEEP_SIZE_AND_PUNCH_HOLE = 3;

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
  private static final MethodHandle FALLOCATE =
      LINKER.downcallHandle(
          LINKER.defaultLookup().findOrThrow("fallocate"),
          FunctionDescriptor.of(
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_LONG),
          Linker.Option.captureCallState("errno"));
  private static final MethodHandle CLOSE =
      LINKER.downcallHandle(
          LINKER.defaultLookup().findOrThrow("close"),
          FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));

  private final Path path;
  private final Arena arena = Arena.ofConfined();
  private final MemorySegment state = arena.allocate(ERRNO_LAYOUT);
  private final int file;

  /** Opens a file to punch. */
  Holes(Path path) throws IOException {
    this.path = path;
    try {
      file = (int) OPEN.invokeExact(state, arena.allocateFrom(path.toString()), O_WRONLY);
    } catch (Throwable e) {
      throw new IllegalStateException("system calls throw nothing", e);
    }
    if (file < 0) {
      int error = (int) ERRNO.get(state, 0L);
      arena.close();
      throw new IOException(path + ": cannot be opened for writing, error " + error);
    }
  }

  /** Makes a range read as zeros and take no space. */
  void punch(long offset, long length) throws IOException {
    int result;
    try {
      result = (int) FALLOCATE.invokeExact(state, file, KEEP_SIZE_AND_PUNCH_HOLE, offset, length);
    } catch (Throwable e) {
      throw new IllegalStateException("system calls throw nothing", e);
    }
    if (result != 0) {
      throw new IOException(
          "%s: cannot punch a hole, error %d; the file system must have them (ext4, XFS, tmpfs)"
              .formatted(path, (int) ERRNO.get(state, 0L)));
    }
  }

  @Override
  public void close() {
    try {
      int _ = (int) CLOSE.invokeExact(file);
    } catch (Throwable e) {
      throw new IllegalStateException("system calls throw nothing", e);
    }
    arena.close();
  }
}
