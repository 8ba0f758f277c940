package emulha.codecs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import emulha.codecs.pipeline.CheckpointDecoder;
import emulha.codecs.pipeline.CheckpointEncoder;
import emulha.codecs.pipeline.Workers;
import emulha.memory.DirtyPages;
import emulha.memory.Page;
import emulha.memory.PageSize;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A table of chunks that two hosts share, whatever the table does. */
final class SharedTableTest {
  private static final String TABLE = ",table=redis://table.example";
  private static final int RAM_PAGES = 64;

  /** A table in memory, which can be made to fail. */
  private static final class Table implements SharedChunks {
    final Map<ByteBuffer, byte[]> chunks = new HashMap<>();

    /** Entries that the table says it has and then does not give. */
    int staleEvery = Integer.MAX_VALUE;

    /** Entries given with another content. */
    int poisonedEvery = Integer.MAX_VALUE;

    boolean lost;

    /** The most chunks that there ever were. */
    int most;

    private long roundTrips;
    private int given;

    @Override
    public BitSet find(List<byte[]> digests) {
      roundTrips++;
      var found = new BitSet();
      for (int i = 0; !lost && i < digests.size(); i++) {
        found.set(i, chunks.containsKey(ByteBuffer.wrap(digests.get(i))));
      }
      return found;
    }

    @Override
    public List<byte @Nullable []> get(List<byte[]> digests) {
      roundTrips++;
      List<byte @Nullable []> contents = new ArrayList<>();
      for (byte[] digest : digests) {
        byte[] content = lost ? null : chunks.get(ByteBuffer.wrap(digest));
        given++;
        if (content != null && given % poisonedEvery == 0) {
          content = content.clone();
          content[content.length / 2] ^= 1;
        }
        contents.add(given % staleEvery == 0 ? null : content);
      }
      return contents;
    }

    @Override
    public void update(List<byte[]> digests, List<byte[]> contents, List<byte[]> removed) {
      roundTrips++;
      removed.forEach(digest -> chunks.remove(ByteBuffer.wrap(digest)));
      for (int i = 0; !lost && i < digests.size(); i++) {
        chunks.put(ByteBuffer.wrap(digests.get(i)), contents.get(i));
      }
      most = Math.max(most, chunks.size());
    }

    @Override
    public long roundTrips() {
      return roundTrips;
    }

    @Override
    public boolean lost() {
      return lost;
    }
  }

  /** A sender and its receiver. */
  private static final class Host implements AutoCloseable {
    private final EncodedCheckpoint encoded = new EncodedCheckpoint();
    private final CheckpointEncoder encoder;
    private final CheckpointDecoder decoder;
    private final DirtyPages decoded = new DirtyPages();

    Host(String spec, Table table) {
      this(spec, table, PageSize.SMALL);
    }

    Host(String spec, Table table, PageSize pageSize) {
      Method method = Method.parse(spec);
      long[] ram = {RAM_PAGES};
      encoder =
          CheckpointEncoder.of(
              method, pageSize, ram, encoded::append, Workers.IN_TURN, null, table);
      decoder =
          CheckpointDecoder.of(
              method,
              pageSize,
              ram,
              (vm, pfn, target, offset) ->
                  Arrays.fill(target, offset, offset + pageSize.bytes(), (byte) 0),
              null,
              table);
    }

    /**
     * Replicates a checkpoint, with what the receiver misses, and compares all bytes.
     *
     * @return its payload in bytes
     */
    long replicate(DirtyPages pages) throws IOException {
      encoded.clear();
      long before = encoder.payloadBytes();
      encoder.begin(CheckpointKind.INCREMENTAL);
      encoder.encode(0, pages);
      encoder.end();
      BitSet missing = decoder.fetch(encoded);
      if (!missing.isEmpty()) {
        encoder.supply(missing);
      }
      decoded.clear();
      decoder.begin(CheckpointKind.INCREMENTAL, encoded);
      decoder.decode(0, decoded);
      decoder.end();
      assertEquals(pages.count(), decoded.count());
      int length = pages.pageSize().bytes();
      for (int i = 0; i < pages.count(); i++) {
        int from = pages.offset(i);
        int at = decoded.offset(i);
        assertEquals(
            -1,
            Arrays.mismatch(pages.slab(i), from, from + length, decoded.slab(i), at, at + length),
            "page " + i);
      }
      return encoder.payloadBytes() - before;
    }

    long count(Counter counter) {
      return encoder.counters().get(counter).orElseThrow();
    }

