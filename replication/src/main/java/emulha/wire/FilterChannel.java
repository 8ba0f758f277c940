package emulha.wire;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;

/** A channel over another, to which all goes that a subclass does not change. */
public abstract class FilterChannel implements ByteChannel {
  protected final ByteChannel beneath;

  protected FilterChannel(ByteChannel beneath) {
    this.beneath = beneath;
  }

  @Override
  public int read(ByteBuffer target) throws IOException {
    return beneath.read(target);
  }

  @Override
  public int write(ByteBuffer source) throws IOException {
    return beneath.write(source);
  }

  @Override
  public final boolean isOpen() {
    return beneath.isOpen();
  }

  @Override
  public void close() throws IOException {
    beneath.close();
  }
}
