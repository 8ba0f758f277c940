package emulha.codecs;

import emulha.memory.DirtyPages;
import java.io.IOException;
import java.util.List;

/**
 * What a stage's workers at both ends are told beside the blocks, and tell of themselves.
 *
 * @param <E> what they throw
 */
public interface StageWorker<E extends IOException> extends AutoCloseable {
  /**
   * A checkpoint of all VMs starts: at the receiver it is there completely, and lanes are at their
   * beginning.
   */
  default void beginCheckpoint(CheckpointKind kind) throws E {}

  /**
   * One VM's part of the checkpoint starts.
   *
   * @param pages all of the VM's pages, those that other encoder threads encode included; at the
   *     receiver they appear here decoded, in order, and earlier ones may be read
   */
  default void beginVm(int vm, DirtyPages pages) throws E {}

  /**
   * A page that an earlier stage settled: the receiver's image will hold its new content. At the
   * sender this stage does not see it encoded; at the receiver it is filled in already. A stage
   * with a history of pages must take note, and every stage must pass the call on to the next.
   */
  void skip(Block page) throws E;

  /** One VM's part of the checkpoint ends: at the sender, what was held back is written now. */
  default void endVm(int vm) throws E {}

  /** The checkpoint ends. At the sender this writes nothing. */
  default void endCheckpoint() throws E {}

  /** Bytes that this stage's key data structures retain now. */
  default long retainedBytes() {
    return 0;
  }

  /** Bytes taken for them, in use or not: at least {@link #retainedBytes}. */
  default long allocatedBytes() {
    return retainedBytes();
  }

  @Override
  default void close() {}

  /** Several workers that are told the same, one after the other. */
  class Several<E extends IOException> implements StageWorker<E> {
    private final List<? extends StageWorker<E>> workers;

    public Several(List<? extends StageWorker<E>> workers) {
      this.workers = List.copyOf(workers);
    }

    @Override
    public void beginCheckpoint(CheckpointKind kind) throws E {
      for (StageWorker<E> worker : workers) {
        worker.beginCheckpoint(kind);
      }
    }

    @Override
    public void beginVm(int vm, DirtyPages pages) throws E {
      for (StageWorker<E> worker : workers) {
        worker.beginVm(vm, pages);
      }
    }

    @Override
    public void skip(Block page) throws E {
      for (StageWorker<E> worker : workers) {
        worker.skip(page);
      }
    }

    @Override
    public void endVm(int vm) throws E {
      for (StageWorker<E> worker : workers) {
        worker.endVm(vm);
      }
    }

    @Override
    public void endCheckpoint() throws E {
      for (StageWorker<E> worker : workers) {
        worker.endCheckpoint();
      }
    }

    @Override
    public long retainedBytes() {
      return workers.stream().mapToLong(StageWorker::retainedBytes).sum();
    }

    @Override
    public long allocatedBytes() {
      return workers.stream().mapToLong(StageWorker::allocatedBytes).sum();
    }

    @Override
    public void close() {
      workers.forEach(StageWorker::close);
    }
  }
}