    @Override
    public void close() {
      encoder.close();
      decoder.close();
    }
  }

  /** Pages of chunks of which none equals another. */
  private static DirtyPages pages(long seed, int count) {
    var random = new Random(seed);
    var pages = new DirtyPages();
    byte[] content = new byte[Page.BYTES];
    for (int i = 0; i < count; i++) {
      random.nextBytes(content);
      pages.append(i, content, 0);
    }
    return pages;
  }

  /** What one host replicated, the other names: 16 or 32 bytes in place of a chunk. */
  @ParameterizedTest
  @ValueSource(strings = {"md5", "sha256"})
  void anotherHostsChunksGoAsDigests(String hash) throws IOException {
    var table = new Table();
    String spec = "similarity:chunk=256,hash=" + hash + TABLE;
    int digestBytes = hash.equals("md5") ? 16 : 32;
    try (var one = new Host(spec, table);
        var other = new Host(spec, table)) {
      assertEquals(10L * Page.BYTES, one.replicate(pages(0x5eedL, 10)));
      assertEquals(160, table.chunks.size());
      assertEquals(160L * digestBytes, other.replicate(pages(0x5eedL, 10)));
      assertEquals(160, other.count(Counter.NAMED_CHUNKS));
      assertEquals(0, other.count(Counter.MISSING_CHUNKS));
      assertEquals(0, other.count(Counter.UNIQUE_CHUNKS));
      assertEquals(1, other.count(Counter.TABLE_ROUND_TRIPS));
    }
    assertEquals(0, table.chunks.size(), "receivers take out what they put in");
  }

  /** Without this a run would end at a VM that changes nothing in its first interval. */
  @ParameterizedTest
  @ValueSource(strings = {"md5", "md5-single", "sha256"})
  void theFirstCheckpointCanBeEmpty(String hash) throws IOException {
    try (var one = new Host("similarity:hash=" + hash + TABLE, new Table())) {
      assertEquals(0, one.replicate(new DirtyPages()));
      assertEquals(10L * Page.BYTES, one.replicate(pages(0x5eedL, 10)));
    }
  }

