package emulha.codecs.zstd;

import com.github.luben.zstd.EndDirective;
import com.github.luben.zstd.Zstd.ParamSwitch;
import com.github.luben.zstd.ZstdCompressCtx;
import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.ZstdException;
import emulha.codecs.Arguments;
import emulha.codecs.Block;
import emulha.codecs.CheckpointKind;
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
import emulha.memory.DirtyPages;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * One zstd stream for the whole session: the base first, then checkpoint after checkpoint, flushed
 * at the end of each VM's part; the index lane has the number of bytes of each part. A long window
 * and long-distance matching find what any page held before, as long as it lies within the window.
 * The base goes through the stream at both ends; its bytes are no checkpoint's payload.
 */
public final class Stream extends NamedProvider {
  private static final int MIN_WINDOW_LOG = 16;
  private static final int MAX_WINDOW_LOG = 30;

  public Stream() {
    super(
        "stream",
        "one zstd stream for the session, base first, flushed at each checkpoint",
        "emulha; zstd's long-distance matching");
  }

  @Override
  public List<Parameter> parameters() {
    return List.of(
        Zstd.LEVEL,
        new Parameter("window", "64KiB..1GiB, a power of two", "512MiB", "how far matches reach"));
  }

  @Override
  public Stage create(Arguments arguments) {
    long window = arguments.bytes("window", 1L << MIN_WINDOW_LOG, 1L << MAX_WINDOW_LOG);
    if (Long.bitCount(window) != 1) {
      throw arguments.bad("window");
    }
    return new StreamStage(
        arguments.integer("level", Zstd.MIN_LEVEL, Zstd.MAX_LEVEL),
        Long.numberOfTrailingZeros(window));
  }

  /** The stage. */
  private record StreamStage(int level, int windowLog) implements Stage {
    @Override
    public Set<Block.Kind> handsOn(Set<Block.Kind> given) {
      return Set.of();
    }

    @Override
    public String binding() {
      return Zstd.library();
    }

    @Override
    public Optional<String> whyOneEncoder(boolean first) {
      return Optional.of("one stream runs over the whole session");
    }

    /** The window, which libzstd allocates by what the stream says of it. */
    @Override
    public long receiverBytes() {
      return windowBytes();
    }

    long windowBytes() {
      return 1L << windowLog;
    }

    @Override
    public StageEncoder newEncoder(EncoderContext context, StageEncoder next) {
      return new Encoder(this, context, next);
    }

    @Override
    public StageDecoder newDecoder(DecoderContext context, StageDecoder next) {
      return new Decoder(this, context, next);
    }

    /** The window, and for matching in it a table entry of 8 bytes for each 128 (zstd.h, ldm). */
    long encoderBytes() {
      return windowBytes()
          + windowBytes() / 16
          + ZstdMemory.compressorBytes(level, ZstdMemory.LARGE);
    }
  }

  private static final class Encoder implements StageEncoder {
    private static final int BUFFER_BYTES = 128 << 10;

    private final long retainedBytes;
    private final LaneWriter index;
    private final LaneWriter lane;
    private final StageEncoder next;
    private final ZstdCompressCtx zstd = new ZstdCompressCtx();
    private final ByteBuffer plain = ByteBuffer.allocateDirect(BUFFER_BYTES);
    private final ByteBuffer encoded = ByteBuffer.allocateDirect(BUFFER_BYTES);
    private boolean priming;
    private boolean flushed = true;
    private long before;

    Encoder(StreamStage stage, EncoderContext context, StageEncoder next) {
      retainedBytes = stage.encoderBytes() + 2 * BUFFER_BYTES;
      index = context.openIndexLane();
      lane = context.openLane();
      this.next = next;
      zstd.setLevel(stage.level())
          .setChecksum(false)
          .setWindowLog(stage.windowLog())
          .setEnableLongDistanceMatching(ParamSwitch.ENABLE);
    }

    @Override
    public void beginCheckpoint(CheckpointKind kind) {
      priming = kind == CheckpointKind.PRIMING;
    }

    @Override
    public void encode(Block block) throws IOException {
      for (int done = 0; done < block.length(); ) {
        int length = Math.min(block.length() - done, BUFFER_BYTES);
        if (plain.remaining() < length) {
          compress(EndDirective.CONTINUE);
        }
        plain.put(block.bytes(), block.offset() + done, length);
        done += length;
      }
      flushed = false;
    }

