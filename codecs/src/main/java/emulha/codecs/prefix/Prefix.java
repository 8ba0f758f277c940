package emulha.codecs.prefix;

import emulha.codecs.Arguments;
import emulha.codecs.Block;
import emulha.codecs.CorruptEncodingException;
import emulha.codecs.DecoderContext;
import emulha.codecs.EncoderContext;
import emulha.codecs.NamedProvider;
import emulha.codecs.Parameter;
import emulha.codecs.Stage;
import emulha.codecs.StageDecoder;
import emulha.codecs.StageEncoder;
import emulha.codecs.delta.LruPageCache;
import emulha.codecs.delta.PageCache;
import emulha.codecs.delta.PageHistory;
import emulha.codecs.general.EachBlock;
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
      return new Encoder(this, codec.newCompressor(context.pageSize()), context, next);
    }

    @Override
    public StageDecoder newDecoder(DecoderContext context, StageDecoder next) {
      return new Decoder(codec.newDecompressor(context.pageSize()), context, next);
    }
  }

  private static final class Encoder extends EachBlock.Encoder {
    private final PrefixCodec.Compressor compressor;
    private final PageHistory history;
    private boolean prefixed;

    Encoder(
        PrefixStage stage,
        PrefixCodec.Compressor compressor,
        EncoderContext context,
        StageEncoder next) {
      super(compressor, context, next);
      this.compressor = compressor;
      history = PageHistory.of(stage, context, ram -> stage.newCache(ram, context.pageSize()));
    }

    @Override
    public void beginVm(int vm, DirtyPages pages) {
      history.beginVm(vm, pages);
    }

    @Override
    public void encode(Block page) throws IOException {
      prefixed = history.find(page) && PrefixCodec.canPrefix(history.bytes(), history.offset());
      if (prefixed) {
        compressor.prefix(history.bytes(), history.offset());
      }
      super.encode(page);
      history.keep(page);
    }

    @Override
    protected long tag(int size) {
      return 2L * size + (prefixed ? 1 : 0);
    }

    @Override
    public void skip(Block page) throws IOException {
      history.find(page);
      history.keep(page);
      super.skip(page);
    }

    @Override
    public void endVm(int vm) {
      history.endVm();
    }

    @Override
    public long retainedBytes() {
      return super.retainedBytes() + history.retainedBytes();
    }

    @Override
    public long allocatedBytes() {
      return super.retainedBytes() + history.allocatedBytes();
    }
  }

  private static final class Decoder extends EachBlock.Decoder {
    private final DecoderContext context;
    private final PrefixCodec.Decompressor decompressor;
    private final byte[] previous;

    Decoder(PrefixCodec.Decompressor decompressor, DecoderContext context, StageDecoder next) {
      super(decompressor, context, next);
      this.context = context;
      this.decompressor = decompressor;
      previous = new byte[context.pageSize().bytes()];
    }

    @Override
    protected int mostTag(Block page) {
      return 2 * page.length() - 1;
    }

    @Override
    protected int prepare(int tag, Block page) throws CorruptEncodingException {
      if ((tag & 1) != 0) {
        context.previous().read(page.vm(), page.pfn(), previous, 0);
        if (!PrefixCodec.canPrefix(previous, 0)) {
          throw context.control().corrupt("the page's previous content cannot be a prefix");
        }
        decompressor.prefix(previous, 0);
      }
      return tag >>> 1;
    }
  }
}
