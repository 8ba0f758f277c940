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

  /** Most chunks that a checkpoint names: those that are missing are told by their numbers. */
  private static final int MAX_NAMES = 1 << 30;

  /** Chunks that the table is asked for at once. */
  private static final int BATCH = 1 << 14;

  private final SharedChunks table;
  private final DecoderContext context;
  private final LaneReader names;
  private final LaneReader supplied;
  private final LaneReader fetched;
  private final ChunkHash hasher;
  private final int digestBytes;
  private final int pageBytes;
  private final int maxChunks;
  private final PublishedChunks published;

  /**
   * @param hasher used by nobody else
   * @param maxChunks most chunks of a page
   * @param published is told which names were found, and what was supplied
   */
  FetchedChunks(
      DecoderContext context, ChunkHash hasher, int maxChunks, PublishedChunks published) {
    table = context.sharedChunks();
    this.context = context;
    names = context.openLane();
    supplied = context.openLane();
    fetched = context.openLane();
    this.hasher = hasher;
    digestBytes = hasher.words() * Long.BYTES;
    pageBytes = context.pageSize().bytes();
    this.maxChunks = maxChunks;
    this.published = published;
  }

  PublishedChunks published() {
    return published;
  }

  /**
   * Gets what a checkpoint names from the table; what does not have the digest counts as missing.
   * Neither the names nor what they stand for may be more than the checkpoint's pages have.
   *
   * @return numbers of the chunks that are missing
   */
  BitSet fetch(EncodedCheckpoint encoded) throws CorruptEncodingException {
    long size = encoded.size(names.number());
    if (size % digestBytes != 0 || encoded.size(fetched.number()) != 0) {
      throw new CorruptEncodingException(
          names.number(), size, "names are cut short, or the receiver's own lane is written");
    }
    long pages = mostPages(encoded);
    if (size / digestBytes > Math.min(MAX_NAMES, pages * maxChunks)) {
      throw new CorruptEncodingException(
          names.number(),
          size,
          "%d chunks are named in %d pages at most".formatted(size / digestBytes, pages));
    }
    var reader = new LaneReader(names.number());
    reader.open(encoded);
    var missing = new BitSet();
    long room = pages * pageBytes;
    for (int first = 0; reader.remaining() > 0; first += BATCH) {
      List<byte[]> digests = new ArrayList<>();
      while (digests.size() < BATCH && reader.remaining() > 0) {
        byte[] digest = new byte[digestBytes];
        reader.read(digest, 0, digestBytes);
        digests.add(digest);
      }
      List<byte @Nullable []> contents = table.get(digests);
      for (int i = 0; i < digests.size(); i++) {
        byte[] content = contents.get(i);
        if (content == null || !Arrays.equals(hasher.digest(content), digests.get(i))) {
          missing.set(first + i);
          content = new byte[0];
        }
        room -= content.length;
        if (room < 0) {
          throw reader.corrupt("chunks are named of more bytes than %d pages".formatted(pages));
        }
        append(encoded, content);
      }
    }
    return missing;
  }

  /** Most pages that the checkpoint can have: each takes a byte of the control lane or more. */
  private long mostPages(EncodedCheckpoint encoded) {
    long most = encoded.size(context.control().number());
    long pages = 0;
    for (int vm = 0; vm < context.vms(); vm++) {
      pages = Math.min(most, pages + Math.min(most, context.ramPages(vm)));
    }
    return pages;
  }

  private void append(EncodedCheckpoint encoded, byte[] content) {
    int bytes = content.length;
    byte[] length = {(byte) (bytes | 0x80), (byte) (bytes >> 7 | 0x80), (byte) (bytes >> 14)};
    encoded.append(fetched.number(), length, 0, length.length);
    encoded.append(fetched.number(), content, 0, bytes);
  }

  /** Fills in the next named chunk. */
  void next(byte[] target, int offset, int length) throws CorruptEncodingException {
    byte[] digest = new byte[digestBytes];
    names.read(digest, 0, digestBytes);
    int found = fetched.readVarint(MAX_BYTES);
    if (found == 0) {
      supplied.read(target, offset, length);
      published.add(target, offset, length);
      return;
    }
    if (found != length) {
      throw names.corrupt("a chunk of %d bytes, named for %d".formatted(found, length));
    }
    fetched.read(target, offset, length);
    published.named(digest);
  }
}
