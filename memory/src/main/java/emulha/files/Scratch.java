package emulha.files;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a process needs on disk only while it runs. All of it lies in one directory of the process,
 * {@code emulha-PID.RANDOM} in the directory for temporary files, which is gone when the process
 * ends by itself or by a signal that it hears of. What a killed one left, the next takes away: see
 * {@link #sweep}.
 *
 * <p>A process holds a lock on a file in its directory, and so do the processes that it starts for
 * its own ends, which use the same one. The system takes the lock back however they end, so nothing
 * rests on process numbers, which come again. Thread-safe.
 */
public final class Scratch {
  /** Property that names the directory, if whoever started the JVM made it. */
  public static final String PROPERTY = "emulha.scratch";

  private static final Pattern NAME = Pattern.compile("emulha-([0-9]{1,18})\\..+");
  private static final String LOCK = "lock";
  private static final String ELSEWHERE = "elsewhere";
  private static final String PATH = "path ";
  private static final String PARTIAL = "partial ";
  private static final String PROCESS = "process ";
  private static final Pattern PROCESS_NOTE =
      Pattern.compile(PROCESS + "([0-9]{1,18}) (-?[0-9]{1,18})");

  /** Between a directory and its lock lies the start of a JVM. */
  private static final Duration START = Duration.ofMinutes(1);

  /** How exactly the system says when a process began. */
  private static final long START_PRECISION_MS = 2000;

  private static final long PATIENCE_S = 5;
  private static final int EXIT_TRIES = 40;
  private static final long EXIT_PAUSE_MS = 50;

  private static @Nullable Scratch ofThisProcess;

  private static volatile Runnable beforeEnd = () -> {};

  private final Path directory;
  private final FileChannel channel;
  private final FileLock shared;

  private Scratch(Path directory, FileChannel channel, FileLock shared) {
    this.directory = directory;
    this.channel = channel;
    this.shared = shared;
  }

  /**
   * Takes away what processes left that were killed, and holds on to the directory of this one if
   * there is one yet. Whatever goes wrong with that keeps nobody from working.
   *
   * @param beforeEnd waits, when the JVM ends, for those who still need what is here
   */
  public static void begin(Runnable beforeEnd) {
    Scratch.beforeEnd = beforeEnd;
    try {
      if (System.getProperty(PROPERTY) != null) {
        Scratch _ = own();
      }
    } catch (IOException e) {
      // Who needs it is told.
    }
    sweep(base());
  }

  /** Takes away what is left of this process's directory, once those that share it have ended. */
  private static void end() {
    beforeEnd.run();
    Scratch own;
    synchronized (Scratch.class) {
      own = ofThisProcess;
      ofThisProcess = null;
    }
    if (own != null) {
      own.leave();
    }
  }

  /** Where temporary directories are: what {@code TMPDIR} says. */
  public static Path base() {
    String given = System.getProperty(PROPERTY);
    Path parent = given == null ? null : Path.of(given).toAbsolutePath().getParent();
    return parent == null ? Path.of(System.getProperty("java.io.tmpdir")) : parent;
  }

  /**
   * A new, empty directory, which only this user can read.
   *
   * @param what how its name begins
   * @throws IOException if it cannot be made; says where, and what to set
   */
  public static Path directory(String what) throws IOException {
    return Files.createTempDirectory(own().directory, what + "-");
  }

  /** A new, empty file, which only this user can read; otherwise as {@link #directory}. */
  public static Path file(String what) throws IOException {
    return Files.createTempFile(own().directory, what + "-", null);
  }

  /**
   * A name for a file or directory that must lie elsewhere, such as in shared memory; it is taken
   * away with what is here.
   *
   * @throws IOException if that cannot be noted
   */
  public static Path elsewhere(Path place, String what) throws IOException {
    Scratch own = own();
    Path unique = Files.createTempFile(own.directory, what + "-", null);
    Files.delete(unique);
    String name = own.directory.getFileName() + "-" + unique.getFileName();
    Path path = place.toAbsolutePath().resolve(name);
    own.note(PATH + path);
    return path;
  }

  /**
   * Has a process, with those that it starts, end at the latest when what is here is taken away.
   *
   * @throws IOException if that cannot be noted
   */
  public static void endToo(Process process) throws IOException {
    Optional<Instant> start = process.info().startInstant();
    if (start.isPresent()) {
      own().note(PROCESS + process.pid() + " " + start.get().toEpochMilli());
    }
  }

  /** Has what is in the making taken away with what is here, unless another works on it then. */
  static void removeToo(Path inTheMaking) {
    try {
      own().note(PARTIAL + inTheMaking);
    } catch (IOException e) {
      // The next process that makes the same takes it away.
    }
  }

  private static synchronized Scratch own() throws IOException {
    Scratch own = ofThisProcess;
    if (own == null) {
      own = make();
      ofThisProcess = own;
      try {
        Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().unstarted(Scratch::end));
      } catch (IllegalStateException e) {
        // The JVM is ending already; the next process takes away what is left.
        return own;
      }
    }
    return own;
  }

  private static Scratch make() throws IOException {
    String given = System.getProperty(PROPERTY);
    Path directory;
    if (given == null) {
      String name = "emulha-%d.".formatted(ProcessHandle.current().pid());
      try {
        directory = Files.createTempDirectory(base(), name);
      } catch (IOException e) {
        throw new IOException(
            "cannot make a directory in %s; set TMPDIR to one that you can write to"
                .formatted(base()),
            e);
      }
    } else {
      directory = Path.of(given);
    }
    var channel =
        FileChannel.open(
            directory.resolve(LOCK),
            StandardOpenOption.CREATE,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE);
    try {
      return new Scratch(directory, channel, channel.lock(0, Long.MAX_VALUE, true));
    } catch (IOException | OverlappingFileLockException e) {
      channel.close();
      throw e;
    }
  }

  private synchronized void note(String line) throws IOException {
    if (line.contains("\n")) {
      throw new IOException("not to be noted in a line: " + line);
    }
    Files.writeString(
        directory.resolve(ELSEWHERE),
        // What a full disk cut off before ends here.
        "\n" + line + "\n",
        StandardOpenOption.CREATE,
        StandardOpenOption.APPEND);
  }

  private void leave() {
    boolean mine = owner(directory).filter(pid -> pid == ProcessHandle.current().pid()).isPresent();
    try (channel) {
      shared.release();
      for (int i = 0; mine && i < EXIT_TRIES; i++) {
        try (FileLock lock = channel.tryLock()) {
          if (lock != null) {
            removeAll(directory);
            return;
          }
        } catch (DirectoryNotEmptyException e) {
          // A command that is being ended wrote something more: once again.
        }
        TimeUnit.MILLISECONDS.sleep(EXIT_PAUSE_MS);
      }
    } catch (IOException | OverlappingFileLockException e) {
      // The next process takes away what is left.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Takes away what processes of this user left behind that have ended: their directories, what
   * they noted elsewhere, and processes that should have ended with them. What cannot be taken away
   * stays for a later one.
   *
   * @param base where temporary directories are
   */
  public static void sweep(Path base) {
    try (DirectoryStream<Path> all = Files.newDirectoryStream(base, "emulha-*")) {
      for (Path candidate : all) {
        sweepIfLeft(candidate);
      }
    } catch (IOException | DirectoryIteratorException e) {
      // They stay for a later process.
    }
  }

  private static void sweepIfLeft(Path candidate) {
    try {
      if (owner(candidate).isPresent()
          && Files.isDirectory(candidate, LinkOption.NOFOLLOW_LINKS)
          && Files.getOwner(candidate).getName().equals(System.getProperty("user.name"))
          && !isOwn(candidate)) {
        sweepOne(candidate);
      }
    } catch (IOException | OverlappingFileLockException e) {
      // It stays for a later process.
    }
  }

  private static synchronized boolean isOwn(Path candidate) throws IOException {
    Scratch own = ofThisProcess;
    return own != null && Files.isSameFile(candidate, own.directory);
  }

  private static void sweepOne(Path left) throws IOException {
    Path lockFile = left.resolve(LOCK);
    if (!Files.exists(lockFile)) {
      boolean starting =
          owner(left).flatMap(ProcessHandle::of).isPresent()
              || Files.getLastModifiedTime(left).toInstant().isAfter(Instant.now().minus(START));
      if (!starting) {
        removeAll(left);
      }
      return;
    }
    try (var channel =
            FileChannel.open(lockFile, StandardOpenOption.READ, StandardOpenOption.WRITE);
        FileLock lock = channel.tryLock()) {
      if (lock != null) {
        removeAll(left);
      }
    }
  }

  /** The process that a directory is named by. */
  private static Optional<Long> owner(Path directory) {
    Path name = directory.getFileName();
    Matcher matcher = NAME.matcher(name == null ? "" : name.toString());
    return matcher.matches() ? Optional.of(Long.valueOf(matcher.group(1))) : Optional.empty();
  }

  private static void removeAll(Path directory) throws IOException {
    Path elsewhere = directory.resolve(ELSEWHERE);
    if (Files.exists(elsewhere)) {
      // What a full disk cut off has no line end: it could name a directory above what it was to.
      String text = Files.readString(elsewhere);
      List<String> notes = text.substring(0, text.lastIndexOf('\n') + 1).lines().toList();
      notes.forEach(Scratch::endProcess);
      for (String note : notes) {
        if (note.startsWith(PATH)) {
          Tree.delete(Path.of(note.substring(PATH.length())));
        } else if (note.startsWith(PARTIAL)) {
          Partial.removeAbandoned(Path.of(note.substring(PARTIAL.length())));
        }
      }
    }
    for (Path file : content(directory)) {
      if (!file.endsWith(LOCK)) {
        Tree.delete(file);
      }
    }
    Tree.delete(directory);
  }

  /** What is in a directory; nothing if it is gone. */
  static List<Path> content(Path directory) throws IOException {
    try (Stream<Path> content = Files.list(directory)) {
      return content.toList();
    } catch (NoSuchFileException e) {
      return List.of();
    }
  }

  /** Ends the process that a note names, if it names one and that is still the same. */
  private static void endProcess(String note) {
    Matcher named = PROCESS_NOTE.matcher(note);
    if (named.matches()) {
      long startMs = Long.parseLong(named.group(2));
      ProcessHandle.of(Long.parseLong(named.group(1)))
          .filter(process -> beganAt(process, startMs))
          .ifPresent(Scratch::endTree);
    }
  }

  private static boolean beganAt(ProcessHandle process, long unixMs) {
    return process
        .info()
        .startInstant()
        .filter(start -> Math.abs(start.toEpochMilli() - unixMs) <= START_PRECISION_MS)
        .isPresent();
  }

  /**
   * Waits until a process that was asked to end has done so; if that takes more than {@value
   * #PATIENCE_S} s, or the wait is interrupted, it is told to.
   */
  public static void awaitEnd(Process process) {
    try {
      if (!process.waitFor(PATIENCE_S, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        process.waitFor(PATIENCE_S, TimeUnit.SECONDS);
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }

  /** Ends a process and those below it: asked to, and if that is not enough, told to. */
  public static void endTree(ProcessHandle root) {
    List<ProcessHandle> tree = Stream.concat(root.descendants(), Stream.of(root)).toList();
    tree.forEach(ProcessHandle::destroy);
    try {
      CompletableFuture.allOf(
              tree.stream().map(ProcessHandle::onExit).toArray(CompletableFuture<?>[]::new))
          .get(PATIENCE_S, TimeUnit.SECONDS);
    } catch (TimeoutException | ExecutionException e) {
      tree.forEach(ProcessHandle::destroyForcibly);
    } catch (InterruptedException e) {
      tree.forEach(ProcessHandle::destroyForcibly);
      Thread.currentThread().interrupt();
    }
  }
}
