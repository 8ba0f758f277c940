package emulha.linux;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The system calls that the JDK does not offer. Thread-safe. */
public final class Linux {
  /** Error: operation not permitted. */
  public static final int EPERM = 1;

  static final int ENOTTY = 25;

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

  private static final long SYS_PIDFD_OPEN = 434;
  private static final long SYS_PIDFD_GETFD = 438;

  /** For {@link #open(Path, int)}: reading. */
  public static final int O_RDONLY = 0;

  /** For {@link #open(Path, int)}: writing. */
  public static final int O_WRONLY = 1;

  private static final int O_CLOEXEC = 0x80000;
  private static final int KEEP_SIZE_AND_PUNCH_HOLE = 3;
  private static final int PROT_READ_WRITE = 3;
  private static final int MAP_PRIVATE_ANONYMOUS_NORESERVE = 0x4022;
  private static final long MAP_FAILED = -1;

  private static final Linker LINKER = Linker.nativeLinker();
  private static final StructLayout STATE = Linker.Option.captureStateLayout();
  private static final VarHandle ERRNO =
      STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));

  private static final MethodHandle OPEN =
      function(
          "open",
          FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT),
          Linker.Option.firstVariadicArg(2),
          Linker.Option.captureCallState("errno"));
  private static final MethodHandle CLOSE =
      function("close", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
  private static final MethodHandle IOCTL =
      function(
          "ioctl",
          FunctionDescriptor.of(
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_LONG,
              ValueLayout.ADDRESS),
          Linker.Option.firstVariadicArg(2),
          Linker.Option.captureCallState("errno"));
  private static final MethodHandle LSEEK =
      function(
          "lseek",
          FunctionDescriptor.of(
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_INT),
          Linker.Option.captureCallState("errno"));
  private static final MethodHandle FALLOCATE =
      function(
          "fallocate",
          FunctionDescriptor.of(
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_LONG),
          Linker.Option.captureCallState("errno"));
  private static final MethodHandle SYSCALL =
      function(
          "syscall",
          FunctionDescriptor.of(
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_LONG),
          Linker.Option.firstVariadicArg(1),
          Linker.Option.captureCallState("errno"));
  private static final MethodHandle KILL =
      function(
          "kill",
          FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT),
          Linker.Option.captureCallState("errno"));
  private static final MethodHandle MMAP =
      function(
          "mmap",
          FunctionDescriptor.of(
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_LONG));
  private static final MethodHandle MUNMAP =
      function(
          "munmap",
          FunctionDescriptor.of(
              ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG));

  private Linux() {}

  private static MethodHandle function(
      String name, FunctionDescriptor descriptor, Linker.Option... options) {
    return LINKER.downcallHandle(
        LINKER.defaultLookup().find(name).orElseThrow(), descriptor, options);
  }

  /**
   * Opens a file for reading.
   *
   * @return a descriptor, to be given to {@link #close}
   */
  public static int open(Path file) throws IOException {
    int fd = open(file, O_RDONLY);
    if (fd < 0) {
      throw new IOException(file + ": cannot be opened, " + describe(-fd));
    }
    return fd;
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
   * @return a descriptor, to be given to {@link #close}; else the negated error number
   */
  public static int open(Path file, int access) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment name = arena.allocateFrom(file.toString());
      return (int) result(state -> (int) OPEN.invokeExact(state, name, access | O_CLOEXEC));
    }
  }

  /** Closes a descriptor. */
  public static void close(int fd) {
    try {
      int ignored = (int) CLOSE.invokeExact(fd);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
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
    long address;
    try {
      address =
          (long)
              MMAP.invokeExact(0L, bytes, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS_NORESERVE, -1, 0L);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
    return address == MAP_FAILED
        ? null
        : MemorySegment.ofAddress(address).reinterpret(bytes, arena, Linux::unmap);
  }

  private static void unmap(MemorySegment memory) {
    try {
      int ignored = (int) MUNMAP.invokeExact(memory.address(), memory.byteSize());
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  /** Sends a signal to a process. */
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
      case ENOTTY -> "not supported by this kernel (ENOTTY)";
      default -> "error " + errno;
    };
  }
}
