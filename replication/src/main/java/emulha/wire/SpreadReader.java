package emulha.wire;

import java.io.IOException;
import java.util.List;

/** Reads frames from several connections in turn, as a {@link SpreadWriter} wrote them. */
final class SpreadReader implements FrameSource {
  private final List<FrameReader> readers;
  private FrameReader current;
  private int turn;

  SpreadReader(List<FrameReader> readers) {
    this.readers = List.copyOf(readers);
    current = readers.getFirst();
  }

  @Override
  public void requireNext() throws IOException {
    current = readers.get(turn);
    current.requireNext();
    turn = turn + 1 == readers.size() ? 0 : turn + 1;
  }

  @Override
  public FrameType type() {
    return current.type();
  }

  @Override
  public int lane() {
    return current.lane();
  }

  @Override
  public int length() {
    return current.length();
  }

  @Override
  public void readBody(byte[] target, int offset) throws IOException {
    current.readBody(target, offset);
  }

  @Override
  public Message readMessage() throws IOException {
    return current.readMessage();
  }

  /** On all connections together. */
  @Override
  public Spun spun() {
    return readers.stream().map(FrameReader::spun).reduce(Spun.NONE, Spun::plus);
  }

  /** On any of the connections. */
  @Override
  public long heardAt() {
    return readers.stream()
        .mapToLong(FrameReader::heardAt)
        .reduce((a, b) -> b - a > 0 ? b : a)
        .orElseThrow();
  }
}
