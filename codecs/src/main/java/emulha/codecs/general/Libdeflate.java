package emulha.codecs.general;

import emulha.codecs.CorruptEncodingException;
import emulha.codecs.LaneReader;
import java.lang.foreign.AddressLayout;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * Raw deflate streams by the system's libdeflate, which is faster than zlib on whole buffers and
 * finds other, often shorter encodings. Names and numbers are of libdeflate.h 1.3 and later.
 */
final class Libdeflate {
  private static final ValueLayout.OfLong SIZE = ValueLayout.JAVA_LONG;
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
  private static final AddressLayout POINTER = ValueLayout.ADDRESS;

  private static final SystemLibrary LIBRARY =
      SystemLibrary.named(
          "libdeflate_deflate_decompress_ex", "libdeflate.so.0", "libdeflate.0.dylib");

  /** Whether the library was found. */
  static final boolean AVAILABLE = LIBRARY.isPresent();

  private static final MethodHandle ALLOC_COMPRESSOR =
      LIBRARY.function("libdeflate_alloc_compressor", POINTER, INT);
  private static final MethodHandle COMPRESS =
      LIBRARY.function("libdeflate_deflate_compress", SIZE, POINTER, POINTER, SIZE, POINTER, SIZE);
  private static final MethodHandle FREE_COMPRESSOR =
      LIBRARY.function("libdeflate_free_compressor", FunctionDescriptor.ofVoid(POINTER));
  private static final MethodHandle ALLOC_DECOMPRESSOR =
      LIBRARY.function("libdeflate_alloc_decompressor", POINTER);
  private static final MethodHandle DECOMPRESS =
      LIBRARY.function(
          "libdeflate_deflate_decompress_ex",
          INT,
          POINTER,
          POINTER,
          SIZE,
          POINTER,
          SIZE,
          POINTER,
          POINTER);
  private static final MethodHandle FREE_DECOMPRESSOR =
      LIBRARY.function("libdeflate_free_decompressor", FunctionDescriptor.ofVoid(POINTER));

  /** What libdeflate 1.14 allocates; it does not tell. */
  private static final long FASTEST_COMPRESSOR_BYTES = 202_759;

  private static final long COMPRESSOR_BYTES = 668_295;
  private static final long DECOMPRESSOR_BYTES = 11_560;

  /** Values of enum libdeflate_result. */
  private static final int SUCCESS = 0;

  private static final int SHORT_OUTPUT = 2;
  private static final int INSUFFICIENT_SPACE = 3;

  private Libdeflate() {}

  /**
   * The codec.
   *
   * @param level 1 to 9
   */
  static Codec ofLevel(int level) {
    return new SimpleCodec(
        () -> "native " + LIBRARY.name(), 70_000, () -> new Compressor(level), Decompressor::new);
  }

  private static MemorySegment allocated(String what, SystemLibrary.Call<MemorySegment> alloc) {
    MemorySegment state = SystemLibrary.call(alloc);
    if (state.equals(MemorySegment.NULL)) {
      throw new OutOfMemoryError("libdeflate has no memory for a " + what);
    }
    return state;
  }

  private static void free(MethodHandle function, MemorySegment state) {
    try {
      function.invokeExact(state);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  private static final class Compressor implements Codec.Compressor {
    private final int level;
    private final MemorySegment compressor;

    Compressor(int level) {
      this.level = level;
      compressor =
          allocated("compressor", () -> (MemorySegment) ALLOC_COMPRESSOR.invokeExact(level));
    }

    @Override
    public int compress(byte[] source, int offset, int length, byte[] target, int targetOffset) {
      long size =
          SystemLibrary.inPlace(
              SystemLibrary.slice(source, offset, length),
              SystemLibrary.slice(target, targetOffset, length),
              this::compress);
      // 0: it does not fit, and so does not shrink.
      return size == 0 ? length : (int) size;
    }

    private long compress(MemorySegment source, MemorySegment target) {
      return SystemLibrary.call(
          () ->
              (long)
                  COMPRESS.invokeExact(
                      compressor, source, source.byteSize(), target, target.byteSize()));
    }

    @Override
    public long retainedBytes() {
      return level == 1 ? FASTEST_COMPRESSOR_BYTES : COMPRESSOR_BYTES;
    }

    @Override
    public void close() {
      free(FREE_COMPRESSOR, compressor);
    }
  }

  private static final class Decompressor implements Codec.Decompressor {
    private final MemorySegment decompressor =
        allocated("decompressor", () -> (MemorySegment) ALLOC_DECOMPRESSOR.invokeExact());
    private final long[] consumed = new long[1];

    @Override
    public void decompress(LaneReader lane, int size, byte[] target, int offset, int length)
        throws CorruptEncodingException {
      int at = lane.take(size);
      int result =
          SystemLibrary.inPlace(
              SystemLibrary.slice(lane.bytes(), at, size),
              SystemLibrary.slice(target, offset, length),
              this::decompress);
      switch (result) {
        case SUCCESS -> {
          if (consumed[0] != size) {
            throw lane.corrupt(
                "deflate stream ends after %d of %d bytes".formatted(consumed[0], size));
          }
        }
        case SHORT_OUTPUT ->
            throw lane.corrupt("deflate stream holds fewer than " + length + " bytes");
        case INSUFFICIENT_SPACE ->
            throw lane.corrupt("deflate stream holds more than " + length + " bytes");
        default -> throw lane.corrupt("damaged deflate stream of " + size + " bytes");
      }
    }

    private int decompress(MemorySegment source, MemorySegment target) {
      return SystemLibrary.call(
          () ->
              (int)
                  DECOMPRESS.invokeExact(
                      decompressor,
                      source,
                      source.byteSize(),
                      target,
                      target.byteSize(),
                      MemorySegment.ofArray(consumed),
                      MemorySegment.NULL));
    }

    @Override
    public long retainedBytes() {
      return DECOMPRESSOR_BYTES;
    }

    @Override
    public void close() {
      free(FREE_DECOMPRESSOR, decompressor);
    }
  }
}
