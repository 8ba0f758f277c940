package emulha.codecs.foreign;

import emulha.codecs.CorruptEncodingException;
import emulha.codecs.LaneReader;
import emulha.codecs.general.Codec;
import emulha.codecs.prefix.PrefixCodec;
import emulha.memory.PageSize;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * A user's library as a codec, and as one with earlier content. Arrays are handed over where they
 * are. What the library returns is checked, and so are the eight bytes behind what it may write.
 *
 * @param level for {@code emulha_codec_create}
 */
record NativeCodec(NativeLibrary library, int level) implements Codec {
  /** Runs longer than this are copied off the heap, so that garbage collection is not held up. */
  private static final int MAX_IN_PLACE = 1 << 18;

  private static final int WATCHED = Long.BYTES;
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final long CANARY = 0xa5c3_5a3c_96e1_0f78L;

  @Override
  public String binding() {
    return library.binding();
  }

  @Override
  public Codec.Compressor newCompressor() {
    return new Worker(this);
  }

  @Override
  public Codec.Decompressor newDecompressor() {
    return new Worker(this);
  }

  /** The codec with earlier content. */
  PrefixCodec withEarlier() {
    return new Against(this);
  }

  /** One thread's state. */
  private static final class Worker implements Codec.Compressor, Codec.Decompressor {
    private final NativeLibrary library;
    private final CallGuard guard;
    private final int slot;
    private final MemorySegment state;

    Worker(NativeCodec codec) {
      library = codec.library();
      guard = library.guard();
      slot = guard.newSlot();
      state = library.newState(codec.level());
    }

    @Override
    public int bound(int length) {
      return library.bound(length) + WATCHED;
    }

    @Override
    public int compress(byte[] source, int offset, int length, byte[] target, int targetOffset)
        throws IOException {
      return compress(MemorySegment.NULL, source, offset, length, target, targetOffset);
    }

    int compress(
        MemorySegment earlier,
        byte[] source,
        int offset,
        int length,
        byte[] target,
        int targetOffset)
        throws IOException {
      int capacity = library.bound(length);
      MemorySegment from = MemorySegment.ofArray(source).asSlice(offset, length);
      MemorySegment to = MemorySegment.ofArray(target).asSlice(targetOffset, capacity + WATCHED);
      long size;
      if (length <= MAX_IN_PLACE) {
        size = compress(earlier, from, to, capacity);
      } else {
        try (Arena arena = Arena.ofConfined()) {
          MemorySegment copy = arena.allocate(length).copyFrom(from);
          MemorySegment encoding = arena.allocate(to.byteSize());
          size = compress(earlier, copy, encoding, capacity);
          to.copyFrom(encoding);
        }
      }
      // 0 or no less than the length: it does not shrink.
      return size == 0 || size >= length ? length : (int) size;
    }

    private long compress(
        MemorySegment earlier, MemorySegment source, MemorySegment target, int capacity)
        throws IOException {
      target.set(LONG, capacity, CANARY);
      MemorySegment room = target.asSlice(0, capacity);
      guard.enter(slot, CallGuard.COMPRESS);
      long size =
          earlier.equals(MemorySegment.NULL)
              ? library.compress(state, source, room)
              : library.compressAgainst(state, earlier, source, room);
      guard.leave(slot);
      if (target.get(LONG, capacity) != CANARY) {
        throw new IOException(
            "method 'native:lib=%s': the library wrote beyond its bound of %d bytes while compressing"
                    .formatted(library.path(), capacity)
                + " "
                + source.byteSize());
      }
      if (size < 0 || size > capacity) {
        throw new IOException(
            "method 'native:lib=%s': the library says that %d bytes became %s, but its bound is %d"
                .formatted(
                    library.path(), source.byteSize(), Long.toUnsignedString(size), capacity));
      }
      return size;
    }

    @Override
    public void decompress(LaneReader lane, int size, byte[] target, int offset, int length)
        throws CorruptEncodingException {
      decompress(MemorySegment.NULL, lane, size, target, offset, length);
    }

    void decompress(
        MemorySegment earlier, LaneReader lane, int size, byte[] target, int offset, int length)
        throws CorruptEncodingException {
      int at = lane.take(size);
      MemorySegment from = MemorySegment.ofArray(lane.bytes()).asSlice(at, size);
      MemorySegment array = MemorySegment.ofArray(target);
      MemorySegment to = array.asSlice(offset, length);
      int result;
      boolean beyond = false;
      if (length <= MAX_IN_PLACE && size <= MAX_IN_PLACE) {
        int end = offset + length;
        boolean watched = target.length - end >= WATCHED;
        long behind = watched ? array.get(LONG, end) : 0;
        result = call(earlier, from, to);
        if (watched && array.get(LONG, end) != behind) {
          array.set(LONG, end, behind);
          beyond = true;
        }
      } else {
        try (Arena arena = Arena.ofConfined()) {
          MemorySegment copy = arena.allocate(size).copyFrom(from);
          MemorySegment restored = arena.allocate((long) length + WATCHED);
          restored.set(LONG, length, CANARY);
          result = call(earlier, copy, restored.asSlice(0, length));
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

    private int call(MemorySegment earlier, MemorySegment source, MemorySegment target) {
      guard.enter(slot, CallGuard.DECOMPRESS);
      int result =
          earlier.equals(MemorySegment.NULL)
              ? library.decompress(state, source, target)
              : library.decompressAgainst(state, earlier, source, target);
      guard.leave(slot);
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

  /** Pages with their earlier content. */
  record Against(NativeCodec codec) implements PrefixCodec {
    @Override
    public String binding() {
      return codec.binding() + " with earlier content";
    }

    @Override
    public PrefixCodec.Compressor newCompressor(PageSize pageSize) {
      return new AgainstWorker(codec, pageSize);
    }

    @Override
    public PrefixCodec.Decompressor newDecompressor(PageSize pageSize) {
      return new AgainstWorker(codec, pageSize);
    }
  }

  private static final class AgainstWorker
      implements PrefixCodec.Compressor, PrefixCodec.Decompressor {
    private final Worker worker;
    private final byte[] earlier;
    private MemorySegment prefix = MemorySegment.NULL;

    AgainstWorker(NativeCodec codec, PageSize pageSize) {
      earlier = new byte[pageSize.bytes()];
      worker = new Worker(codec);
    }

    @Override
    public int bound() {
      return worker.bound(earlier.length);
    }

    @Override
    public void prefix(byte[] bytes, int offset) {
      System.arraycopy(bytes, offset, earlier, 0, earlier.length);
      prefix = MemorySegment.ofArray(earlier);
    }

    private MemorySegment takePrefix() {
      MemorySegment taken = prefix;
      prefix = MemorySegment.NULL;
      return taken;
    }

    @Override
    public int compress(byte[] page, int offset, byte[] target, int targetOffset)
        throws IOException {
      return worker.compress(takePrefix(), page, offset, earlier.length, target, targetOffset);
    }

    @Override
    public void decompress(LaneReader lane, int size, byte[] target, int offset)
        throws CorruptEncodingException {
      worker.decompress(takePrefix(), lane, size, target, offset, earlier.length);
    }

    @Override
    public long retainedBytes() {
      return earlier.length;
    }

    @Override
    public void close() {
      worker.close();
    }
  }
}
