package emulha.wire;

import emulha.files.Closing;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The connections of a session: one, or several on which the sender's frames go in turn. What a
 * receiver says comes on the first alone.
 */
public final class Connections implements AutoCloseable {
  private final List<Connection> all;
  private final FrameOutput output;

  /** Makes one more connection to the same receiver, which has seen who this sender is. */
  @FunctionalInterface
  public interface Connector {
    /** Connects. */
    Connection connect() throws IOException;
  }

  private Connections(List<Connection> all) {
    this.all = List.copyOf(all);
    output =
        all.size() == 1
            ? all.getFirst().writer()
            : new SpreadWriter(all.stream().map(Connection::writer).toList());
  }

  /**
   * Makes a session's other connections, which the receiver has been told to expect.
   *
   * @param first on which the receiver said WELCOME; stays the caller's to close
   * @param count all together
   * @throws IOException if one cannot be made, or the receiver refuses it
   */
  public static Connections join(Connection first, int count, Connector connector)
      throws IOException {
    List<Connection> all = new ArrayList<>(List.of(first));
    try {
      if (count > 1) {
        Bits256 ticket =
            switch (first.reader().nextMessage()) {
              case Message.Invite invite -> invite.ticket();
              case Message.Failed failed -> throw first.refusal(failed.reason());
              case Message other -> throw first.unexpected("INVITE", other);
            };
        for (int number = 1; number < count; number++) {
          Connection joining = connector.connect();
          all.add(joining);
          joining.writer().send(new Message.Join(ticket, number));
          switch (joining.reader().nextMessage()) {
            case Message.Joined joined -> {}
            case Message other -> throw joining.unexpected("JOINED", other);
          }
        }
      }
      return new Connections(all);
    } catch (IOException | RuntimeException | Error e) {
      closeOthers(all);
      throw e;
    }
  }

  /**
   * What comes in turn on a session's connections, at the receiver.
   *
   * @param all the first, and the others by number
   */
  public static FrameSource source(List<Connection> all) {
    return all.size() == 1
        ? all.getFirst().reader()
        : new SpreadReader(all.stream().map(Connection::reader).toList());
  }

  /** The one on which the receiver speaks. */
  public Connection first() {
    return all.getFirst();
  }

  /** Takes what the sender sends. */
  public FrameOutput writer() {
    return output;
  }

  /** What TLS did so far on all; null without TLS. */
  public @Nullable Encryption encryption() {
    return all.stream().map(Connection::encryption).reduce(null, Encryption::sum);
  }

  /** Closes all but the first. */
  @Override
  public void close() throws IOException {
    closeOthers(all);
  }

  private static void closeOthers(List<Connection> all) throws IOException {
    Closing.all(all.subList(1, all.size()), Connection::close);
  }
}
