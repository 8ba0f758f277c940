package emulha.emulharcv.stores;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Where a receiver keeps the checkpoints of a session's VMs ({@code docs/STORES.md}). Holds whole
 * checkpoints only: {@link #store} makes one visible at once, or not at all. Confined to the thread
 * that stores, until that has ended.
 */
public interface CheckpointStore extends AutoCloseable {
  /** The images as of the last checkpoint stored. {@link #clear} replaces them. */
  FailOverImages images();

  /** Forgets all: images of zeros, holding nothing. */
  void clear() throws IOException;

  /**
   * Stores a checkpoint.
   *
   * @return bytes that the store wrote for it, wherever they went
   * @throws IOException if it could not; the store then holds this checkpoint or the one before
   */
  long store(StorableCheckpoint checkpoint) throws IOException;

  /** Whether {@link #store} is to be told how the pages came. */
  default boolean keepsEncodings() {
    return false;
  }

  /**
   * Whether the store can go on. If not, as after a checkpoint that it could not store, it is to be
   * closed and opened anew; what it holds is then proved again.
   */
  default boolean usable() {
    return true;
  }

  /**
   * Reads back what was written, from where it outlives this process, past the system's memory of
   * it where there is a way.
   *
   * @throws IOException if it is not what was written
   */
  default void requireDurable() throws IOException {}

  /** What the store takes now. */
  Size size() throws IOException;

  /**
   * Rebuilds the images from what is stored alone, as after the loss of this process.
   *
   * @return images that the caller closes; null if nothing outlives this process
   */
  @Nullable FailOverImages recover() throws IOException;

  @Override
  void close() throws IOException;

  /**
   * Bytes that a store takes.
   *
   * @param peakBytes the most it has taken since {@link #clear}; null where that is not known
   */
  record Size(long bytes, @Nullable Long peakBytes) {}
}
