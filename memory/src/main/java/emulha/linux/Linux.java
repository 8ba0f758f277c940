package emulha.linux;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The system calls that the JDK does not offer. Thread-safe. */
public final class Linux {
  /** Error: operation not permitted. */
  public static final int EPERM = 1;

  /** Error: no data from there on. */
  public static final int ENXIO = 6;

  /** For {@link #seek}: the next data. */
  public static final int SEEK_DATA = 3;

  /** For {@link #seek}: the next hole. */
  public static final int SEEK_HOLE = 4;

  /** Signal: end at once. */
  public static final int SIGKILL = 9;

  /** Signal: go on. */
  public static final int SIGCONT = 18;

  /** Signal: halt. */
  public static final int SIGSTOP = 19;

  /** For {@link #open}: reading. */
  public static final int O_RDONLY = 0;

  /** For {@link #open}: writing. */
  public static final int O_WRONLY = 1;

  private static final long SYS_PIDFD_OPEN = 434;
  private static final long SYS_PIDFD_GETFD = 438;
  private static final int O_CLOEXEC = 0x80000;
  private static final int KEEP_SIZE_AND_PUNCH_HOLE = 3;
  private static final int PROT_READ_WRITE = 3;
  private static final int MAP_PRIVATE_ANONYMOUS_NORESERVE = 0x4022;

  private static final ValueLayout INT = ValueLayout.JAVA_INT;
  private static final ValueLayout LONG = ValueLayout.JAVA_LONG;
  private static final ValueLayout ADDRESS = ValueLayout.ADDRESS;

