package emulha.codecs.prefix;

import emulha.codecs.Arguments;
import emulha.codecs.Block;
import emulha.codecs.CheckpointKind;
import emulha.codecs.CorruptEncodingException;
import emulha.codecs.Counter;
import emulha.codecs.Counters;
import emulha.codecs.DecoderContext;
import emulha.codecs.EncoderContext;
import emulha.codecs.LaneReader;
import emulha.codecs.LaneWriter;
import emulha.codecs.NamedProvider;
import emulha.codecs.Parameter;
import emulha.codecs.Stage;
import emulha.codecs.StageDecoder;
import emulha.codecs.StageEncoder;
import emulha.codecs.delta.PageCache;
import emulha.codecs.delta.PageHistory;
import emulha.codecs.zstd.Zstd;
import emulha.memory.DirtyPages;
import emulha.memory.Page;
import emulha.memory.PageSize;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntToLongFunction;

/**
 * Pages as their difference from a similar one: of this VM or another, of this checkpoint or an
 * earlier one (Gupta et al., "Difference Engine", OSDI 2008; Gerofi et al., "Utilizing memory
 * content similarity for improving the performance of replicated virtual machines", UCC 2011).
 * {@link SuperFeatures} find it among the contents that the sender keeps; zstd with it as prefix
 * makes the difference. The base counts as sent.
 *
 * <p>What a page is told by is a reference: the number of a page frame, those of all VMs counted
 * through. It means what the receiver holds there when it decodes the page: what came in this
 * checkpoint before, else the fail-over image. So the receiver keeps nothing for it.
 *
 * <p>Tag (varint): 0 = handed on; 1 = the page is as it was; 2 = equal to the reference; above =
 * the size of the difference, plus 2. Payload lane: the reference (varint), then the difference.
 */
public final class Resemble extends NamedProvider {
  private static final int UNCHANGED = 1;
  private static final int EQUAL = 2;

  public Resemble() {
    super(
        "resemble",
        "difference from a similar page of any VM, found by super-features",
        "Gerofi et al., UCC 2011; Difference Engine, OSDI 2008; Odess, ICDE 2021; Finesse, FAST"
            + " 2019");
  }

  @Override
  public List<Parameter> parameters() {
    return List.of(
        new Parameter(
            "features",
            "odess|n-transform|finesse",
            "odess",
            "twelve transforms of the hashes that the content samples, or of all, or the largest hash"
                + " of each of twelve parts"),
        new Parameter("sampling", "1|2|4|8|16|32|64|128", "16", "of so many hashes odess uses one"),
        new Parameter(
            "tries",
            "1..4",
            "2",
            "similar pages tried: the page's own earlier content is the first"),
        new Parameter(
            "most", "64..4095", "2048", "bytes of a difference; beyond, the page is handed on"),
        Zstd.LEVEL,
        new Parameter(
            "history",
            "unlimited|SIZE",
            "64MiB",
            "contents kept at the sender for all VMs together, the least recently sent forgotten"));
  }

  @Override
  public Stage create(Arguments arguments) {
    return new ResembleStage(
        SuperFeatures.Kind.named(arguments.choice("features")),
        Integer.parseInt(arguments.choice("sampling")),
        arguments.integer("tries", 1, 4),
        arguments.integer("most", 64, Page.BYTES - 1),
        PrefixCodec.ofLevel(arguments.integer("level", Zstd.MIN_LEVEL, Zstd.MAX_LEVEL)),
        Prefix.historyBytes(arguments));
  }

  /**
   * The stage.
   *
   * @param historyBytes page contents kept, at least one page
   */
  private record ResembleStage(
      SuperFeatures.Kind features,
      int sampling,
      int tries,
      int most,
      PrefixCodec codec,
      long historyBytes)
      implements Stage {
    @Override
    public Set<Block.Kind> accepts() {
      return Set.of(Block.Kind.PAGE);
    }

    @Override
    public Set<Counter> counters() {
      return Set.of(Counter.UNCHANGED_PAGES);
    }

    @Override
    public String binding() {
      return codec.binding();
    }

    @Override
    public Optional<String> whyOneEncoder(boolean first) {
      return Optional.of("similar pages are looked for among all");
    }

    @Override
    public Optional<String> whyNot(PageSize pageSize) {
      return PageHistory.whyNot(historyBytes, "history", pageSize);
    }

    @Override
    public StageEncoder newEncoder(EncoderContext context, StageEncoder next) {
      return new Encoder(this, context, next);
    }

    @Override
    public StageDecoder newDecoder(DecoderContext context, StageDecoder next) {
      return new Decoder(this, context, next);
    }
  }

