package emulha.codecs.similarity;

import emulha.codecs.Block;
import emulha.codecs.Block.Kind;
import emulha.codecs.CheckpointKind;
import emulha.codecs.CorruptEncodingException;
import emulha.codecs.Counter;
import emulha.codecs.Counters;
import emulha.codecs.DecoderContext;
import emulha.codecs.EncodedCheckpoint;
import emulha.codecs.EncoderContext;
import emulha.codecs.LaneReader;
import emulha.codecs.LaneWriter;
import emulha.codecs.Stage;
import emulha.codecs.StageContext;
import emulha.codecs.StageDecoder;
import emulha.codecs.StageEncoder;
import emulha.codecs.StageWorker;
import emulha.memory.DirtyPages;
import java.io.IOException;
import java.net.URI;
import java.util.Arrays;
import java.util.BitSet;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The stage behind similarity compression. Pages are divided into chunks; those not in the table
 * enter it and are handed on, the others become pointers.
 *
 * <p>Control lane, per page: if lengths vary, the number of chunks and their lengths (varints),
 * which add up to the page; then a bitmap, bit {@code i & 7} of byte {@code i >> 3} 1 if chunk
 * {@code i} is a pointer. Payload lane: the pointers, 4 bytes each, little-endian. With a table
 * that lives for one interval, a pointer is a {@linkplain ChunkPositions location} in the
 * checkpoint at hand, which the receiver has staged. With one that lives longer it is the number of
 * a table entry, whose content the receiver keeps.
 *
 * <p>With a table shared between hosts a chunk that is not in the host's own table, but in that
 * one, enters the own table and is sent as its digest ({@link NamedChunks}); a second bitmap in the
 * control lane says which are. {@code docs/SHARED_TABLE.md} describes how that stays right.
 *
 * <p>A table that lives longer starts empty at the first incremental checkpoint; the full
 * checkpoint is processed with a table of its own for each stretch.
 *
 * @param chunk length of a chunk in bytes; with {@code rabin} the average one
 * @param rabin whether the content decides where chunks end
 * @param hash name of the {@link ChunkHash}
 * @param verify whether bytes are compared where digests are equal
 * @param lifetime checkpoints after which the table is emptied, at least 1
 * @param entries largest number of entries of a table that lives longer than 1, and of a receiver's
 *     in a shared one
 * @param server the Redis server with the table that hosts share; null if they do not
 */
