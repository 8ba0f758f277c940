package emulha.traces;

import emulha.memory.DirtyPages;
import java.io.IOException;

/**
 * Reads a series once, from its base to its last checkpoint. Damaged input gives an {@link
 * IOException} that names file, offset and reason. Not thread-safe.
 */
public interface SeriesCursor extends AutoCloseable {
  /**
   * Reads the next stretch of the base.
   *
   * @param maxPages largest number of pages to read
   * @param into cleared, then filled
   * @return false when the base is read to its end; {@code into} is then empty
   */
  boolean nextBase(int maxPages, DirtyPages into) throws IOException;

  /**
   * Reads the next checkpoint; what is left of the base is passed over.
   *
   * @param into cleared, then filled with the dirty pages and the free map
   * @return false when all checkpoints are read; {@code into} is then empty
   */
  boolean nextCheckpoint(DirtyPages into) throws IOException;

  /**
   * Reads the next checkpoint, which is announced.
   *
   * @param name of the series
   * @throws IOException if there is none
   */
  default void requireCheckpoint(String name, DirtyPages into) throws IOException {
    if (!nextCheckpoint(into)) {
      throw new IOException(name + ": fewer checkpoints than announced");
    }
  }

  /**
   * What the checkpoint read last holds besides its pages.
   *
   * @throws IllegalStateException if none was read yet
   */
  CheckpointHeader last();

  @Override
  void close() throws IOException;
}