  /** Page frames of all VMs, counted through. */
  private static final class Frames {
    /** Number of each VM's first; then how many there are. */
    private final int[] firsts;

    /**
     * @param ramPages by VM
     */
    Frames(int vms, IntToLongFunction ramPages) {
      firsts = new int[vms + 1];
      for (int vm = 0; vm < vms; vm++) {
        long next = firsts[vm] + ramPages.applyAsLong(vm);
        if (next > Integer.MAX_VALUE - 8) {
          throw new IllegalArgumentException(
              "method 'resemble': the VMs have too many page frames together; replay fewer at once");
        }
        firsts[vm + 1] = (int) next;
      }
    }

    int count() {
      return firsts[firsts.length - 1];
    }

    int number(Block page) {
      return firsts[page.vm()] + (int) page.pfn();
    }

    long pfn(int number) {
      return (long) number - firsts[vm(number)];
    }

    int vm(int number) {
      int vm = 0;
      while (number >= firsts[vm + 1]) {
        vm++;
      }
      return vm;
    }
  }

  private static final class Encoder implements StageEncoder {
    private final ResembleStage stage;
    private final LaneWriter control;
    private final LaneWriter lane;
    private final Counters counters;
    private final StageEncoder next;
    private final PrefixCodec.Compressor compressor;
    private final Frames frames;
    private final SuperFeatures superFeatures;
    private final SimilarPages pages;
    private final long[] features = new long[SuperFeatures.COUNT];
    private final int[] candidates = new int[1 + SuperFeatures.COUNT];
    private byte[] best;
    private byte[] tried;

    Encoder(ResembleStage stage, EncoderContext context, StageEncoder next) {
      this.stage = stage;
      control = context.control();
      lane = context.openLane();
      counters = context.counters();
      this.next = next;
      compressor = stage.codec().newCompressor(context.pageSize());
      frames = new Frames(context.vms(), context::ramPages);
      superFeatures = new SuperFeatures(stage.features(), stage.sampling());
      long capacity = Math.min(frames.count(), context.pageSize().pagesIn(stage.historyBytes()));
      pages = new SimilarPages((int) capacity, frames.count(), context.pageSize());
      best = new byte[compressor.bound(context.pageSize().bytes())];
      tried = new byte[best.length];
    }

    @Override
    public void encode(Block page) throws IOException {
      superFeatures.of(page.bytes(), page.offset(), page.length(), features);
      int own = pages.find(frames.number(page));
      if (own != PageCache.NONE && holds(own, page)) {
        control.writeByte(UNCHANGED);
        counters.add(Counter.UNCHANGED_PAGES, 1);
        next.skip(page);
      } else {
        encode(page, candidates(own));
      }
      keep(page);
    }

    /** Fills in the slots of similar pages; their number. */
    private int candidates(int own) {
      int count = 0;
      if (own != PageCache.NONE) {
        candidates[count++] = own;
      }
      for (int k = 0; k < SuperFeatures.COUNT && count < stage.tries(); k++) {
        int slot = pages.find(k, features[k]);
        boolean is = slot != PageCache.NONE;
        for (int i = 0; i < count; i++) {
          is &= candidates[i] != slot;
        }
        if (is) {
          candidates[count++] = slot;
        }
      }
      return count;
    }

    private void encode(Block page, int count) throws IOException {
      int reference = PageCache.NONE;
      int least = stage.most() + 1;
      for (int i = 0; i < count && least > 0; i++) {
        int slot = candidates[i];
        int size = holds(slot, page) ? 0 : difference(slot, page);
        if (size < least) {
          least = size;
          reference = slot;
          byte[] better = tried;
          tried = best;
          best = better;
        }
      }
      if (reference == PageCache.NONE) {
        control.writeByte(HANDED_ON);
        next.encode(page);
        return;
      }
      control.writeVarint(EQUAL + least);
      lane.writeVarint(pages.key(reference));
      lane.write(best, 0, least);
      next.skip(page);
    }