  /**
   * Whatever a table gives or withholds, the pages are right: a receiver that took what it is given
   * would put another content into the image.
   */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "similarity:hash=sha256%s",
        "similarity:boundaries=rabin,chunk=1KiB%s",
        "similarity:lifetime=forever,entries=70%s",
        "similarity:lifetime=3%s+gzip",
        "zero+similarity:chunk=4KiB%s+gzip:scope=checkpoint"
      })
  void staleAndWrongEntriesCostReductionOnly(String method) throws IOException {
    String spec = method.formatted(TABLE);
    var table = new Table();
    table.staleEvery = 5;
    table.poisonedEvery = 3;
    long named;
    try (var one = new Host(spec, table);
        var other = new Host(spec, table)) {
      for (int n = 0; n < 6; n++) {
        DirtyPages pages = pages(n, 12);
        if (n == 4) {
          table.lost = true;
        }
        one.replicate(pages);
        other.replicate(pages);
        one.replicate(pages(n + 100, 3));
      }
      named = other.count(Counter.NAMED_CHUNKS);
      assertTrue(named > 0);
      // Every fifth is not given and every third is wrong: 7 of 15.
      double share = (double) other.count(Counter.MISSING_CHUNKS) / named;
      assertEquals(7.0 / 15, share, 0.1);
      assertEquals(2, other.count(Counter.TABLE_LOSSES));
    }
  }

  /**
   * A run of one byte is cut at the largest length, 16 KiB, which only larger pages hold. Without
   * this its length would be read wrong, and the run would end.
   */
  @Test
  void theLongestChunkCanBeFetched() throws IOException {
    var table = new Table();
    var pageSize = new PageSize(64 << 10);
    var pages = new DirtyPages(pageSize);
    pages.append(0, new byte[pageSize.bytes()], 0);
    String spec = "similarity:boundaries=rabin,chunk=4KiB" + TABLE;
    try (var one = new Host(spec, table, pageSize);
        var other = new Host(spec, table, pageSize)) {
      one.replicate(pages);
      assertEquals(List.of(16384), table.chunks.values().stream().map(c -> c.length).toList());
      // A digest, and three pointers to that chunk.
      assertEquals(16 + 3 * 4, other.replicate(pages));
      assertEquals(0, other.count(Counter.MISSING_CHUNKS));
    }
  }

  /**
   * Lanes of a receiver: 0 control, 3 names, 5 what the table has. Without this a sender could name
   * chunks until the receiver's memory ends, or an array.
   */
  @Test
  void noMoreIsFetchedThanThePagesHave() throws IOException {
    var table = new Table();
    try (var one = new Host("similarity:chunk=4KiB" + TABLE, table)) {
      one.replicate(pages(0x5eedL, 2));
      byte[] names = new byte[32];
      int at = 0;
      for (ByteBuffer digest : table.chunks.keySet()) {
        digest.get(0, names, at, 16);
        at += 16;
      }
      var encoded = new EncodedCheckpoint(24);
      encoded.append(0, new byte[2], 0, 2);
      encoded.append(3, names, 0, 24);
      encoded.append(3, names, 24, 8);
      assertTrue(one.decoder.fetch(encoded).isEmpty());
      assertEquals(2L * (3 + Page.BYTES), encoded.size(5));
      var hostile = new EncodedCheckpoint();
      hostile.append(0, new byte[1], 0, 1);
      hostile.append(3, names, 0, 32);
      String message =
          String.valueOf(
              assertThrows(CorruptEncodingException.class, () -> one.decoder.fetch(hostile))
                  .getMessage());
      assertTrue(message.endsWith("2 chunks are named in 1 pages at most"), message);
    }
    // Of lengths that vary, a page can have several short ones, but not as many long ones. One of
    // a single byte again and again is not cut.
    try (var one = new Host("similarity:boundaries=rabin,chunk=4KiB" + TABLE, table)) {
      var pages = new DirtyPages();
      pages.append(0, new byte[Page.BYTES], 0);
      one.replicate(pages);
      byte[] name = table.chunks.keySet().iterator().next().array();
      var hostile = new EncodedCheckpoint();
      hostile.append(0, new byte[1], 0, 1);
      hostile.append(3, name, 0, name.length);
      hostile.append(3, name, 0, name.length);
      String message =
          String.valueOf(
              assertThrows(CorruptEncodingException.class, () -> one.decoder.fetch(hostile))
                  .getMessage());
      assertTrue(message.endsWith("chunks are named of more bytes than 1 pages"), message);
    }
  }

  /** A table without bounds would outgrow the server; one that forgets too soon is of no use. */
  @ParameterizedTest
  @ValueSource(strings = {"interval", "2", "forever"})
  void entriesLeaveByAgeAndNumber(String lifetime) throws IOException {
    var table = new Table();
    String spec = "similarity:chunk=4KiB,entries=20,lifetime=" + lifetime + TABLE;
    try (var one = new Host(spec, table)) {
      List<Integer> sizes = new ArrayList<>();
      for (int n = 0; n < 5; n++) {
        one.replicate(pages(n, 6));
        sizes.add(table.chunks.size());
      }
      assertEquals(
          switch (lifetime) {
            case "interval" -> List.of(6, 12, 12, 12, 12);
            case "2" -> List.of(6, 12, 18, 18, 18);
            default -> List.of(6, 12, 18, 20, 20);
          },
          sizes);
    }
  }

  /** Whoever bounds a table bounds a server's memory: more must not pass through it, either. */
  @Test
  void oneCheckpointCanHaveMoreChunksThanTheTable() throws IOException {
    var table = new Table();
    try (var one = new Host("similarity:chunk=4KiB,entries=20,lifetime=forever" + TABLE, table)) {
      for (int n = 0; n < 3; n++) {
        one.replicate(pages(n, 30));
        assertEquals(20, table.chunks.size());
      }
    }
    assertEquals(20, table.most);
    assertEquals(0, table.chunks.size(), "receivers take out what they put in");
  }

  /** A run without the table that was asked for would be measured as one with it. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "similarity:table=redis://",
        "similarity:table=host.example",
        "similarity:table=redis://h/name",
        "similarity:verify=true,table=redis://h",
        "similarity:hash=xxh3-128,table=redis://h"
      })
  void refusesWhatIsNoTable(String spec) {
    assertThrows(IllegalArgumentException.class, () -> Method.parse(spec));
  }

  /** Offline there are no other hosts, and equal input gives equal rows. */
  @ParameterizedTest
  @ValueSource(strings = "similarity:table=redis://h:1")
  void takesATable(String spec) {
    Method method = Method.parse(spec);
    assertThrows(
        IllegalArgumentException.class,
        () -> CheckpointEncoder.of(method, new long[] {1}, new EncodedCheckpoint()::append));
    assertThrows(IllegalArgumentException.class, () -> Replay.decoder(method));
  }
}
