package emulha.files;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * A file that one at a time holds, in this process or another: until it is closed, or the process
 * ends. Thread-safe.
 */
public final class LockedFile implements AutoCloseable {
  /**
   * Those of this process. The system counts locks by process: opening such a file once more, to
   * find that it is held, and closing it again would give the lock away (fcntl(2)).
   */
  private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

  private final Path place;
  private final FileChannel channel;

  private LockedFile(Path place, FileChannel channel) {
    this.place = place;
    this.channel = channel;
  }

  /**
   * Takes a file.
   *
   * @param options to open it with, of which one lets it be written
   * @return null if it is held already
   * @throws IOException if it cannot be opened, or its file system has no locks
   */
  public static @Nullable LockedFile hold(Path file, OpenOption... options) throws IOException {
    return hold(file, false, options);
  }

  /** The same, but that of a file system without locks nobody else is taken to hold files. */
  public static @Nullable LockedFile holdIfLockable(Path file, OpenOption... options)
      throws IOException {
    return hold(file, true, options);
  }

  private static @Nullable LockedFile hold(Path file, boolean lenient, OpenOption... options)
      throws IOException {
    Path place = placeOf(file);
    if (!HELD.add(place)) {
      return null;
    }
    FileChannel channel = null;
    boolean held = false;
    try {
      channel = FileChannel.open(file, options);
      held = lock(channel, lenient);
      return held ? new LockedFile(place, channel) : null;
    } finally {
      if (!held) {
        giveUp(place, channel);
      }
    }
  }

  private static boolean lock(FileChannel channel, boolean lenient) throws IOException {
    try {
      return channel.tryLock() != null;
    } catch (OverlappingFileLockException e) {
      // Held by this process, by another name.
      return false;
    } catch (IOException e) {
      if (lenient) {
        return true;
      }
      throw e;
    }
  }

  static boolean isOwn(Path file) throws IOException {
    return HELD.contains(placeOf(file));
  }

  /** The file under one name, whether it is there yet or not. */
  private static Path placeOf(Path file) throws IOException {
    Path absolute = file.toAbsolutePath().normalize();
    Path parent = absolute.getParent();
    return parent == null ? absolute : parent.toRealPath().resolve(absolute.getFileName());
  }

  private static void giveUp(Path place, @Nullable FileChannel channel) throws IOException {
    try {
      if (channel != null) {
        channel.close();
      }
    } finally {
      HELD.remove(place);
    }
  }

  @Override
  public void close() throws IOException {
    // A second closing must not take it from who holds it by then.
    if (channel.isOpen()) {
      giveUp(place, channel);
    }
  }
}
