package emulha.codecs;

import java.util.BitSet;
import java.util.List;
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
