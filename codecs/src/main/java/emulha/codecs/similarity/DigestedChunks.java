package emulha.codecs.similarity;

import emulha.memory.DirtyPages;
import java.util.Arrays;

/**
 * The chunks of some successive pages of a VM, numbered from 0, with their digests: digested
 * together, because a {@link ChunkHash} is faster so. Reused; owned by one thread.
 */
final class DigestedChunks {
  private final Chunker chunker;
  private final ChunkHash hasher;
  private final int[] pageEnds;
  private int from;
  private int to;

  /** Of each page, the number of its first chunk; then the number of chunks. */
  private int[] firsts = new int[1];

  private int[] starts = new int[0];
  private byte[][] arrays = new byte[0][];
  private int[] offsets = new int[0];
  private int[] lengths = new int[0];
  private long[] digests = new long[0];

  DigestedChunks(Chunker chunker, ChunkHash hasher) {
    this.chunker = chunker;
    this.hasher = hasher;
    pageEnds = new int[chunker.maxChunks()];
  }

  /** No page's chunks are here. */
  void clear() {
    from = 0;
    to = 0;
    firsts[0] = 0;
  }

  /** Whether a page's chunks are here. */
  boolean contains(int page) {
    return from <= page && page < to;
  }

  /** The chunks of {@code pages} from {@code from} to before {@code to} replace what is here. */
  void digest(DirtyPages pages, int from, int to) {
    this.from = from;
    this.to = to;
    makeRoom(to - from);
    int chunks = 0;
    for (int p = from; p < to; p++) {
      byte[] bytes = pages.slab(p);
      int offset = pages.offset(p);
      int count = chunker.divide(bytes, offset, pageEnds);
      int start = 0;
      for (int c = 0; c < count; c++) {
        arrays[chunks] = bytes;
        offsets[chunks] = offset + start;
        starts[chunks] = start;
        lengths[chunks++] = pageEnds[c] - start;
        start = pageEnds[c];
      }
      firsts[p - from + 1] = chunks;
    }
    hasher.digest(arrays, offsets, lengths, chunks, digests);
  }

  private void makeRoom(int pages) {
    if (firsts.length <= pages) {
      firsts = new int[pages + 1];
      int chunks = Math.multiplyExact(pages, chunker.maxChunks());
      starts = Arrays.copyOf(starts, chunks);
      arrays = Arrays.copyOf(arrays, chunks);
      offsets = Arrays.copyOf(offsets, chunks);
      lengths = Arrays.copyOf(lengths, chunks);
      digests = new long[Math.multiplyExact(chunks, hasher.words())];
    }
  }

  /** Number of chunks. */
  int count() {
    return firsts[to - from];
  }

  /** Number of a page's first chunk; for the page behind the last, of none. */
  int first(int page) {
    return firsts[page - from];
  }

  int length(int chunk) {
    return lengths[chunk];
  }

  /** Where a chunk begins in its page. */
  int start(int chunk) {
    return starts[chunk];
  }

  /** All digests, that of a chunk from {@link #digestAt} on. */
  long[] digests() {
    return digests;
  }

  /** Where in {@link #digests} a chunk's is. */
  int digestAt(int chunk) {
    return chunk * hasher.words();
  }
}
