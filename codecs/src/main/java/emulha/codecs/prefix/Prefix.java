package emulha.codecs.prefix;

import emulha.codecs.Arguments;
import emulha.codecs.Block;
import emulha.codecs.CorruptEncodingException;
import emulha.codecs.DecoderContext;
import emulha.codecs.EncoderContext;
import emulha.codecs.LaneReader;
import emulha.codecs.LaneWriter;
import emulha.codecs.NamedProvider;
import emulha.codecs.Parameter;
import emulha.codecs.Stage;
import emulha.codecs.StageDecoder;
import emulha.codecs.StageEncoder;
import emulha.codecs.delta.LruPageCache;
import emulha.codecs.delta.PageCache;
import emulha.codecs.delta.PageHistory;
import emulha.codecs.zstd.Zstd;
import emulha.memory.DirtyPages;
import emulha.memory.Page;
import emulha.memory.PageSize;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Each page by zstd with its own previous content as prefix. The sender keeps what it sent, the
 * base included; the receiver needs no memory of its own, the previous content is in the fail-over
 * image. Tag (varint): 0 = handed on, else twice the size of the encoding, plus 1 if a prefix was
 * used.
 */
public final class Prefix extends NamedProvider {
  public Prefix() {
    super(
        "prefix",
        "zstd with the page's previous content as prefix dictionary",
        "emulha; zstd's --patch-from applied to pages");
  }

  @Override
  public List<Parameter> parameters() {
    return List.of(
        Zstd.LEVEL,
        new Parameter(
            "history",
            "unlimited|SIZE",
            "unlimited",
            "previous contents kept at the sender for each VM, the least recently sent forgotten"));
  }

  @Override
  public Stage create(Arguments arguments) {
    int level = arguments.integer("level", Zstd.MIN_LEVEL, Zstd.MAX_LEVEL);
    return new PrefixStage(PrefixCodec.ofLevel(level), historyBytes(arguments));
  }

  /** Bytes of page contents kept: {@code unlimited}, or a size. */
  static long historyBytes(Arguments arguments) {
    return arguments.text("history").equals("unlimited")
        ? Long.MAX_VALUE
        : arguments.bytes("history", Page.BYTES, Long.MAX_VALUE - 1);
  }

  /**
   * The stage.
   *
   * @param historyBytes page contents kept per VM, at least one page
   */
  public record PrefixStage(PrefixCodec codec, long historyBytes) implements Stage {
    @Override
    public Set<Block.Kind> accepts() {
      return Set.of(Block.Kind.PAGE);
    }

    @Override
    public Set<Block.Kind> handsOn(Set<Block.Kind> given) {
      return given;
    }

    @Override
    public String binding() {
      return codec.binding();
    }

    @Override
    public Optional<String> whyOneEncoder(boolean first) {
      return Optional.empty();
    }

    @Override
    public Optional<String> whyNot(PageSize pageSize) {
      return PageHistory.whyNot(historyBytes, "history", pageSize);
    }

    private PageCache newCache(long ramPages, PageSize pageSize) {
      long pages = Math.min(ramPages, pageSize.pagesIn(historyBytes));
      return new LruPageCache((int) pages, Math.toIntExact(ramPages), pageSize);
    }

    /** The history is the encoder's alone: what it chose is told by each page's tag. */
    @Override
    public boolean decodesPagesAlone() {
      return true;
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

  private static final class Encoder implements StageEncoder {
    private final LaneWriter control;
    private final LaneWriter lane;
    private final StageEncoder next;
    private final PrefixCodec.Compressor compressor;
    private final PageHistory history;

    Encoder(PrefixStage stage, EncoderContext context, StageEncoder next) {
      control = context.control();
      lane = context.openLane();
      this.next = next;
      compressor = stage.codec().newCompressor(context.pageSize());
      history = PageHistory.of(stage, context, ram -> stage.newCache(ram, context.pageSize()));
    }

    @Override
    public void beginVm(int vm, DirtyPages pages) {
      history.beginVm(vm, pages);
    }

    @Override
    public void encode(Block page) throws IOException {
      boolean prefixed =
          history.find(page) && PrefixCodec.canPrefix(history.bytes(), history.offset());
      if (prefixed) {
        compressor.prefix(history.bytes(), history.offset());
      }
      int length = page.length();
      int at = lane.reserve(compressor.bound(length));
      int size = compressor.compress(page.bytes(), page.offset(), length, lane.buffer(), at);
      if (size < length) {
        control.writeVarint(2L * size + (prefixed ? 1 : 0));
        lane.advance(size);
        next.skip(page);
      } else {
        control.writeVarint(HANDED_ON);
        next.encode(page);
      }
      history.keep(page);
    }

    @Override
    public void skip(Block page) throws IOException {
      history.find(page);
      history.keep(page);
      next.skip(page);
    }

    @Override
    public void endVm(int vm) {
      history.endVm();
    }

    @Override
    public long retainedBytes() {
      return compressor.retainedBytes() + history.retainedBytes();
    }

    @Override
    public long allocatedBytes() {
      return compressor.retainedBytes() + history.allocatedBytes();
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
    private final byte[] previous;

    Decoder(PrefixStage stage, DecoderContext context, StageDecoder next) {
      this.context = context;
      control = context.control();
      lane = context.openLane();
      this.next = next;
      decompressor = stage.codec().newDecompressor(context.pageSize());
      previous = new byte[context.pageSize().bytes()];
    }

    @Override
    public void decode(Block page) throws CorruptEncodingException {
      int tag = control.readVarint(2 * page.length() - 1);
      if (tag == StageEncoder.HANDED_ON) {
        next.decode(page);
        return;
      }
      if ((tag & 1) != 0) {
        context.previous().read(page.vm(), page.pfn(), previous, 0);
        if (!PrefixCodec.canPrefix(previous, 0)) {
          throw control.corrupt("the page's previous content cannot be a prefix");
        }
        decompressor.prefix(previous, 0);
      }
      decompressor.decompress(lane, tag >>> 1, page.bytes(), page.offset(), page.length());
      next.skip(page);
    }

    @Override
    public void skip(Block page) throws CorruptEncodingException {
      next.skip(page);
    }

    @Override
    public long retainedBytes() {
      return decompressor.retainedBytes();
    }

    @Override
    public void close() {
      decompressor.close();
    }
  }
}
