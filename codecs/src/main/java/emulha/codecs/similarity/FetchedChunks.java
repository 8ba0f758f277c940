package emulha.codecs.similarity;

import emulha.codecs.CorruptEncodingException;
import emulha.codecs.DecoderContext;
import emulha.codecs.EncodedCheckpoint;
import emulha.codecs.LaneReader;
import emulha.codecs.SharedChunks;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * At the receiver, the chunks that a checkpoint names; the mirror of {@link NamedChunks}. What the
 * table has of them is put in a lane that no sender writes, in the order of the names: for each
 * chunk its length (varint of three bytes), 0 if the sender has to supply it, and its content.
 */
final class FetchedChunks {
  /** The longest chunk: where content decides, four times the longest average. */
  private static final int MAX_BYTES = 4 * 4096;

  private final SharedChunks table;
  private final LaneReader names;
  private final LaneReader supplied;
  private final LaneReader fetched;
  private final ChunkHash hasher;
  private final int digestBytes;

  /**
   * @param hasher used by nobody else
   */
  FetchedChunks(DecoderContext context, ChunkHash hasher) {
    table = context.sharedChunks();
    names = context.openLane();
    supplied = context.openLane();
    fetched = context.openLane();
    this.hasher = hasher;
    digestBytes = hasher.words() * Long.BYTES;
  }

  /**
   * Gets what a checkpoint names from the table; what does not have the digest counts as missing.
   *
   * @return numbers of the chunks that are missing
   */
  BitSet fetch(EncodedCheckpoint encoded) throws CorruptEncodingException {
    long size = encoded.size(names.number());
    if (size % digestBytes != 0 || encoded.size(fetched.number()) != 0) {
      throw new CorruptEncodingException(
          names.number(), size, "names are cut short, or the receiver's own lane is written");
    }
    List<byte[]> digests = new ArrayList<>();
    byte[] all = encoded.copy(names.number());
    for (int at = 0; at < size; at += digestBytes) {
      digests.add(Arrays.copyOfRange(all, at, at + digestBytes));
    }
    var missing = new BitSet();
    if (digests.isEmpty()) {
      return missing;
    }
    List<byte @Nullable []> contents = table.get(digests);
    for (int i = 0; i < digests.size(); i++) {
      byte[] content = contents.get(i);
      if (content == null || !Arrays.equals(hasher.digest(content), digests.get(i))) {
        missing.set(i);
        content = new byte[0];
      }
      int bytes = content.length;
      byte[] length = {(byte) (bytes | 0x80), (byte) (bytes >> 7 | 0x80), (byte) (bytes >> 14)};
      encoded.append(fetched.number(), length, 0, length.length);
      encoded.append(fetched.number(), content, 0, bytes);
    }
    return missing;
  }

  /**
   * Fills in the next named chunk.
   *
   * @return its digest; null if the sender supplied it
   */
  byte @Nullable [] next(byte[] target, int offset, int length) throws CorruptEncodingException {
    byte[] digest = new byte[digestBytes];
    names.read(digest, 0, digestBytes);
    int found = fetched.readVarint(MAX_BYTES);
    if (found == 0) {
      supplied.read(target, offset, length);
      return null;
    }
    if (found != length) {
      throw names.corrupt("a chunk of %d bytes, named for %d".formatted(found, length));
    }
    fetched.read(target, offset, length);
    return digest;
  }
}
