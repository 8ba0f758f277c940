package emulha.codecs;

import emulha.memory.DirtyPages;
import java.io.IOException;
import java.util.List;

/** Several workers that are told the same, one after the other. */
public class StageWorkers<E extends IOException> implements StageWorker<E> {
  private final List<? extends StageWorker<E>> workers;

  public StageWorkers(List<? extends StageWorker<E>> workers) {
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
