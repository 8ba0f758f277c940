package emulha.traces.capture;

import emulha.files.LockedFile;
import emulha.linux.Linux;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Processes that are recorded: their threads and open files, and how they are halted. */
public final class Processes {
  private static final long TIMEOUT_NS = 10_000_000_000L;

  private Processes() {}

  /**
   * Keeps others from recording the same guest or process, which would halt it between this
   * recorder's halts and take its written pages away.
   *
   * @param file stands for what is recorded; its content is left alone
   * @param what is recorded, for the error
   * @return a lock, which ends with the recorder
   * @throws IllegalArgumentException if another recorder has it
   */
  public static LockedFile soleRecorder(Path file, String what) throws IOException {
    LockedFile held = LockedFile.hold(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
    if (held == null) {
      throw new IllegalArgumentException(
          what + ": another recorder is at work on it; wait until it ends");
    }
    return held;
  }

  /** The directories of a process's threads in {@code /proc}; none if it ended. */
  public static List<Path> threads(long pid) throws IOException {
    return entries(pid, "task");
  }

  /** What a file of each thread holds; threads that ended meanwhile are left out. */
  public static List<String> ofThreads(long pid, String file) throws IOException {
    var contents = new ArrayList<String>();
    for (Path thread : threads(pid)) {
      try {
        contents.add(Files.readString(thread.resolve(file), StandardCharsets.ISO_8859_1));
      } catch (IOException e) {
        // It may have ended, before or while it was read.
        if (Files.exists(thread)) {
          throw e;
        }
      }
    }
    return contents;
  }

  /** The link in {@code /proc} to an open file of a process whose name is wanted, or null. */
  public static @Nullable Path openFile(long pid, Predicate<String> wanted) throws IOException {
    for (Path link : entries(pid, "fd")) {
      try {
        if (wanted.test(Files.readSymbolicLink(link).toString())) {
          return link;
        }
      } catch (NoSuchFileException e) {
        // a running process closed the file meanwhile
      }
    }
    return null;
  }

  private static List<Path> entries(long pid, String directory) throws IOException {
    var entries = new ArrayList<Path>();
    try (DirectoryStream<Path> each =
        Files.newDirectoryStream(Path.of("/proc", Long.toString(pid), directory))) {
      each.forEach(entries::add);
    } catch (NoSuchFileException e) {
      return List.of();
    } catch (DirectoryIteratorException e) {
      // It can end between the opening of its directory and the reading.
      if (e.getCause() instanceof NoSuchFileException) {
        return List.of();
      }
      throw e.getCause();
    }
    return entries;
  }

  /**
   * Signals a process that was there before.
   *
   * @throws GuestGoneException if it ended
   */
  public static void signal(long pid, int signal) throws GuestGoneException {
    try {
      Linux.kill(pid, signal);
    } catch (IOException e) {
      throw new GuestGoneException(e.getMessage() == null ? "the guest ended" : e.getMessage());
    }
  }

  /** Whether every thread of a process that has not ended stands still. */
  public static boolean isHalted(long pid) throws IOException {
    return areHalted(states(pid));
  }

  /** Waits until all threads stand still; false if the process ended. */
  public static boolean awaitHalted(long pid) throws IOException {
    long deadline = System.nanoTime() + TIMEOUT_NS;
    while (true) {
      String states = states(pid);
      if (states.isEmpty()) {
        return false;
      }
      if (areHalted(states)) {
        return true;
      }
      if (System.nanoTime() - deadline > 0) {
        throw new IOException("process " + pid + ": did not stop within 10 s");
      }
      LockSupport.parkNanos(50_000);
    }
  }

  private static boolean areHalted(String states) {
    return !states.isEmpty() && states.chars().allMatch(state -> state == 'T' || state == 't');
  }

  /** The states of all threads that have not ended, a letter each. */
  private static String states(long pid) throws IOException {
    var states = new StringBuilder();
    for (String stat : ofThreads(pid, "stat")) {
      // pid (name) state …, where the name may hold anything
      char state = stat.charAt(stat.lastIndexOf(')') + 2);
      if (state != 'Z' && state != 'X') {
        states.append(state);
      }
    }
    return states.toString();
  }
}
