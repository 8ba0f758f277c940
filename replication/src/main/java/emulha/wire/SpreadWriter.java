package emulha.wire;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Writes frames on several connections in turn, each at once: gathered, one could wait here while
 * another connection is full of those that the peer reads after it.
 */
final class SpreadWriter implements FrameOutput {
  private final List<FrameWriter> writers;
  private final ReentrantLock lock = new ReentrantLock();
  private int turn;

  SpreadWriter(List<FrameWriter> writers) {
    this.writers = List.copyOf(writers);
  }

  @Override
  public void write(FrameType type, int lane, byte[] body, int offset, int length)
      throws IOException {
    lock.lock();
    try {
      FrameWriter writer = next();
      writer.write(type, lane, body, offset, length);
      writer.flush();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void write(Message message) throws IOException {
    lock.lock();
    try {
      next().send(message);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void send(Message message) throws IOException {
    write(message);
  }

  private FrameWriter next() {
    FrameWriter writer = writers.get(turn);
    turn = turn + 1 == writers.size() ? 0 : turn + 1;
    return writer;
  }

  @Override
  public Totals totals() {
    return writers.stream().map(FrameWriter::totals).reduce(new Totals(0, 0, 0), Totals::plus);
  }
}
