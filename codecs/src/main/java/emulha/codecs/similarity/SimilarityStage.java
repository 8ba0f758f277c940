package emulha.codecs.similarity;

import emulha.codecs.Block;
import emulha.codecs.Block.Kind;
import emulha.codecs.CheckpointKind;
import emulha.codecs.CorruptEncodingException;
import emulha.codecs.Counter;
import emulha.codecs.Counters;
import emulha.codecs.DecoderContext;
import emulha.codecs.EncoderContext;
import emulha.codecs.LaneReader;
import emulha.codecs.LaneWriter;
import emulha.codecs.Stage;
import emulha.codecs.StageDecoder;
import emulha.codecs.StageEncoder;
import emulha.memory.DirtyPages;
import emulha.memory.Page;
import java.io.IOException;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;

/**
 * The stage behind similarity compression. Pages are divided into chunks; those not in the table
 * enter it and are handed on, the others become pointers.
 *
 * <p>Control lane, per page: if lengths vary, the number of chunks and their lengths (varints),
 * which add up to 4096; then a bitmap, bit {@code i & 7} of byte {@code i >> 3} 1 if chunk {@code
 * i} is a pointer. Payload lane: the pointers, 4 bytes each, little-endian. With a table that lives
 * for one interval, a pointer is a {@linkplain ChunkPositions location} in the checkpoint at hand,
 * which the receiver has staged. With one that lives longer it is the number of a table entry,
 * whose content the receiver keeps.
 *
 * <p>A table that lives longer starts empty at the first incremental checkpoint; the full
 * checkpoint is processed with a table of its own for each stretch.
 *
 * @param chunk length of a chunk in bytes; with {@code rabin} the average one
 * @param rabin whether the content decides where chunks end
 * @param hash name of the {@link ChunkHash}
 * @param verify whether bytes are compared where digests are equal
 * @param lifetime checkpoints after which the table is emptied, at least 1
 * @param entries largest number of entries of a table that lives longer than 1
 */