    @Override
    public void skip(Block page) throws IOException {
      if (priming) {
        encode(page);
      }
      next.skip(page);
    }

    private void compress(EndDirective directive) throws IOException {
      plain.flip();
      boolean done;
      do {
        encoded.clear();
        done = zstd.compressDirectByteBufferStream(encoded, plain, directive);
        encoded.flip();
        int at = lane.reserve(encoded.remaining());
        int size = encoded.remaining();
        encoded.get(lane.buffer(), at, size);
        lane.advance(size);
      } while (directive == EndDirective.FLUSH ? !done : plain.hasRemaining());
      plain.clear();
    }

    @Override
    public void endVm(int vm) throws IOException {
      if (!flushed) {
        compress(EndDirective.FLUSH);
        flushed = true;
      }
      index.writeVarint(lane.totalBytes() - before);
      before = lane.totalBytes();
    }

    @Override
    public long retainedBytes() {
      return retainedBytes;
    }

    @Override
    public void close() {
      zstd.close();
    }
  }

  private static final class Decoder implements StageDecoder {
    private static final int BUFFER_BYTES = 64 << 10;

    private final LaneReader index;
    private final LaneReader lane;
    private final StageDecoder next;
    private final ZstdDecompressCtx zstd = new ZstdDecompressCtx();
    private final long windowBytes;
    private final ByteBuffer encoded = ByteBuffer.allocateDirect(BUFFER_BYTES).limit(0);
    private final ByteBuffer plain;
    private final byte[] primed;
    private final Block primedBlock = new Block();
    private boolean priming;
    private long left;

    Decoder(StreamStage stage, DecoderContext context, StageDecoder next) {
      index = context.openIndexLane();
      lane = context.openLane();
      this.next = next;
      plain = ByteBuffer.allocateDirect(context.pageSize().bytes());
      primed = new byte[context.pageSize().bytes()];
      windowBytes = stage.windowBytes();
      zstd.setLongMax(stage.windowLog());
    }

    @Override
    public void beginCheckpoint(CheckpointKind kind) {
      priming = kind == CheckpointKind.PRIMING;
    }

    @Override
    public void beginVm(int vm, DirtyPages pages) throws CorruptEncodingException {
      left = index.readLong(lane.remaining());
    }

    @Override
    public void decode(Block block) throws CorruptEncodingException {
      plain.clear().limit(block.length());
      while (plain.hasRemaining()) {
        if (!encoded.hasRemaining()) {
          refill();
        }
        step();
      }
      plain.flip().get(block.bytes(), block.offset(), block.length());
    }

    /** Takes more of the VM's part; nothing at its end, where libzstd may still hold some back. */
    private void refill() throws CorruptEncodingException {
      int size = (int) Math.min(left, BUFFER_BYTES);
      int at = lane.take(size);
      left -= size;
      encoded.clear().put(lane.bytes(), at, size).flip();
    }

    private void step() throws CorruptEncodingException {
      int before = encoded.remaining() + plain.remaining();
      try {
        if (zstd.decompressDirectByteBufferStream(plain, encoded)) {
          throw lane.corrupt("the zstd stream ends within the session");
        }
      } catch (ZstdException e) {
        throw lane.corrupt("zstd stream: " + e.getMessage());
      }
      if (encoded.remaining() + plain.remaining() == before) {
        throw lane.corrupt(
            "the zstd stream lacks " + plain.remaining() + " bytes of the checkpoint");
      }
    }

    @Override
    public void skip(Block page) throws CorruptEncodingException {
      if (priming) {
        decode(primedBlock.at(page.kind(), primed, 0, page.length()).ofSamePage(page));
        int end = page.offset() + page.length();
        if (!Arrays.equals(primed, 0, page.length(), page.bytes(), page.offset(), end)) {
          throw lane.corrupt("the base in the stream differs from the base at hand");
        }
      }
      next.skip(page);
    }

    @Override
    public void endVm(int vm) throws CorruptEncodingException {
      while (encoded.hasRemaining() || left > 0) {
        if (!encoded.hasRemaining()) {
          refill();
        }
        plain.clear().limit(1);
        step();
        if (plain.position() != 0) {
          throw lane.corrupt("the zstd stream holds more than the checkpoint");
        }
      }
    }

    @Override
    public long retainedBytes() {
      return windowBytes + ZstdMemory.DECOMPRESSOR_BYTES + BUFFER_BYTES;
    }

    @Override
    public void close() {
      zstd.close();
    }
  }
}