  private static final StructLayout STATE = Linker.Option.captureStateLayout();
  private static final VarHandle ERRNO =
      STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));

  private static final MethodHandle OPEN = variadic("open", 2, INT, ADDRESS, INT);
  private static final MethodHandle CLOSE = function("close", INT, INT);
  private static final MethodHandle IOCTL = variadic("ioctl", 2, INT, INT, LONG, ADDRESS);
  private static final MethodHandle LSEEK = function("lseek", LONG, INT, LONG, INT);
  private static final MethodHandle FALLOCATE = function("fallocate", INT, INT, INT, LONG, LONG);
  private static final MethodHandle SYSCALL = variadic("syscall", 1, LONG, LONG, LONG, LONG, LONG);
  private static final MethodHandle KILL = function("kill", INT, INT, INT);
  private static final MethodHandle MMAP = function("mmap", LONG, LONG, LONG, INT, INT, INT, LONG);
  private static final MethodHandle MUNMAP = function("munmap", INT, LONG, LONG);

  private Linux() {}

  private static MethodHandle function(
      String name, MemoryLayout result, MemoryLayout... parameters) {
    return variadic(name, parameters.length, result, parameters);
  }

  /**
   * A function that tells its errors by {@code errno}; its parameters from one on are variadic,
   * none if that is their number.
   */
  private static MethodHandle variadic(
      String name, int from, MemoryLayout result, MemoryLayout... parameters) {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(
        linker.defaultLookup().findOrThrow(name),
        FunctionDescriptor.of(result, parameters),
        Linker.Option.firstVariadicArg(from),
        Linker.Option.captureCallState("errno"));
  }

  /** A call that says by a negative result that it failed, and by {@code errno} why. */
  private interface Call {
    long invoke(MemorySegment state) throws Throwable;
  }

  /** The call's result if at least 0, else the negated error number. */
  private static long result(Call call) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      long result = call.invoke(state);
      return result >= 0 ? result : -(int) ERRNO.get(state, 0L);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  /**
   * open(2).
   *
   * @param access {@link #O_RDONLY} or {@link #O_WRONLY}
   * @return a descriptor, to be given to {@link #close}
   */
  public static int open(Path file, int access) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment name = arena.allocateFrom(file.toString());
      int fd = (int) result(state -> (int) OPEN.invokeExact(state, name, access | O_CLOEXEC));
      if (fd < 0) {
        throw new IOException(
            "%s: cannot be opened%s, %s"
                .formatted(file, access == O_WRONLY ? " for writing" : "", describe(-fd)));
      }
      return fd;
    }
  }

  public static void close(int fd) {
    long _ = result(state -> (int) CLOSE.invokeExact(state, fd));
  }

  /**
   * ioctl(2) with a structure.
   *
   * @return its result if at least 0, else the negated error number
   */
  public static int ioctl(int fd, long request, MemorySegment argument) {
    return (int) result(state -> (int) IOCTL.invokeExact(state, fd, request, argument));
  }

  /**
   * lseek(2).
   *
   * @return the offset if at least 0, else the negated error number
   */
  public static long seek(int fd, long offset, int whence) {
    return result(state -> (long) LSEEK.invokeExact(state, fd, offset, whence));
  }

  /**
   * Makes a range of a file read as zeros and take no space: fallocate(2) with FALLOC_FL_PUNCH_HOLE
   * and FALLOC_FL_KEEP_SIZE.
   *
   * @return 0, else the negated error number
   */
  public static int punchHole(int fd, long offset, long length) {
    int mode = KEEP_SIZE_AND_PUNCH_HOLE;
    return (int) result(state -> (int) FALLOCATE.invokeExact(state, fd, mode, offset, length));
  }

  /**
   * A descriptor of our own for what another process has open (pidfd_getfd(2)).
   *
   * @return a descriptor, to be given to {@link #close}
   */
  public static int takeOver(long pid, int theirs) throws IOException {
    int process = (int) syscall(pid, SYS_PIDFD_OPEN, pid, 0, 0);
    try {
      return (int) syscall(pid, SYS_PIDFD_GETFD, process, theirs, 0);
    } finally {
      close(process);
    }
  }

  private static long syscall(long pid, long number, long first, long second, long third)
      throws IOException {
    long result = result(state -> (long) SYSCALL.invokeExact(state, number, first, second, third));
    if (result < 0) {
      throw new IOException(
          "process " + pid + ": its descriptors cannot be had, " + describe((int) -result));
    }
    return result;
  }

  /**
   * Zeros that are promised to nobody: mmap(2) of private anonymous memory with MAP_NORESERVE.
   *
   * @param arena gives them back when it is closed
   * @return them, at a multiple of the system's page; null if the system has not so much
   */
  public static @Nullable MemorySegment unreserved(long bytes, Arena arena) {
    int access = PROT_READ_WRITE;
    int flags = MAP_PRIVATE_ANONYMOUS_NORESERVE;
    long address =
        result(state -> (long) MMAP.invokeExact(state, 0L, bytes, access, flags, -1, 0L));
    return address < 0
        ? null
        : MemorySegment.ofAddress(address).reinterpret(bytes, arena, Linux::unmap);
  }

  private static void unmap(MemorySegment memory) {
    long address = memory.address();
    long bytes = memory.byteSize();
    long _ = result(state -> (int) MUNMAP.invokeExact(state, address, bytes));
  }

  /** The number in the line {@code LABEL NUMBER kB} of a file in {@code /proc}; 0 if not told. */
  public static long kibibytes(Path file, String label) {
    try (Stream<String> lines = Files.lines(file, StandardCharsets.ISO_8859_1)) {
      return lines
          .filter(line -> line.startsWith(label))
          .findFirst()
          .map(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
          .orElse(0L);
    } catch (IOException | UncheckedIOException | NumberFormatException e) {
      return 0;
    }
  }

  public static void kill(long pid, int signal) throws IOException {
    int process = Math.toIntExact(pid);
    int result = (int) result(state -> (int) KILL.invokeExact(state, process, signal));
    if (result < 0) {
      throw new IOException("process " + pid + ": cannot be signalled, " + describe(-result));
    }
  }

  /** The error in words where it is one that users meet. */
  public static String describe(int errno) {
    return switch (errno) {
      case EPERM -> "operation not permitted (EPERM)";
      case 2 -> "no such file (ENOENT)";
      case 3 -> "no such process (ESRCH)";
      case 13 -> "permission denied (EACCES)";
      case 25 -> "not supported by this kernel (ENOTTY)";
      default -> "error " + errno;
    };
  }
}
