package emulha.codecs.similarity;

import emulha.codecs.Counter;
import emulha.codecs.Counters;
import emulha.codecs.EncoderContext;
import emulha.codecs.LaneWriter;
import emulha.codecs.SharedChunks;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/**
 * At the sender, the chunks of a checkpoint that are named by their digests because the table
 * shared between hosts has them. Payload lanes: the digests, one after the other; then the contents
 * of those that the receiver did not get from the table, in the same order. Owned by one thread.
 */
final class NamedChunks {
  private final SharedChunks table;
  private final LaneWriter names;
  private final LaneWriter contents;
  private final Counters counters;
  private final int words;

  /** Chunks of the VM that the table was asked for, each once; location is its number. */
  private final ChunkTable asked;

  private final List<byte[]> digests = new ArrayList<>();
  private BitSet found = new BitSet();

  /** Of each chunk named in this checkpoint, its location. */
  private int[] locations = new int[0];

  private int count;

  NamedChunks(EncoderContext context, int words) {
    table = context.sharedChunks();
    names = context.openLane();
    contents = context.openLane();
    context.openLane();
    counters = context.counters();
    this.words = words;
    asked = new ChunkTable(words, Integer.MAX_VALUE);
  }

  void begin() {
    count = 0;
    found.clear();
    asked.clear();
  }

  /** Asks for the chunks of a VM that are not in {@code own}. */
  void ask(DigestedChunks chunks, ChunkTable own) {
    asked.clear();
    digests.clear();
    for (int c = 0; c < chunks.count(); c++) {
      int at = chunks.digestAt(c);
      if (own.find(chunks.digests(), at) == ChunkTable.NONE
          && asked.find(chunks.digests(), at) == ChunkTable.NONE) {
        asked.insert(chunks.digests(), at, digests.size());
        digests.add(ChunkHash.bytes(chunks.digests(), at, words));
      }
    }
    long before = table.roundTrips();
    found = table.find(digests);
    counters.add(Counter.TABLE_ROUND_TRIPS, table.roundTrips() - before);
    counters.add(Counter.TABLE_LOSSES, table.lost() ? 1 : 0);
  }

  /** Whether the table had the chunk. */
  boolean canName(long[] digests, int at) {
    int entry = asked.find(digests, at);
    return entry != ChunkTable.NONE && found.get(asked.location(entry));
  }

  /**
   * Names a chunk.
   *
   * @param location where its content is, in case the receiver does not find it
   */
  void name(long[] digests, int at, int location) throws IOException {
    byte[] digest = ChunkHash.bytes(digests, at, words);
    names.write(digest, 0, digest.length);
    if (count == locations.length) {
      locations = Arrays.copyOf(locations, Math.max(1024, count * 2));
    }
    locations[count++] = location;
    counters.add(Counter.NAMED_CHUNKS, 1);
  }

  /** Writes the contents of named chunks that the receiver did not find. */
  void supply(BitSet missing, ChunkPositions positions) throws IOException {
    if (missing.length() > count) {
      throw new IllegalArgumentException(
          "chunk %d is missing, but only %d were named".formatted(missing.length() - 1, count));
    }
    for (int i = missing.nextSetBit(0); i >= 0; i = missing.nextSetBit(i + 1)) {
      int location = locations[i];
      contents.write(
          positions.array(location), positions.offset(location), positions.length(location));
      counters.add(Counter.MISSING_CHUNKS, 1);
    }
  }
}