    private boolean holds(int slot, Block page) {
      return pages.holds(slot, page.bytes(), page.offset(), page.length());
    }

    /** Puts the difference from a slot's content into {@link #tried}; its size. */
    private int difference(int slot, Block page) throws IOException {
      if (!PrefixCodec.canPrefix(pages.bytes(slot), pages.offset(slot))) {
        return Integer.MAX_VALUE;
      }
      compressor.prefix(pages.bytes(slot), pages.offset(slot));
      return compressor.compress(page.bytes(), page.offset(), page.length(), tried, 0);
    }

    private void keep(Block page) {
      pages.keep(frames.number(page), page.bytes(), page.offset(), features);
    }

    @Override
    public void skip(Block page) throws IOException {
      superFeatures.of(page.bytes(), page.offset(), page.length(), features);
      keep(page);
      next.skip(page);
    }

    @Override
    public long retainedBytes() {
      return compressor.retainedBytes() + pages.retainedBytes() + best.length + tried.length;
    }

    @Override
    public long allocatedBytes() {
      return compressor.retainedBytes() + pages.allocatedBytes() + best.length + tried.length;
    }

    @Override
    public void close() {
      compressor.close();
    }
  }

  private static final class Decoder implements StageDecoder {
    private final DecoderContext context;
    private final LaneReader control;
    private final LaneReader lane;
    private final StageDecoder next;
    private final PrefixCodec.Decompressor decompressor;
    private final Frames frames;
    private final int most;
    private final byte[] reference;

    /** By VM, what came in this checkpoint. */
    private final DirtyPages[] staged;

    Decoder(ResembleStage stage, DecoderContext context, StageDecoder next) {
      this.context = context;
      control = context.control();
      lane = context.openLane();
      this.next = next;
      decompressor = stage.codec().newDecompressor(context.pageSize());
      frames = new Frames(context.vms(), context::ramPages);
      most = stage.most();
      reference = new byte[context.pageSize().bytes()];
      staged = new DirtyPages[context.vms()];
    }

    @Override
    public void beginCheckpoint(CheckpointKind kind) {
      Arrays.setAll(staged, vm -> new DirtyPages());
    }

    @Override
    public void beginVm(int vm, DirtyPages pages) {
      staged[vm] = pages;
    }

    @Override
    public void decode(Block page) throws CorruptEncodingException {
      int tag = control.readVarint(EQUAL + most);
      switch (tag) {
        case StageEncoder.HANDED_ON -> {
          next.decode(page);
          return;
        }
        case UNCHANGED ->
            context.previous().read(page.vm(), page.pfn(), page.bytes(), page.offset());
        case EQUAL -> read(lane.readVarint(frames.count() - 1), page, page.bytes(), page.offset());
        default -> {
          read(lane.readVarint(frames.count() - 1), page, reference, 0);
          if (!PrefixCodec.canPrefix(reference, 0)) {
            throw lane.corrupt("the reference's content cannot be a prefix");
          }
          decompressor.prefix(reference, 0);
          decompressor.decompress(lane, tag - EQUAL, page.bytes(), page.offset(), page.length());
        }
      }
      next.skip(page);
    }

    /** Reads what the receiver holds at a reference now. */
    private void read(int number, Block page, byte[] target, int offset) {
      int vm = frames.vm(number);
      long pfn = frames.pfn(number);
      DirtyPages pages = staged[vm];
      int index = pages.indexOf(pfn);
      if (index >= 0 && (vm != page.vm() || index < page.page())) {
        System.arraycopy(pages.slab(index), pages.offset(index), target, offset, page.length());
      } else {
        context.previous().read(vm, pfn, target, offset);
      }
    }

    @Override
    public void skip(Block page) throws CorruptEncodingException {
      next.skip(page);
    }

    @Override
    public long retainedBytes() {
      return decompressor.retainedBytes() + reference.length;
    }

    @Override
    public void close() {
      decompressor.close();
    }
  }
}
