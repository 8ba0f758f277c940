package emulha.wire;

import java.io.IOException;
import java.nio.channels.ByteChannel;

/** How the two ends of a connection know each other. Immutable. */
public sealed interface Security permits Token, Tls, Security.None {
  /** Any peer will do, as on the loopback interface. */
  Security NONE = new None();

  /** In results: none, token or tls. */
  String label();

  /** What frames are written to and read from, over a connection of which one end is here. */
  default ByteChannel over(ByteChannel channel, boolean sender) {
    return channel;
  }

  /**
   * Before its hello a sender shows who it is, and sees who the receiver is.
   *
   * @throws IOException if the receiver is not the one it should be
   */
  default void introduce(Connection connection) throws IOException {}

  /**
   * Before a sender's hello a receiver sees who the sender is, and shows itself.
   *
   * @throws IOException if the sender is not one that may connect
   */
  default void meet(Connection connection) throws IOException {}

  /** Asks for nothing. */
  final class None implements Security {
    private None() {}

    @Override
    public String label() {
      return "none";
    }
  }
}
