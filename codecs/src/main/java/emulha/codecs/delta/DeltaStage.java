package emulha.codecs.delta;

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
import emulha.memory.PageSize;
import java.io.IOException;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The stage behind every delta method. Caches are per VM and empty at the start; neither the full
 * checkpoint nor what both ends have beforehand enters them. Whether it hits or misses, a page's
 * new content is then the one cached.
 *
 * <p>Control lane: a tag per page, after {@link #ENCODED} the encoding's length (varint). Payload
 * lane: encodings, and pages that this stage sends whole.
 *
 * @param cacheBytes size of each VM's cache, a positive multiple of 4096, of which whole pages are
 *     used; {@link Long#MAX_VALUE} for one that holds all of RAM
 * @param policy which pages the cache keeps
 * @param encoding how a hit is encoded
 * @param missesWhole whether misses and overflows go whole at once rather than to the next stage
 * @param zerosApart whether a page of zeros is settled by a flag before the cache is asked, and
 *     enters it, as in QEMU
 * @param usualEncoders number of encoder threads if the method does not say
 */
record DeltaStage(
    long cacheBytes,
    Policy policy,
    Encoding encoding,
    boolean missesWhole,
    boolean zerosApart,
    int usualEncoders)
    implements Stage {
  /** Which pages a cache keeps. */
  enum Policy {
    LRU,
    DIRECT
  }

  /** How a hit is encoded. */
  enum Encoding {
    RLE,
    /** As RLE, byte by byte. */
    RLE_BYTEWISE,
    XBZRLE,
    REMUS,
    WORDS,
    /** Not here: the next stage is given old XOR new. */
    XOR;

    @Nullable PageDelta newCoder(PageSize pageSize) {
      Differences differences = Kernels.differences();
      PageDelta coder =
          switch (this) {
            case RLE -> new RunLengthDelta(RunLengthDelta.Form.XOR, differences);
            case RLE_BYTEWISE -> new BytewiseDelta();
            case XBZRLE -> new RunLengthDelta(RunLengthDelta.Form.XBZRLE, differences);
            case REMUS -> new RemusDelta(differences);
            case WORDS -> new WordsDelta(differences);
            case XOR -> null;
          };
      return coder == null || pageSize.equals(PageSize.SMALL)
          ? coder
          : new BlockwiseDelta(coder, pageSize);
    }
  }

  private static final int UNCHANGED = 1;
  private static final int ENCODED = 2;
  private static final int WHOLE = 3;
  private static final int RESIDUE = 4;
  private static final int ZERO = 5;

  @Override
  public Set<Kind> accepts() {
    return Set.of(Kind.PAGE);
  }

  @Override
  public Set<Kind> handsOn(Set<Kind> given) {
    Set<Kind> kinds = EnumSet.of(Kind.PAGE);
    if (encoding == Encoding.XOR) {
      kinds.add(Kind.RESIDUE);
    }
    return kinds;
  }

  @Override
  public Set<Counter> counters() {
    Set<Counter> counters =
        EnumSet.of(Counter.CACHE_HITS, Counter.CACHE_MISSES, Counter.UNCHANGED_PAGES);
    if (encoding != Encoding.XOR) {
      counters.add(Counter.OVERFLOWS);
    }
    if (encoding == Encoding.XBZRLE) {
      counters.add(Counter.XBZRLE_BYTES);
      counters.add(Counter.QEMU_BYTES);
    }
    if (zerosApart) {
      counters.add(Counter.ZERO_PAGES);
    }
    return counters;
  }

  @Override
  public int usualNanos() {
    return 2_000;
  }

  @Override
  public String binding() {
    return encoding == Encoding.RLE_BYTEWISE
        ? "java (byte by byte)"
        : Kernels.differences().binding();
  }

  /** The cache is the encoder's alone: what it chose is told by each page's tag. */
  @Override
  public boolean decodesPagesAlone() {
    return true;
  }

  @Override
  public Optional<String> whyOneEncoder(boolean first) {
    return first
        ? Optional.empty()
        : Optional.of("which pages reach its cache is not known before the stages ahead have run");
  }

  @Override
  public Optional<String> whyNot(PageSize pageSize) {
    if (encoding == Encoding.XBZRLE && !pageSize.equals(PageSize.SMALL)) {
      return Optional.of(
          "XBZRLE is QEMU's, which migrates pages of 4096 bytes whatever the guest's are; use"
              + " delta, remus, fitdoc or prefix");
    }
    return PageHistory.whyNot(cacheBytes, "cache", pageSize);
  }

  @Override
  public int usualEncoders() {
    return usualEncoders;
  }

  @Override
  public StageEncoder newEncoder(EncoderContext context, StageEncoder next) {
    return new Encoder(context, next);
  }

  @Override
  public StageDecoder newDecoder(DecoderContext context, StageDecoder next) {
    return new Decoder(context, next);
  }

  PageCache newCache(long ramPages, PageSize pageSize) {
    long pages = pageSize.pagesIn(cacheBytes);
    int slots = Math.toIntExact(Math.min(pages, ramPages));
    return switch (policy) {
      case LRU -> new LruPageCache(slots, Math.toIntExact(ramPages), pageSize);
      case DIRECT ->
          new DirectMappedPageCache(
              cacheBytes == Long.MAX_VALUE
                  ? 1 << (64 - Long.numberOfLeadingZeros(ramPages - 1))
                  : Math.toIntExact(pages),
              pageSize);
    };
  }

  private final class Encoder implements StageEncoder {
    private final LaneWriter control;
    private final LaneWriter lane;
    private final Counters counters;
    private final StageEncoder next;
    private final PageHistory history;
    private final @Nullable PageDelta coder;
    private final Block residue = new Block();
    private final byte[] xor;
    private boolean incremental;

    Encoder(EncoderContext context, StageEncoder next) {
      control = context.control();
      lane = context.openLane();
      counters = context.counters();
      this.next = next;
      coder = encoding.newCoder(context.pageSize());
      xor = new byte[context.pageSize().bytes()];
      history = PageHistory.of(DeltaStage.this, context, ram -> newCache(ram, context.pageSize()));
    }

    @Override
    public void beginCheckpoint(CheckpointKind kind) {
      incremental = kind == CheckpointKind.INCREMENTAL;
      if (incremental) {
        history.beginCheckpoint();
      }
    }

    @Override
    public void beginVm(int vm, DirtyPages pages) {
      if (incremental) {
        history.beginVm(vm, pages);
      }
    }

    @Override
    public void encode(Block page) throws IOException {
      if (!incremental) {
        control.writeByte(HANDED_ON);
        next.encode(page);
        return;
      }
      boolean found = history.find(page);
      if (zerosApart && Page.isZero(page.bytes(), page.offset(), page.length())) {
        counters.add(Counter.ZERO_PAGES, 1);
        counters.add(Counter.QEMU_BYTES, Xbzrle.ZERO_PAGE_BYTES);
        control.writeByte(ZERO);
        next.skip(page);
      } else if (!found) {
        counters.add(Counter.CACHE_MISSES, 1);
        passOn(page);
      } else {
        counters.add(Counter.CACHE_HITS, 1);
        encodeHit(page);
        return;
      }
      history.keep(page);
    }

    /** A page whose earlier content was found; it is kept unless that is its own. */
    private void encodeHit(Block page) throws IOException {
      byte[] old = history.bytes();
      int oldOffset = history.offset();
      PageDelta delta = coder;
      if (delta == null) {
        if (encodeResidue(page, old, oldOffset)) {
          history.keep(page);
        }
        return;
      }
      int at = lane.reserve(delta.reserveBytes());
      int length = delta.encode(old, oldOffset, page.bytes(), page.offset(), lane.buffer(), at);
      if (length == PageDelta.OVERFLOW) {
        counters.add(Counter.OVERFLOWS, 1);
        counters.add(Counter.XBZRLE_BYTES, page.length());
        passOn(page);
        history.keep(page);
        return;
      }
      lane.advance(length);
      if (length == 0) {
        control.writeByte(UNCHANGED);
      } else {
        control.writeByte(ENCODED);
        control.writeVarint(length);
        counters.add(Counter.XBZRLE_BYTES, Xbzrle.ENCODING_HEADER_BYTES + length);
        counters.add(
            Counter.QEMU_BYTES, Xbzrle.PAGE_HEADER_BYTES + Xbzrle.ENCODING_HEADER_BYTES + length);
      }
      if (length == delta.unchangedBytes()) {
        counters.add(Counter.UNCHANGED_PAGES, 1);
      } else {
        history.keep(page, delta);
      }
      next.skip(page);
    }

    /** Whether the page differs from its earlier content. */
    private boolean encodeResidue(Block page, byte[] old, int oldOffset) throws IOException {
      int offset = page.offset();
      if (Arrays.equals(
          old, oldOffset, oldOffset + xor.length, page.bytes(), offset, offset + xor.length)) {
        counters.add(Counter.UNCHANGED_PAGES, 1);
        control.writeByte(UNCHANGED);
        next.skip(page);
        return false;
      }
      Copies.xorExactly(old, oldOffset, page.bytes(), offset, xor, 0, xor.length);
      control.writeByte(RESIDUE);
      next.encode(residue.at(Kind.RESIDUE, xor, 0, xor.length).ofSamePage(page));
      return true;
    }

    /** What is not encoded here goes to the next stage or whole. */
    private void passOn(Block page) throws IOException {
      counters.add(Counter.QEMU_BYTES, Xbzrle.PAGE_HEADER_BYTES + page.length());
      if (missesWhole) {
        counters.add(Counter.WHOLE_PAGES, 1);
        control.writeByte(WHOLE);
        lane.write(page.bytes(), page.offset(), page.length());
        next.skip(page);
      } else {
        control.writeByte(HANDED_ON);
        next.encode(page);
      }
    }

    @Override
    public void skip(Block page) throws IOException {
      if (incremental) {
        history.forget(page);
      }
      next.skip(page);
    }

    @Override
    public void endVm(int vm) {
      if (incremental) {
        history.endVm();
      }
    }

    @Override
    public long retainedBytes() {
      return history.retainedBytes();
    }

    @Override
    public long allocatedBytes() {
      return history.allocatedBytes();
    }
  }

  private final class Decoder implements StageDecoder {
    private final DecoderContext context;
    private final LaneReader control;
    private final LaneReader lane;
    private final StageDecoder next;
    private final @Nullable PageDelta coder;
    private final Block residue = new Block();
    private final byte[] xor;

    Decoder(DecoderContext context, StageDecoder next) {
      this.context = context;
      control = context.control();
      lane = context.openLane();
      this.next = next;
      coder = encoding.newCoder(context.pageSize());
      xor = new byte[context.pageSize().bytes()];
    }

    @Override
    public void decode(Block page) throws CorruptEncodingException {
      int tag = control.readByte();
      switch (tag) {
        case StageEncoder.HANDED_ON -> {
          next.decode(page);
          return;
        }
        case UNCHANGED -> previous(page);
        case ENCODED -> decodeHit(page);
        case WHOLE -> {
          if (!missesWhole) {
            throw control.corrupt("page sent whole by a delta stage that hands pages on");
          }
          lane.read(page.bytes(), page.offset(), page.length());
        }
        case RESIDUE -> {
          decodeResidue(page);
          return;
        }
        case ZERO -> {
          int end = page.offset() + page.length();
          Arrays.fill(page.bytes(), page.offset(), end, (byte) 0);
        }
        default -> throw control.corrupt("tag " + tag + " is not one of a delta stage");
      }
      next.skip(page);
    }

    private void previous(Block page) {
      context.previous().read(page.vm(), page.pfn(), page.bytes(), page.offset());
    }

    private void decodeHit(Block page) throws CorruptEncodingException {
      PageDelta delta = coder;
      if (delta == null) {
        throw control.corrupt("encoded page from a delta stage that only takes the XOR");
      }
      int length = control.readVarint(delta.maxBytes());
      int at = lane.take(length);
      previous(page);
      int result = delta.decode(lane.bytes(), at, length, page.bytes(), page.offset());
      if (result < 0 || length == 0) {
        throw lane.corrupt(
            "malformed delta of %d bytes, before this, at its byte %d"
                .formatted(length, length == 0 ? 0 : -1 - result));
      }
    }

    private void decodeResidue(Block page) throws CorruptEncodingException {
      if (encoding != Encoding.XOR) {
        throw control.corrupt("XOR residue from a delta stage that encodes it");
      }
      next.decode(residue.at(Kind.RESIDUE, xor, 0, xor.length).ofSamePage(page));
      previous(page);
      byte[] bytes = page.bytes();
      int offset = page.offset();
      Copies.xorExactly(bytes, offset, xor, 0, bytes, offset, xor.length);
    }

    @Override
    public void skip(Block page) throws CorruptEncodingException {
      next.skip(page);
    }
  }
}
