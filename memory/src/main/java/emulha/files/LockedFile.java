package emulha.files;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Files that one at a time holds, in this process or another. */
public final class LockedFile {
  private LockedFile() {}

  /**
   * Takes a file.
   *
   * @param options to open it with, of which one lets it be written
   * @return what holds it until closed, or until the process ends; null if it is held already
   */
  public static @Nullable FileChannel hold(Path file, OpenOption... options) throws IOException {
    FileChannel channel = FileChannel.open(file, options);
    try {
      if (channel.tryLock() != null) {
        return channel;
      }
    } catch (OverlappingFileLockException e) {
      // Held by this process: as if by another.
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
    channel.close();
    return null;
  }
}
