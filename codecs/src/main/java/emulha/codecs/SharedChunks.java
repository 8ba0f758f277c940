package emulha.codecs;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A table of chunks by their digests that several hosts share (Hou §7). Receivers put into it what
 * they have decoded, senders ask it what they need not send. It may lose anything at any time, and
 * what it gives is to be compared with the digest: so it fails by having nothing, never by an
 * exception. One thread may {@link #find} and {@link #get} while another {@linkplain #update
 * updates}.
 */
public interface SharedChunks {
  /**
   * A server that keeps such a table, {@code redis://HOST[:PORT][/DB]}, with its port; null if the
   * text is something else. A password is none of it, as methods are shown in results.
   */
  static @Nullable URI server(String text) {
    try {
      URI server = new URI(text);
      String database = server.getPath();
      if (!"redis".equals(server.getScheme())
          || server.getHost() == null
          || server.getUserInfo() != null
          || server.getQuery() != null
          || server.getFragment() != null
          || !(database.isEmpty() || database.matches("/[0-9]{1,4}"))) {
        return null;
      }
      int port = server.getPort() < 0 ? 6379 : server.getPort();
      return new URI(
          "redis", null, server.getHost().toLowerCase(Locale.ROOT), port, database, null, null);
    } catch (URISyntaxException e) {
      return null;
    }
  }

  /**
   * Which of these chunks are there. They are not dropped for age in the next while.
   *
   * @return bit {@code i} set if the chunk with digest {@code i} is
   */
  BitSet find(List<byte[]> digests);

  /** The chunks with these digests, null where there is none. Nothing is compared. */
  List<byte @Nullable []> get(List<byte[]> digests);

  /**
   * Takes chunks out and then puts others in, so that it never holds more than the larger of before
   * and after.
   *
   * @param contents by the same index as {@code digests}
   */
  void update(List<byte[]> digests, List<byte[]> contents, List<byte[]> removed);

  /** How often an answer was waited for since creation. */
  long roundTrips();

  /** Whether the table has become unreachable, so that it has nothing. */
  boolean lost();
}
