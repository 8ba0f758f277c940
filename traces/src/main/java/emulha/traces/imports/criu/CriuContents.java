package emulha.traces.imports.criu;

import emulha.files.DamagedFileException;
import emulha.files.SparseFile;
import emulha.memory.AddressRanges;
import emulha.memory.DirtyPages;
import emulha.memory.Page;
import emulha.traces.imports.image.Input;
import io.airlift.compress.v3.lz4.Lz4JavaDecompressor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The contents of a chain's pages, read image by image in the order of their dumps. Remembers for
 * each page frame which image had it last. Not thread-safe.
 */
final class CriuContents implements AutoCloseable {
  private static final byte[] ZERO = new byte[Page.BYTES];
  private static final int NOWHERE = -1;
  private static final int MAX_OPEN = 64;

  private final AddressRanges ranges;
  private final boolean trustZeros;
  private final List<Source> sources = new ArrayList<>();
  private int[] lastSource = {};
  private int[] lastIndex = {};
  private long[] leastPages = {};
  private final byte[] buffer = new byte[Page.BYTES];

  /** Blocks decompressed last, of the image being read and of earlier ones. */
  private final Decompressed current = new Decompressed();

  private final Decompressed earlier = new Decompressed();
  private Set<CriuImage> compared = Set.of();

  /** Open pages files, that used last at the end. */
  private final Map<Source, FileChannel> open = new LinkedHashMap<>(16, 0.75f, true);

  /** A pages file. */
  private static final class Source {
    private final CriuImage image;
    private final BitSet holes;

    Source(CriuImage image, BitSet holes) {
      this.image = image;
      this.holes = holes;
    }
  }

  /** Pages of a block. */
  private static final class Decompressed {
    private @Nullable CriuPayload payload;
    private int block;
    private byte[] pages = new byte[0];
  }

  interface Full {
    void take() throws IOException;
  }

  /**
   * @param trustZeros whether zeros and holes in replaced pages are taken for their contents
   */
  CriuContents(AddressRanges ranges, boolean trustZeros) throws IOException {
    if (ranges.frames() > Integer.MAX_VALUE - 8) {
      throw new IOException("the images have more than 2^31 pages, which is more than is read");
    }
    this.ranges = ranges;
    this.trustZeros = trustZeros;
  }

  /**
   * Finds the pagemaps that name every page though an earlier image has some of the same: {@link
   * #read} compares their contents. To be called before the first read.
   *
   * @return how many there are
   */
  int compared(List<List<CriuPart>> steps) {
    var whole = new HashSet<CriuImage>();
    var known = new BitSet();
    leastPages = new long[steps.size()];
    for (int n = 0; n < steps.size(); n++) {
      for (CriuPart part : steps.get(n)) {
        boolean all = true;
        long present = 0;
        long again = 0;
        for (CriuImage.Run run : part.image().runs()) {
          int first = (int) ranges.frameOf(part.firstPage() + run.firstPage());
          int end = first + (int) run.pages();
          all &= run.present();
          present += run.present() ? run.pages() : 0;
          for (int from = known.nextSetBit(first); from >= 0 && from < end; ) {
            int to = Math.min(end, known.nextClearBit(from));
            again += to - from;
            from = known.nextSetBit(to);
          }
          known.set(first, end);
        }
        if (all && again > 0) {
          whole.add(part.image());
          present -= again;
        }
        leastPages[n] += present;
      }
    }
    compared = whole;
    return whole.size();
  }

  /** How many pages of a step are written for certain, as {@link #compared} found. */
  long leastPages(int step) {
    return leastPages[step];
  }

  /** Appends the dirty pages of an image; calls and clears after each {@code stretch} of them. */
  void read(List<CriuPart> step, int stretch, DirtyPages pages, Full full) throws IOException {
    if (sources.isEmpty()) {
      // Not before it is known that there is room for so many pages.
      lastSource = new int[(int) ranges.frames()];
      lastIndex = new int[(int) ranges.frames()];
      Arrays.fill(lastSource, NOWHERE);
    }
    for (CriuPart part : step) {
      sources.add(new Source(part.image(), SparseFile.holes(part.image().pages())));
      int number = sources.size() - 1;
      Source source = sources.get(number);
      if (!trustZeros) {
        refusePunched(part);
      }
      for (CriuImage.Run run : part.image().runs()) {
        for (long i = 0; run.present() && i < run.pages(); i++) {
          int frame = (int) ranges.frameOf(part.firstPage() + run.firstPage() + i);
          int index = (int) (run.firstPresent() + i);
          read(source, index, buffer, current);
          if (!compared.contains(part.image()) || !unchanged(frame)) {
            pages.append(frame, buffer, 0);
            if (pages.count() == stretch) {
              full.take();
              pages.clear();
            }
          }
          lastSource[frame] = number;
          lastIndex[frame] = index;
        }
      }
    }
    if (pages.count() > 0) {
      full.take();
    }
  }

  /** Whether the last image with a frame has it with the content in the buffer. */
  private boolean unchanged(int frame) throws IOException {
    if (lastSource[frame] == NOWHERE) {
      return false;
    }
    byte[] old = new byte[Page.BYTES];
    read(sources.get(lastSource[frame]), lastIndex[frame], old, earlier);
    return Arrays.equals(old, buffer);
  }

