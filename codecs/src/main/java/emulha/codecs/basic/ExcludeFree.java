package emulha.codecs.basic;

import emulha.codecs.Arguments;
import emulha.codecs.Block;
import emulha.codecs.CheckpointKind;
import emulha.codecs.Counter;
import emulha.codecs.Counters;
import emulha.codecs.DecoderContext;
import emulha.codecs.EncoderContext;
import emulha.codecs.LaneWriter;
import emulha.codecs.NamedProvider;
import emulha.codecs.Stage;
import emulha.codecs.StageDecoder;
import emulha.codecs.StageEncoder;
import emulha.memory.DirtyPages;
import emulha.memory.FreeMap;
import java.io.IOException;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Memory exclusion (Liu §IV): pages that the guest's allocator holds free are not sent; nobody will
 * read what they held, so the receiver holds zeros there. Liu finds them by inflating a balloon,
 * here the recording's free map names them. A stretch of the full checkpoint without a free map is
 * sent as it is. Tag: 1 = free.
 */
public final class ExcludeFree extends NamedProvider implements Stage {
  private static final int FREE = Zero.ZEROS;

  public ExcludeFree() {
    super("exclude-free", "pages that the guest's allocator holds free are not sent", "Liu §IV");
  }

  @Override
  public Stage create(Arguments arguments) {
    return this;
  }

  @Override
  public Set<Block.Kind> accepts() {
    return Set.of(Block.Kind.PAGE);
  }

  @Override
  public Set<Counter> counters() {
    return Set.of(Counter.EXCLUDED_PAGES);
  }

  @Override
  public boolean excludesFreePages() {
    return true;
  }

  @Override
  public Optional<String> whyOneEncoder(boolean first) {
    return Optional.empty();
  }

  @Override
  public StageEncoder newEncoder(EncoderContext context, StageEncoder next) {
    return new Encoder(context, next);
  }

  @Override
  public StageDecoder newDecoder(DecoderContext context, StageDecoder next) {
    return new Zero.Decoder("exclude-free", context.control(), next);
  }

  private static final class Encoder implements StageEncoder {
    private final LaneWriter control;
    private final Counters counters;
    private final StageEncoder next;
    private final byte[] zeros;
    private final Block received = new Block();
    private CheckpointKind kind = CheckpointKind.INCREMENTAL;
    private @Nullable FreeMap free;

    Encoder(EncoderContext context, StageEncoder next) {
      this.control = context.control();
      this.counters = context.counters();
      zeros = new byte[context.pageSize().bytes()];
      this.next = next;
    }

    @Override
    public void beginCheckpoint(CheckpointKind kind) {
      this.kind = kind;
    }

    @Override
    public void beginVm(int vm, DirtyPages pages) {
      free = pages.freeMap();
      if (free == null && kind == CheckpointKind.INCREMENTAL) {
        throw new IllegalArgumentException(
            "method 'exclude-free': the recording of VM %d has no map of the guest's free pages;"
                    .formatted(vm)
                + " record it with one, or leave exclude-free out");
      }
    }

    @Override
    public void encode(Block page) throws IOException {
      FreeMap map = free;
      if (map != null && map.isFree(page.pfn())) {
        control.writeByte(FREE);
        counters.add(Counter.EXCLUDED_PAGES, 1);
        next.skip(received.at(Block.Kind.PAGE, zeros, 0, zeros.length).ofSamePage(page));
      } else {
        control.writeByte(HANDED_ON);
        next.encode(page);
      }
    }

    @Override
    public void skip(Block page) throws IOException {
      next.skip(page);
    }
  }
}