record SimilarityStage(
    int chunk, boolean rabin, String hash, boolean verify, long lifetime, int entries)
    implements Stage {
  /** Chunks that are digested together. */
  private static final int BATCH = 16;

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
    return Set.of(
        Counter.DUPLICATE_CHUNKS_INTRA, Counter.DUPLICATE_CHUNKS_INTER, Counter.UNIQUE_CHUNKS);
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

  private Chunker newChunker() {
    return rabin ? new RabinChunker(chunk) : Chunker.fixed(chunk);
  }

  private ChunkPositions newPositions(int vms) {
    return new ChunkPositions(vms, newChunker().fixed() ? chunk : 0);
  }

  /** When both ends empty their tables. */
  private final class Lifetime {
    private long intervals;

    /** Whether the table is to be emptied before this checkpoint. */
    boolean ends(CheckpointKind kind) {
      return switch (kind) {
        case PRIMING -> false;
        case FULL -> {
          intervals = 0;
          yield true;
        }
        case INCREMENTAL -> intervals++ % lifetime == 0;
      };
    }
  }

  private final class Encoder implements StageEncoder {
    private final LaneWriter control;
    private final LaneWriter lane;
    private final Counters counters;
    private final StageEncoder next;
    private final Block unique = new Block();
    private final Lifetime age = new Lifetime();
    private final Chunker chunker = newChunker();
    private final ChunkHash hasher = ChunkHash.named(hash);
    private final ChunkTable table =
        new ChunkTable(hasher.words(), lasting() ? entries : Integer.MAX_VALUE);
    private final ChunkPositions positions;
    private final ChunkStore store = new ChunkStore(entries);

    /** Pages whose chunks are digested: from {@code batchStart} to before {@code batchEnd}. */
    private int batchStart;

    private int batchEnd;
    private final int batchPages = Math.max(1, BATCH / chunker.maxChunks());
    private final int maxChunks = chunker.maxChunks();
    private final int[] chunkCounts = new int[batchPages];
    private final int[][] ends = new int[batchPages][maxChunks];
    private final long[] digests = new long[batchPages * maxChunks * hasher.words()];
    private final byte[][] arrays = new byte[batchPages * maxChunks][];
    private final int[] offsets = new int[batchPages * maxChunks];
    private final int[] lengths = new int[batchPages * maxChunks];

    private final int[] pointers = new int[maxChunks];
    private final boolean[] duplicate = new boolean[maxChunks];
    private DirtyPages pages = new DirtyPages();

    Encoder(EncoderContext context, StageEncoder next) {
      control = context.control();
      lane = context.openLane();
      counters = context.counters();
      positions = newPositions(context.vms());
      this.next = next;
    }

    @Override
    public void beginCheckpoint(CheckpointKind kind) {
      positions.clear();
      if (age.ends(kind)) {
        table.clear();
        store.clear();
      }
    }

    @Override
    public void beginVm(int vm, DirtyPages pages) {
      this.pages = pages;
      positions.beginVm(vm, pages);
      batchStart = 0;
      batchEnd = 0;
    }

    @Override
    public void encode(Block page) throws IOException {
      if (page.page() >= batchEnd) {
        digestFrom(page.page());
      }
      int inBatch = page.page() - batchStart;
      int count = chunkCounts[inBatch];
      int uniques = 0;
      int start = 0;
      for (int c = 0; c < count; c++) {
        int end = ends[inBatch][c];
        int digest = (firstChunk(inBatch) + c) * hasher.words();
        if (!findDuplicate(page, start, end - start, digest, c)) {
          uniques++;
        }
        start = end;
      }
      counters.add(Counter.UNIQUE_CHUNKS, uniques);
      writeControl(ends[inBatch], count);
      start = 0;
      for (int c = 0; c < count; c++) {
        int end = ends[inBatch][c];
        if (duplicate[c]) {
          lane.writeInt(pointers[c]);
        } else {
          next.encode(
              unique
                  .at(Kind.CHUNK, page.bytes(), page.offset() + start, end - start)
                  .ofSamePage(page));
        }
        start = end;
      }
      if (uniques == 0) {
        next.skip(page);
      }
    }

    /** Number of the page's first chunk in the batch. */
    private int firstChunk(int pageInBatch) {
      int first = 0;
      for (int p = 0; p < pageInBatch; p++) {
        first += chunkCounts[p];
      }
      return first;
    }

    /** Digests the chunks of pages from {@code first} on. */
    private void digestFrom(int first) {
      batchStart = first;
      batchEnd = Math.min(pages.count(), first + batchPages);
      int chunks = 0;
      for (int p = first; p < batchEnd; p++) {
        byte[] bytes = pages.slab(p);
        int offset = pages.offset(p);
        int[] pageEnds = ends[p - first];
        int count = chunker.divide(bytes, offset, pageEnds);
        chunkCounts[p - first] = count;
        int start = 0;
        for (int c = 0; c < count; c++) {
          arrays[chunks] = bytes;
          offsets[chunks] = offset + start;
          lengths[chunks] = pageEnds[c] - start;
          start = pageEnds[c];
          chunks++;
        }
      }
      hasher.digest(arrays, offsets, lengths, chunks, digests);
    }

    /** Decides on chunk {@code c} of a page; one that is not a duplicate enters the table. */
    private boolean findDuplicate(Block page, int start, int length, int digest, int c) {
      int location = positions.add(page.page(), start, length);
      int offset = page.offset() + start;
      int entry = table.find(digests, digest);
      while (verify && entry != ChunkTable.NONE && !equal(entry, page.bytes(), offset, length)) {
        entry = table.findOlder(entry, digests, digest);
      }
      duplicate[c] = entry != ChunkTable.NONE;
      if (duplicate[c]) {
        int reference = table.location(entry);
        pointers[c] = lasting() ? entry : reference;
        counters.add(
            ChunkPositions.vm(reference) == page.vm()
                ? Counter.DUPLICATE_CHUNKS_INTRA
                : Counter.DUPLICATE_CHUNKS_INTER,
            1);
      } else {
        table.insert(digests, digest, location);
        if (verify && lasting()) {
          store.add(page.bytes(), offset, length);
        }
      }
      return duplicate[c];
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

    private void writeControl(int[] pageEnds, int count) throws IOException {
      if (!chunker.fixed()) {
        control.writeVarint(count);
        int start = 0;
        for (int c = 0; c < count; c++) {
          control.writeVarint(pageEnds[c] - start);
          start = pageEnds[c];
        }
      }
      for (int c = 0; c < count; c += Byte.SIZE) {
        int bits = 0;
        for (int i = c; i < Math.min(count, c + Byte.SIZE); i++) {
          bits |= duplicate[i] ? 1 << (i - c) : 0;
        }
        control.writeByte(bits);
      }
    }

    @Override
    public void skip(Block page) throws IOException {
      next.skip(page);
    }

    /** The table's entries and buckets; with {@code verify}, what is compared with, too. */
    @Override
    public long retainedBytes() {
      return table.retainedBytes() + store.retainedBytes();
    }
  }

  private final class Decoder implements StageDecoder {
    private final LaneReader control;
    private final LaneReader lane;
    private final StageDecoder next;
    private final Block unique = new Block();
    private final Lifetime age = new Lifetime();
    private final Chunker chunker = newChunker();
    private final ChunkPositions positions;
    private final ChunkStore store = new ChunkStore(entries);
    private final int[] ends = new int[chunker.maxChunks()];

    Decoder(DecoderContext context, StageDecoder next) {
      control = context.control();
      lane = context.openLane();
      positions = newPositions(context.vms());
      this.next = next;
    }

    @Override
    public void beginCheckpoint(CheckpointKind kind) {
      positions.clear();
      if (age.ends(kind)) {
        store.clear();
      }
    }

    @Override
    public void beginVm(int vm, DirtyPages pages) {
      positions.beginVm(vm, pages);
    }

    @Override
    public void decode(Block page) throws CorruptEncodingException {
      int count = readEnds(page);
      int bitmap = control.take((count + Byte.SIZE - 1) / Byte.SIZE);
      byte[] bits = control.bytes();
      boolean anyUnique = false;
      int start = 0;
      for (int c = 0; c < count; c++) {
        int length = ends[c] - start;
        int offset = page.offset() + start;
        if ((bits[bitmap + (c >> 3)] >>> (c & 7) & 1) != 0) {
          copyDuplicate(page.bytes(), offset, length);
        } else {
          anyUnique = true;
          next.decode(unique.at(Kind.CHUNK, page.bytes(), offset, length).ofSamePage(page));
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

    private int readEnds(Block page) throws CorruptEncodingException {
      if (chunker.fixed()) {
        return chunker.divide(page.bytes(), page.offset(), ends);
      }
      int count = control.readVarint(chunker.maxChunks());
      int end = 0;
      for (int c = 0; c < count; c++) {
        int length = control.readVarint(Page.BYTES - end);
        if (length == 0) {
          throw control.corrupt("empty chunk");
        }
        end += length;
        ends[c] = end;
      }
      if (end != Page.BYTES) {
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
    public void skip(Block page) throws CorruptEncodingException {
      next.skip(page);
    }

    /** Contents of the chunks in a table that lives longer than an interval. */
    @Override
    public long retainedBytes() {
      return store.retainedBytes();
    }
  }
}
