package emulha.traces.imports.criu;

import emulha.files.Closing;
import emulha.files.DamagedFileException;
import emulha.files.SparseFile;
import emulha.memory.AddressRanges;
import emulha.memory.DirtyPages;
import emulha.memory.Page;
import emulha.traces.archives.Decompressed;
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
import java.util.Objects;
import java.util.SequencedMap;
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
  private final SequencedMap<CriuImage, FileChannel> open = new LinkedHashMap<>(16, 0.75f, true);

  /** A pages file. */
  private record Source(CriuImage image, BitSet holes) {
    /** The page of this number among those that are present. */
    Stored page(int index) {
      CriuImage.Run run = image.runOf(index);
      return new Stored(this, run.payload(), index - run.firstPresent());
    }
  }

  /** A page, of this number in the payload. */
  private record Stored(Source source, CriuPayload payload, long page) {
    /** Where it is in its file, or the block that it is in. */
    long place() {
      return payload.place(page);
    }

    /** Bytes that it takes there, or its block. */
    int bytes() {
      return payload.storedBytes(page);
    }

    boolean isHole() {
      int bytes = source.holes.isEmpty() ? 0 : bytes();
      if (bytes == 0) {
        return false;
      }
      long place = place();
      int end = (int) ((place + bytes + Page.BYTES - 1) >>> Page.SHIFT);
      return source.holes.nextClearBit((int) (place >>> Page.SHIFT)) >= end;
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
  int compared(List<List<CriuImage>> steps) {
    var whole = new HashSet<CriuImage>();
    var known = new BitSet();
    leastPages = new long[steps.size()];
    for (int n = 0; n < steps.size(); n++) {
      for (CriuImage image : steps.get(n)) {
        boolean all = true;
        long present = 0;
        long again = 0;
        for (CriuImage.Run run : image.runs()) {
          int first = (int) ranges.frameOf(run.firstPage());
          int end = first + (int) run.pages();
          all &= run.present();
          present += run.present() ? run.pages() : 0;
          again += known.get(first, end).cardinality();
          known.set(first, end);
        }
        if (all && again > 0) {
          whole.add(image);
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
  void read(List<CriuImage> step, int stretch, DirtyPages pages, Full full) throws IOException {
    if (sources.isEmpty()) {
      // Not before it is known that there is room for so many pages.
      lastSource = new int[(int) ranges.frames()];
      lastIndex = new int[(int) ranges.frames()];
      Arrays.fill(lastSource, NOWHERE);
    }
    for (CriuImage image : step) {
      int number = sources.size();
      var source = new Source(image, SparseFile.holes(image.pages()));
      sources.add(source);
      if (!trustZeros) {
        refusePunched(image);
      }
      for (CriuImage.Run run : image.runs()) {
        for (long i = 0; run.present() && i < run.pages(); i++) {
          int frame = (int) ranges.frameOf(run.firstPage() + i);
          int index = (int) (run.firstPresent() + i);
          read(source.page(index), buffer, current);
          if (!compared.contains(image) || !unchanged(frame)) {
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

  /** The page that the last image with a frame has of it. */
  private @Nullable Stored last(int frame) {
    return lastSource[frame] == NOWHERE
        ? null
        : sources.get(lastSource[frame]).page(lastIndex[frame]);
  }

  /** Whether the last image with a frame has it with the content in the buffer. */
  private boolean unchanged(int frame) throws IOException {
    Stored last = last(frame);
    if (last == null) {
      return false;
    }
    byte[] old = new byte[Page.BYTES];
    read(last, old, earlier);
    return Arrays.equals(old, buffer);
  }

  /** Refuses an image whose replaced pages were punched out of the earlier images. */
  private void refusePunched(CriuImage image) throws IOException {
    long replaced = 0;
    boolean allZero = true;
    Stored first = null;
    for (CriuImage.Run run : image.runs()) {
      for (long i = 0; run.present() && i < run.pages(); i++) {
        Stored last = last((int) ranges.frameOf(run.firstPage() + i));
        if (last == null) {
          continue;
        }
        if (last.isHole()) {
          throw punched(
              image,
              last,
              "a hole in place of a page that %s replaces: punched out by criu --auto-dedup or"
                  + " criu dedup, and what it held is lost");
        }
        replaced++;
        first = first == null ? last : first;
        // Of compressed pages, those of zeros take no room: there is nothing to punch out.
        allZero &= !last.payload.isBlocks();
        if (allZero) {
          read(last, buffer, earlier);
          allZero = Arrays.equals(buffer, ZERO);
        }
      }
    }
    if (first != null && allZero) {
      throw punched(
          image,
          first,
          "zeros in place of all "
              + replaced
              + " pages that %s replaces: a copy of what criu --auto-dedup or criu dedup punched"
              + " out, and what they held is lost");
    }
  }

  private static DamagedFileException punched(CriuImage by, Stored page, String reason) {
    var pagemap = by.pagemap();
    return new DamagedFileException(
        page.source.image.pages().toString(),
        page.place(),
        reason.formatted(pagemap.subpath(pagemap.getNameCount() - 2, pagemap.getNameCount()))
            + "; dump again without it, or, if these pages really were zeros, import with"
            + " --trust-zeros");
  }

  private Input file(CriuImage image) throws IOException {
    FileChannel file = open.get(image);
    if (file == null) {
      if (open.size() == MAX_OPEN) {
        Objects.requireNonNull(open.pollFirstEntry()).getValue().close();
      }
      file = FileChannel.open(image.pages(), StandardOpenOption.READ);
      open.put(image, file);
    }
    return new Input(file, image.pages().toString());
  }

  private void read(Stored page, byte[] into, Decompressed cache) throws IOException {
    CriuPayload payload = page.payload;
    if (!payload.isBlocks()) {
      file(page.source.image).fill(ByteBuffer.wrap(into), page.place());
      return;
    }
    int block = payload.blockOf(page.page);
    if (cache.payload != payload || cache.block != block) {
      cache.payload = null;
      int bytes = payload.contentBytes(block);
      if (cache.pages.length < bytes) {
        cache.pages = new byte[bytes];
      }
      decompress(file(page.source.image), page, cache.pages, bytes);
      cache.payload = payload;
      cache.block = block;
    }
    System.arraycopy(cache.pages, payload.placeInBlock(page.page), into, 0, Page.BYTES);
  }

  private static void decompress(Input file, Stored block, byte[] into, int bytes)
      throws IOException {
    int size = block.bytes();
    long at = block.place();
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
    file.require(restored == bytes, at, bytes + " bytes of pages compressed by LZ4", restored);
  }

  @Override
  public void close() throws IOException {
    Closing.all(open.values(), FileChannel::close);
  }
}