record SimilarityStage(
    int chunk,
    boolean rabin,
    String hash,
    boolean verify,
    long lifetime,
    int entries,
    @Nullable URI server)
    implements Stage {
  /** Chunks that are digested together, at least. */
  private static final int BATCH = 2 * VectorMd5.LANES;

  @Override
  public Set<Kind> accepts() {
    return Set.of(Kind.PAGE);
  }

  @Override
  public Set<Kind> handsOn(Set<Kind> given) {
    return Set.of(Kind.CHUNK);
  }

  @Override
  public Set<Counter> counters() {
    Set<Counter> counters =
        EnumSet.of(
            Counter.DUPLICATE_CHUNKS_INTRA, Counter.DUPLICATE_CHUNKS_INTER, Counter.UNIQUE_CHUNKS);
    if (server != null) {
      counters.addAll(
          EnumSet.of(
              Counter.NAMED_CHUNKS,
              Counter.MISSING_CHUNKS,
              Counter.TABLE_ROUND_TRIPS,
              Counter.TABLE_LOSSES));
    }
    return counters;
  }

  @Override
  public Optional<URI> table() {
    return Optional.ofNullable(server);
  }

  @Override
  public String binding() {
    return ChunkHash.named(hash).binding();
  }

  @Override
  public Optional<String> whyOneEncoder(boolean first) {
    return Optional.of("all chunks are looked for in one table");
  }

  @Override
  public StageEncoder newEncoder(EncoderContext context, StageEncoder next) {
    return new Encoder(context, next);
  }

  @Override
  public StageDecoder newDecoder(DecoderContext context, StageDecoder next) {
    return new Decoder(context, next);
  }

  private boolean lasting() {
    return lifetime > 1;
  }

  /** What both ends do alike. */
  private abstract class Worker<E extends IOException, W extends StageWorker<E>>
      implements StageWorker<E> {
    final W next;
    final Block unique = new Block();
    final Chunker chunker;
    final ChunkPositions positions;
    final ChunkStore store = new ChunkStore(entries);
    CheckpointKind kind = CheckpointKind.INCREMENTAL;
    private long intervals;

    Worker(StageContext<?> context, W next) {
      this.next = next;
      int pageBytes = context.pageSize().bytes();
      chunker = rabin ? new RabinChunker(chunk, pageBytes) : Chunker.fixed(chunk, pageBytes);
      positions = new ChunkPositions(context.vms(), rabin ? 0 : chunk, context.pageSize());
    }

    @Override
    public void beginCheckpoint(CheckpointKind kind) throws E {
      this.kind = kind;
      positions.clear();
      if (kind == CheckpointKind.FULL) {
        intervals = 0;
        clearTable();
      } else if (kind == CheckpointKind.INCREMENTAL && intervals++ % lifetime == 0) {
        clearTable();
      }
    }

    void clearTable() {
      store.clear();
    }

    @Override
    public void beginVm(int vm, DirtyPages pages) throws E {
      positions.beginVm(vm, pages);
    }

    @Override
    public void skip(Block page) throws E {
      next.skip(page);
    }
  }

  private final class Encoder extends Worker<IOException, StageEncoder> implements StageEncoder {
    private final LaneWriter control;
    private final LaneWriter lane;
    private final Counters counters;
    private final ChunkHash hasher = ChunkHash.named(hash);
    private final ChunkTable table =
        new ChunkTable(hasher.words(), lasting() ? entries : Integer.MAX_VALUE);
    private final DigestedChunks chunks;
    private final int batchPages;
    private final int[] pointers;
    private final boolean[] duplicate;
    private final boolean[] named;
    private final @Nullable NamedChunks names;
    private DirtyPages pages = new DirtyPages();

    Encoder(EncoderContext context, StageEncoder next) {
      super(context, next);
      control = context.control();
      lane = context.openLane();
      counters = context.counters();
      chunks = new DigestedChunks(chunker, hasher);
      batchPages = Math.max(1, BATCH / chunker.maxChunks());
      pointers = new int[chunker.maxChunks()];
      duplicate = new boolean[chunker.maxChunks()];
      named = new boolean[chunker.maxChunks()];
      names = server == null ? null : new NamedChunks(context, hasher.words());
    }

    @Override
    public void beginCheckpoint(CheckpointKind kind) throws IOException {
      super.beginCheckpoint(kind);
      if (names != null) {
        names.begin();
      }
    }

    @Override
    void clearTable() {
      super.clearTable();
      table.clear();
    }

    @Override
    public void beginVm(int vm, DirtyPages pages) throws IOException {
      super.beginVm(vm, pages);
      this.pages = pages;
      chunks.clear();
      if (names != null && kind != CheckpointKind.PRIMING) {
        chunks.digest(pages, 0, pages.count());
        names.ask(chunks, table);
      }
    }

    @Override
    public void encode(Block page) throws IOException {
      int index = page.page();
      if (!chunks.contains(index)) {
        chunks.digest(pages, index, Math.min(pages.count(), index + batchPages));
      }
      int first = chunks.first(index);
      int count = chunks.first(index + 1) - first;
      int location = 0;
      int uniques = 0;
      for (int c = 0; c < count; c++) {
        location = positions.add(index, chunks.start(first + c), chunks.length(first + c));
        findDuplicate(page, first + c, location, c);
        uniques += duplicate[c] || named[c] ? 0 : 1;
      }
      counters.add(Counter.UNIQUE_CHUNKS, uniques);
      writeControl(first, count);
      location -= count - 1;
      for (int c = 0; c < count; c++) {
        if (duplicate[c]) {
          lane.writeInt(pointers[c]);
        } else if (names != null && named[c]) {
          names.name(chunks.digests(), chunks.digestAt(first + c), location + c);
        } else {
          next.encode(unique.partOf(page, chunks.start(first + c), chunks.length(first + c)));
        }
      }
      if (uniques == 0) {
        next.skip(page);
      }
    }

    /** Decides on a chunk, the page's {@code c}th; one that is not a duplicate enters the table. */
    private void findDuplicate(Block page, int chunk, int location, int c) {
      long[] digests = chunks.digests();
      int digest = chunks.digestAt(chunk);
      int offset = page.offset() + chunks.start(chunk);
      int length = chunks.length(chunk);
      int entry = table.find(digests, digest);
      while (verify && entry != ChunkTable.NONE && !equal(entry, page.bytes(), offset, length)) {
        entry = table.findOlder(entry, digests, digest);
      }
      duplicate[c] = entry != ChunkTable.NONE;
      named[c] = !duplicate[c] && names != null && names.canName(digests, digest);
      if (duplicate[c]) {
        int reference = table.location(entry);
        pointers[c] = lasting() ? entry : reference;
        counters.add(
            ChunkPositions.vm(reference) == page.vm()
                ? Counter.DUPLICATE_CHUNKS_INTRA
                : Counter.DUPLICATE_CHUNKS_INTER,
            1);
        return;
      }
      table.insert(digests, digest, location);
      if (verify && lasting()) {
        store.add(page.bytes(), offset, length);
      }
    }

    private boolean equal(int entry, byte[] bytes, int offset, int length) {
      if (lasting()) {
        byte[] content = store.content(entry);
        return Arrays.equals(content, 0, content.length, bytes, offset, offset + length);
      }
      int reference = table.location(entry);
      int from = positions.offset(reference);
      return Arrays.equals(
          positions.array(reference),
          from,
          from + positions.length(reference),
          bytes,
          offset,
          offset + length);
    }

    private void writeControl(int first, int count) throws IOException {
      if (rabin) {
        control.writeVarint(count);
        for (int c = 0; c < count; c++) {
          control.writeVarint(chunks.length(first + c));
        }
      }
      writeBitmap(duplicate, count);
      if (names != null) {
        writeBitmap(named, count);
      }
    }

    private void writeBitmap(boolean[] flags, int count) throws IOException {
      for (int c = 0; c < count; c += Byte.SIZE) {
        int bits = 0;
        for (int i = c; i < Math.min(count, c + Byte.SIZE); i++) {
          bits |= flags[i] ? 1 << (i - c) : 0;
        }
        control.writeByte(bits);
      }
    }

    @Override
    public void supply(BitSet missing) throws IOException {
      if (names != null) {
        names.supply(missing, positions);
      }
    }

    /** The table's entries and buckets; with {@code verify}, what is compared with, too. */
    @Override
    public long retainedBytes() {
      return table.retainedBytes() + store.retainedBytes();
    }

    @Override
    public long allocatedBytes() {
      return table.allocatedBytes() + store.retainedBytes();
    }
  }

  private final class Decoder extends Worker<CorruptEncodingException, StageDecoder>
      implements StageDecoder {
    private final LaneReader control;
    private final LaneReader lane;
    private final int[] ends;
    private final byte[] duplicates;
    private final byte[] names;
    private final @Nullable FetchedChunks shared;

    Decoder(DecoderContext context, StageDecoder next) {
      super(context, next);
      control = context.control();
      lane = context.openLane();
      ends = new int[chunker.maxChunks()];
      duplicates = new byte[(ends.length + Byte.SIZE - 1) / Byte.SIZE];
      names = new byte[duplicates.length];
      shared =
          server == null
              ? null
              : new FetchedChunks(
                  context,
                  ChunkHash.named(hash),
                  chunker.maxChunks(),
                  new PublishedChunks(
                      context.sharedChunks(), ChunkHash.named(hash), lifetime, entries));
    }

    @Override
    public BitSet fetch(EncodedCheckpoint encoded) throws CorruptEncodingException {
      return shared == null ? new BitSet() : shared.fetch(encoded);
    }

    @Override
    public void decode(Block page) throws CorruptEncodingException {
      int count = readEnds(page);
      int bitmapBytes = (count + Byte.SIZE - 1) / Byte.SIZE;
      control.read(duplicates, 0, bitmapBytes);
      if (shared != null) {
        control.read(names, 0, bitmapBytes);
      }
      boolean anyUnique = false;
      int start = 0;
      for (int c = 0; c < count; c++) {
        int length = ends[c] - start;
        int offset = page.offset() + start;
        if (bit(duplicates, c)) {
          copyDuplicate(page.bytes(), offset, length);
        } else {
          if (shared != null && bit(names, c)) {
            shared.next(page.bytes(), offset, length);
          } else {
            anyUnique = true;
            next.decode(unique.partOf(page, start, length));
            if (shared != null) {
              shared.published().add(page.bytes(), offset, length);
            }
          }
          if (lasting()) {
            store.add(page.bytes(), offset, length);
          }
        }
        positions.add(page.page(), start, length);
        start = ends[c];
      }
      if (!anyUnique) {
        next.skip(page);
      }
    }

    private static boolean bit(byte[] bitmap, int c) {
      return (bitmap[c >> 3] >>> (c & 7) & 1) != 0;
    }

    private int readEnds(Block page) throws CorruptEncodingException {
      if (!rabin) {
        return chunker.divide(page.bytes(), page.offset(), ends);
      }
      int count = control.readVarint(chunker.maxChunks());
      int end = 0;
      for (int c = 0; c < count; c++) {
        int length = control.readVarint(page.length() - end);
        if (length == 0) {
          throw control.corrupt("empty chunk");
        }
        end += length;
        ends[c] = end;
      }
      if (end != page.length()) {
        throw control.corrupt("chunks of a page have " + end + " bytes");
      }
      return count;
    }

    private void copyDuplicate(byte[] target, int offset, int length)
        throws CorruptEncodingException {
      int pointer = lane.readInt();
      if (lasting()) {
        if (pointer < 0 || pointer >= store.size() || store.content(pointer).length != length) {
          throw lane.corrupt("no chunk of " + length + " bytes has the number " + pointer);
        }
        System.arraycopy(store.content(pointer), 0, target, offset, length);
        return;
      }
      if (!positions.contains(pointer) || positions.length(pointer) != length) {
        throw lane.corrupt(
            "pointer 0x%08x leads to no earlier chunk of %d bytes".formatted(pointer, length));
      }
      System.arraycopy(positions.array(pointer), positions.offset(pointer), target, offset, length);
    }

    @Override
    public void endCheckpoint() {
      if (shared != null && kind != CheckpointKind.PRIMING) {
        shared.published().publish();
      }
    }

    /**
     * Contents of the chunks in a table that lives longer than an interval, and what tells those
     * put into a shared one.
     */
    @Override
    public long retainedBytes() {
      return store.retainedBytes() + (shared == null ? 0 : shared.published().retainedBytes());
    }

    @Override
    public void close() {
      if (shared != null) {
        shared.published().withdraw();
      }
    }
  }
}
