package emulha.codecs.foreign;

import emulha.codecs.CorruptEncodingException;
import emulha.codecs.LaneReader;
import emulha.codecs.general.Codec;
import emulha.codecs.general.SystemLibrary;
import emulha.codecs.prefix.PrefixCodec;
import emulha.memory.PageSize;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * A user's library as a codec, which may use a page's earlier content. Arrays are handed over where
 * they are. What the library returns is checked, and so are the eight bytes behind what it may
 * write.
 *
 * @param level for {@code emulha_codec_create}
 * @param earlier whether it is given earlier content
 */
record NativeCodec(NativeLibrary library, int level, boolean earlier)
    implements Codec, PrefixCodec {
  private static final int WATCHED = Long.BYTES;
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final long CANARY = 0xa5c3_5a3c_96e1_0f78L;

  @Override
  public String binding() {
    return library.binding() + (earlier ? " with earlier content" : "");
  }

  @Override
  public Codec.Compressor newCompressor() {
    return new Worker(this);
  }

  @Override
  public Codec.Decompressor newDecompressor() {
    return new Worker(this);
  }

  @Override
  public PrefixCodec.Compressor newCompressor(PageSize pageSize) {
    return new Worker(this);
  }

  @Override
  public PrefixCodec.Decompressor newDecompressor(PageSize pageSize) {
    return new Worker(this);
  }

  /** One thread's state. */
  private static final class Worker implements PrefixCodec.Compressor, PrefixCodec.Decompressor {
    private final NativeLibrary library;
    private final CallGuard guard;
    private final int slot;
    private final MemorySegment state;
    private MemorySegment earlier = MemorySegment.NULL;

    Worker(NativeCodec codec) {
      library = codec.library();
      guard = library.guard();
      slot = guard.newSlot();
      state = library.newState(codec.level());
    }

    @Override
    public void prefix(byte[] bytes, int offset) {
      earlier = MemorySegment.ofArray(bytes).asSlice(offset);
    }

    private MemorySegment takeEarlier() {
      MemorySegment taken = earlier;
      earlier = MemorySegment.NULL;
      return taken;
    }

    @Override
    public int bound(int length) {
      return library.bound(length) + WATCHED;
    }

    @Override
    public int compress(byte[] source, int offset, int length, byte[] target, int targetOffset)
        throws IOException {
      int capacity = library.bound(length);
      MemorySegment from = SystemLibrary.slice(source, offset, length);
      MemorySegment to = SystemLibrary.slice(target, targetOffset, capacity + WATCHED);
      long size = SystemLibrary.inPlace(from, to, this::compress);
      if (to.get(LONG, capacity) != CANARY) {
        throw new IOException(
            "method 'native:lib=%s': the library wrote beyond its bound of %d bytes while compressing"
                    .formatted(library.path(), capacity)
                + " "
                + length);
      }
      if (size < 0 || size > capacity) {
        throw new IOException(
            "method 'native:lib=%s': the library says that %d bytes became %s, but its bound is %d"
                .formatted(library.path(), length, Long.toUnsignedString(size), capacity));
      }
      // 0 or no less than the length: it does not shrink.
      return size == 0 || size >= length ? length : (int) size;
    }

    private long compress(MemorySegment source, MemorySegment target) {
      long capacity = target.byteSize() - WATCHED;
      target.set(LONG, capacity, CANARY);
      guard.mark(slot, CallGuard.COMPRESS);
      long size = library.compress(state, takeEarlier(), source, target.asSlice(0, capacity));
      guard.mark(slot, CallGuard.IDLE);
      return size;
    }

    @Override
    public void decompress(LaneReader lane, int size, byte[] target, int offset, int length)
        throws CorruptEncodingException {
      int at = lane.take(size);
      MemorySegment from = SystemLibrary.slice(lane.bytes(), at, size);
      MemorySegment array = MemorySegment.ofArray(target);
      MemorySegment to = array.asSlice(offset, length);
      int result;
      boolean beyond = false;
      if (length <= SystemLibrary.MAX_IN_PLACE && size <= SystemLibrary.MAX_IN_PLACE) {
        int end = offset + length;
        boolean watched = target.length - end >= WATCHED;
        long behind = watched ? array.get(LONG, end) : 0;
        result = decompress(from, to);
        if (watched && array.get(LONG, end) != behind) {
          array.set(LONG, end, behind);
          beyond = true;
        }
      } else {
        try (Arena arena = Arena.ofConfined()) {
          MemorySegment copy = arena.allocate(size).copyFrom(from);
          MemorySegment restored = arena.allocate((long) length + WATCHED);
          restored.set(LONG, length, CANARY);
          result = decompress(copy, restored.asSlice(0, length));
          beyond = restored.get(LONG, length) != CANARY;
          to.copyFrom(restored.asSlice(0, length));
        }
      }
      if (beyond) {
        throw lane.corrupt(
            "%s wrote beyond the %d bytes it was to restore"
                .formatted(library.path().getFileName(), length));
      }
      if (result != 0) {
        throw lane.corrupt(
            "%s refuses an encoding of %d bytes for %d: emulha_codec_decompress returned %d"
                .formatted(library.path().getFileName(), size, length, result));
      }
    }

    private int decompress(MemorySegment source, MemorySegment target) {
      guard.mark(slot, CallGuard.DECOMPRESS);
      int result = library.decompress(state, takeEarlier(), source, target);
      guard.mark(slot, CallGuard.IDLE);
      return result;
    }

    /** The library does not tell what it holds. */
    @Override
    public long retainedBytes() {
      return 0;
    }

    @Override
    public void close() {
      library.destroy(state);
    }
  }
}
