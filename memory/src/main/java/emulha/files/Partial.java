package emulha.files;

import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/**
 * A file or directory in the making, so that nothing half-written ever bears the final name. It
 * lies in {@code .NAME.partial} beside its target, which one process at a time works in, by a lock;
 * what a killed one left there, the next takes away. Not thread-safe.
 */
public sealed class Partial implements AutoCloseable permits Pending {
  private static final String LOCK = ".lock";

  private final Path target;

  /** Where it is made, beside the target. */
  private final Path room;

  private final LockedFile lock;

  /**
   * Begins; the directories above the target are made.
   *
   * @throws IllegalArgumentException if the target has no directory above it
   * @throws IOException if it cannot be written there, or another process makes the same
   */
  public static Partial of(Path target) throws IOException {
    return new Partial(target);
  }

  Partial(Path target) throws IOException {
    Path absolute = target.toAbsolutePath();
    if (absolute.endsWith(".") || absolute.endsWith("..")) {
      absolute = absolute.normalize();
    }
    Path parent = absolute.getParent();
    if (parent == null) {
      throw new IllegalArgumentException(target + ": not a place to write to");
    }
    Files.createDirectories(parent);
    // What is behind a link, a ".." after it does not lead back from.
    this.target = parent.toRealPath().resolve(absolute.getFileName());
    room = this.target.resolveSibling("." + absolute.getFileName() + ".partial");
    if (Files.isRegularFile(room, LinkOption.NOFOLLOW_LINKS)) {
      // Version 1.0.0 wrote result files there.
      Files.delete(room);
    }
    Files.createDirectories(room);
    LockedFile held =
        LockedFile.holdIfLockable(
            room.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    if (held == null) {
      throw new IOException(
          target + ": another emulha is writing there; wait for it, or choose another place");
    }
    lock = held;
    try {
      clear(room);
      Scratch.removeToo(room);
    } catch (IOException | RuntimeException e) {
      lock.close();
      throw e;
    }
  }

  /** Removes what was in the making, unless another process works on it. */
  static void removeAbandoned(Path room) throws IOException {
    Path lockFile = room.resolve(LOCK);
    if (!Files.exists(lockFile)) {
      return;
    }
    if (LockedFile.isOwn(lockFile)) {
      Tree.delete(room);
      return;
    }
    try (var lock = LockedFile.holdIfLockable(lockFile, StandardOpenOption.WRITE)) {
      if (lock != null) {
        Tree.delete(room);
      }
    }
  }

  private static void clear(Path room) throws IOException {
    for (Path path : Scratch.content(room)) {
      if (!path.endsWith(LOCK)) {
        Tree.delete(path);
      }
    }
  }

  /** Where to write; it is not there yet. */
  public Path path() {
    return room.resolve(target.getFileName());
  }

  /**
   * Gives what was written its final name.
   *
   * @throws IOException if that cannot be done, as when a directory that is not empty is there
   */
  public void commit() throws IOException {
    Files.move(path(), target, StandardCopyOption.ATOMIC_MOVE);
  }

  /** Removes what was written, unless it was given its name. */
  @Override
  public void close() throws IOException {
    try (lock) {
      clear(room);
      Files.deleteIfExists(room.resolve(LOCK));
    }
    try {
      Files.deleteIfExists(room);
    } catch (DirectoryNotEmptyException e) {
      // The next one is at work in it, or a network file system takes the lock away later.
    }
  }
}
