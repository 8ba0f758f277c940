package emulha.files;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/**
 * Files that are whole under their name, or not there: what is written goes into {@code
 * .NAME.partial}, which then gets the name. For those that must survive a power failure there is
 * {@link DurableFile}.
 */
public final class WholeFile {
  /** Writes the content of a file. */
  public interface Content {
    /**
     * Writes all of it.
     *
     * @param channel at the begin of an empty file
     */
    void writeTo(FileChannel channel) throws IOException;

    /** Those bytes. */
    static Content of(byte[] bytes) {
      return channel -> {
        for (ByteBuffer rest = ByteBuffer.wrap(bytes); rest.hasRemaining(); ) {
          channel.write(rest);
        }
      };
    }
  }

  private WholeFile() {}

  /** Writes a file as {@link #write(Path, byte[])} does, in UTF-8. */
  public static void write(Path file, String content) throws IOException {
    write(file, content.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * Writes a file, in place of an older one; its directory must exist.
   *
   * @throws IOException if it cannot be written, with its name; what was there before stays
   */
  public static void write(Path file, byte[] content) throws IOException {
    write(file, Content.of(content), false);
  }

  /**
   * Writes a file, in place of an older one.
   *
   * @param force to the disk, before it gets its name
   */
  static void write(Path file, Content content, boolean force) throws IOException {
    Path partial = file.resolveSibling("." + file.getFileName() + ".partial");
    try {
      try (var channel =
          FileChannel.open(
              partial,
              StandardOpenOption.CREATE,
              StandardOpenOption.TRUNCATE_EXISTING,
              StandardOpenOption.WRITE)) {
        content.writeTo(channel);
        if (force) {
          channel.force(true);
        }
      }
      if (force) {
        DurableFile.rename(partial, file);
      } else {
        Files.move(partial, file, StandardCopyOption.ATOMIC_MOVE);
      }
    } catch (IOException e) {
      throw new IOException("cannot write %s: %s".formatted(file, e.getMessage()), e);
    } finally {
      Files.deleteIfExists(partial);
    }
  }
}