  /** Refuses an image whose replaced pages were punched out of the earlier images. */
  private void refusePunched(CriuPart part) throws IOException {
    long replaced = 0;
    boolean allZero = true;
    Source where = null;
    int at = 0;
    for (CriuImage.Run run : part.image().runs()) {
      for (long i = 0; run.present() && i < run.pages(); i++) {
        int frame = (int) ranges.frameOf(part.firstPage() + run.firstPage() + i);
        if (lastSource[frame] == NOWHERE) {
          continue;
        }
        Source last = sources.get(lastSource[frame]);
        if (isHole(last, lastIndex[frame])) {
          throw punched(
              part,
              last,
              lastIndex[frame],
              "a hole in place of a page that %s replaces: punched out by criu --auto-dedup or"
                  + " criu dedup, and what it held is lost");
        }
        replaced++;
        if (allZero) {
          // Of compressed pages, those of zeros take no room: there is nothing to punch out.
          allZero = !last.image.runOf(lastIndex[frame]).payload().isBlocks();
        }
        if (allZero) {
          read(last, lastIndex[frame], buffer, earlier);
          allZero = Arrays.equals(buffer, ZERO);
        }
        if (where == null) {
          where = last;
          at = lastIndex[frame];
        }
      }
    }
    if (where != null && allZero) {
      throw punched(
          part,
          where,
          at,
          "zeros in place of all "
              + replaced
              + " pages that %s replaces: a copy of what criu --auto-dedup or criu dedup punched"
              + " out, and what they held is lost");
    }
  }

  private static DamagedFileException punched(
      CriuPart by, Source source, int index, String reason) {
    var path = source.image.pages();
    var pagemap = by.image().pagemap();
    return new DamagedFileException(
        path.toString(),
        place(source, index),
        reason.formatted(pagemap.subpath(pagemap.getNameCount() - 2, pagemap.getNameCount()))
            + "; dump again without it, or, if these pages really were zeros, import with"
            + " --trust-zeros");
  }

  private Input file(Source source) throws IOException {
    FileChannel file = open.get(source);
    if (file == null) {
      if (open.size() == MAX_OPEN) {
        var eldest = open.entrySet().iterator().next();
        open.remove(eldest.getKey());
        eldest.getValue().close();
      }
      file = FileChannel.open(source.image.pages(), StandardOpenOption.READ);
      open.put(source, file);
    }
    return new Input(file, source.image.pages().toString());
  }

  /** Where in its file a page is, or the block that it is in. */
  private static long place(Source source, int index) {
    CriuImage.Run run = source.image.runOf(index);
    long page = index - run.firstPresent();
    CriuPayload payload = run.payload();
    return payload.isBlocks() ? payload.offset(payload.blockOf(page)) : payload.offsetOfPage(page);
  }

  private static boolean isHole(Source source, int index) {
    if (source.holes.isEmpty()) {
      return false;
    }
    CriuImage.Run run = source.image.runOf(index);
    CriuPayload payload = run.payload();
    int bytes =
        payload.isBlocks()
            ? payload.storedBytes(payload.blockOf(index - run.firstPresent()))
            : Page.BYTES;
    long from = place(source, index);
    int first = (int) (from >>> Page.SHIFT);
    int end = (int) ((from + bytes + Page.BYTES - 1) >>> Page.SHIFT);
    return bytes > 0 && source.holes.nextClearBit(first) >= end;
  }

  private void read(Source source, int index, byte[] into, Decompressed cache) throws IOException {
    CriuImage.Run run = source.image.runOf(index);
    long page = index - run.firstPresent();
    CriuPayload payload = run.payload();
    if (!payload.isBlocks()) {
      file(source).fill(ByteBuffer.wrap(into), payload.offsetOfPage(page));
      return;
    }
    int block = payload.blockOf(page);
    if (cache.payload != payload || cache.block != block) {
      cache.payload = null;
      int bytes = payload.contentBytes(block);
      if (cache.pages.length < bytes) {
        cache.pages = new byte[bytes];
      }
      decompress(file(source), payload, block, cache.pages, bytes);
      cache.payload = payload;
      cache.block = block;
    }
    System.arraycopy(cache.pages, payload.placeInBlock(page), into, 0, Page.BYTES);
  }

  private static void decompress(Input file, CriuPayload payload, int block, byte[] into, int bytes)
      throws IOException {
    int size = payload.storedBytes(block);
    long at = payload.offset(block);
    if (size == 0) {
      Arrays.fill(into, 0, bytes, (byte) 0);
      return;
    }
    byte[] stored = size == bytes ? into : new byte[size];
    file.fill(ByteBuffer.wrap(stored, 0, size), at);
    // Zeros are not stored: neither as they are nor as an LZ4 block.
    if (Page.isZero(stored, 0, size)) {
      throw file.damaged(
          at,
          "zeros in place of compressed pages: punched out by criu --auto-dedup or criu dedup, and"
              + " what they held is lost; dump again without it");
    }
    if (size == bytes) {
      return;
    }
    int restored =
        file.expand(new Lz4JavaDecompressor(), "pages that LZ4", at, stored, 0, into, bytes);
    if (restored != bytes) {
      throw file.damaged(
          at, "expected %d bytes of pages compressed by LZ4, found %d".formatted(bytes, restored));
    }
  }

  @Override
  public void close() throws IOException {
    for (FileChannel file : open.values()) {
      file.close();
    }
  }
}
