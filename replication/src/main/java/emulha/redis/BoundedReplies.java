package emulha.redis;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.util.function.LongSupplier;

/**
 * A Redis server's replies (RESP2 and RESP3), bounded: a string or list that is announced longer
 * than any expected one, a line without an end, or a reply that does not come to its end in time,
 * ends in an {@link IOException} before a client makes room for it. One thread reads.
 */
final class BoundedReplies extends FilterInputStream {
  /** Longest line: a type, and a number or text. */
  static final int MAX_LINE = 1024;

  private final long maxBytes;
  private final LongSupplier deadlineNs;

  /** Of the line so far: its type, its length, and its number if it has one. */
  private int type = -1;

  private int lineLength;
  private long number;
  private boolean negative;

  /** Bytes of a string still to come, with its line end. */
  private long stringLeft;

  /**
   * @param maxBytes most bytes of a string, and most elements of a list
   * @param deadlineNs when what is awaited must have come, by {@link System#nanoTime}
   */
  BoundedReplies(InputStream in, long maxBytes, LongSupplier deadlineNs) {
    super(in);
    this.maxBytes = maxBytes;
    this.deadlineNs = deadlineNs;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    int n = in.read(target, offset, length);
    if (System.nanoTime() - deadlineNs.getAsLong() > 0) {
      throw new SocketTimeoutException("its reply takes too long");
    }
    for (int i = 0; i < n; ) {
      if (stringLeft > 0) {
        long skipped = Math.min(stringLeft, n - i);
        stringLeft -= skipped;
        i += (int) skipped;
      } else {
        look(target[offset + i++]);
      }
    }
    return n;
  }

  private void look(byte next) throws IOException {
    if (next == '\n') {
      long announced = negative ? -1 : number;
      boolean string = type == '$' || type == '=' || type == '!';
      if ((string || type == '*' || type == '%' || type == '~' || type == '>')
          && announced > maxBytes) {
        throw new IOException("it announces a reply of " + announced);
      }
      stringLeft = string && announced >= 0 ? announced + 2 : 0;
      type = -1;
      lineLength = 0;
      number = 0;
      negative = false;
    } else if (type < 0) {
      type = next;
    } else {
      if (++lineLength > MAX_LINE) {
        throw new IOException("its reply is a line of more than " + MAX_LINE + " bytes");
      }
      if (next == '-') {
        negative = true;
      } else if (next >= '0' && next <= '9' && number <= maxBytes) {
        number = number * 10 + (next - '0');
      }
    }
  }
}
