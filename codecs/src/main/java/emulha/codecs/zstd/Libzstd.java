package emulha.codecs.zstd;

import emulha.codecs.general.SystemLibrary;
import java.lang.foreign.AddressLayout;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * The system's libzstd, called through the foreign-function interface, for what zstd-jni does not
 * offer: {@code ZSTD_CCtx_refPrefix} and {@code ZSTD_sizeof_CCtx}. Names and numbers are of zstd.h
 * 1.4 and later.
 */
public final class Libzstd {
  /** Values of ZSTD_cParameter. */
  private static final int C_LEVEL = 100;

  private static final int C_CONTENT_SIZE_FLAG = 200;
  private static final int C_CHECKSUM_FLAG = 201;
  private static final int C_DICT_ID_FLAG = 202;

  private static final ValueLayout.OfLong SIZE = ValueLayout.JAVA_LONG;
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
  private static final AddressLayout POINTER =
      ValueLayout.ADDRESS.withTargetLayout(MemoryLayout.sequenceLayout(256, ValueLayout.JAVA_BYTE));

  private static final SystemLibrary LIBRARY =
      SystemLibrary.named("ZSTD_CCtx_refPrefix", "libzstd.so.1", "libzstd.1.dylib");

  /** Whether the library was found. */
  public static final boolean AVAILABLE = LIBRARY.isPresent();

  private static final MethodHandle CREATE_CCTX = LIBRARY.function("ZSTD_createCCtx", POINTER);
  private static final MethodHandle FREE_CCTX = LIBRARY.function("ZSTD_freeCCtx", SIZE, POINTER);
  private static final MethodHandle SIZEOF_CCTX =
      LIBRARY.function("ZSTD_sizeof_CCtx", SIZE, POINTER);
  private static final MethodHandle SET_PARAMETER =
      LIBRARY.function("ZSTD_CCtx_setParameter", SIZE, POINTER, INT, INT);
  private static final MethodHandle CCTX_REF_PREFIX =
      LIBRARY.function("ZSTD_CCtx_refPrefix", SIZE, POINTER, POINTER, SIZE);
  private static final MethodHandle COMPRESS2 =
      LIBRARY.function("ZSTD_compress2", SIZE, POINTER, POINTER, SIZE, POINTER, SIZE);
  private static final MethodHandle CREATE_DCTX = LIBRARY.function("ZSTD_createDCtx", POINTER);
  private static final MethodHandle FREE_DCTX = LIBRARY.function("ZSTD_freeDCtx", SIZE, POINTER);
  private static final MethodHandle SIZEOF_DCTX =
      LIBRARY.function("ZSTD_sizeof_DCtx", SIZE, POINTER);
  private static final MethodHandle DCTX_REF_PREFIX =
      LIBRARY.function("ZSTD_DCtx_refPrefix", SIZE, POINTER, POINTER, SIZE);
  private static final MethodHandle DECOMPRESS_DCTX =
      LIBRARY.function("ZSTD_decompressDCtx", SIZE, POINTER, POINTER, SIZE, POINTER, SIZE);
  private static final MethodHandle ERROR_NAME =
      LIBRARY.function("ZSTD_getErrorName", POINTER, SIZE);
  private static final MethodHandle VERSION = LIBRARY.function("ZSTD_versionString", POINTER);

  private Libzstd() {}

  /** Version of the library, for example {@code 1.5.4}. */
  public static String version() {
    return SystemLibrary.call(() -> ((MemorySegment) VERSION.invokeExact()).getString(0));
  }

  /**
   * {@code ZSTD_createCCtx}, with content size, checksum and dictionary id left out of its frames.
   */
  public static MemorySegment createCompressor(int level) {
    MemorySegment context = SystemLibrary.call(() -> (MemorySegment) CREATE_CCTX.invokeExact());
    set(context, C_LEVEL, level);
    set(context, C_CONTENT_SIZE_FLAG, 0);
    set(context, C_CHECKSUM_FLAG, 0);
    set(context, C_DICT_ID_FLAG, 0);
    return context;
  }

  private static void set(MemorySegment context, int parameter, int value) {
    checked(() -> (long) SET_PARAMETER.invokeExact(context, parameter, value));
  }

  /** {@code ZSTD_CCtx_refPrefix}: the prefix, not on the heap, serves the next frame only. */
  public static void prefixCompressor(MemorySegment context, MemorySegment prefix) {
    checked(() -> (long) CCTX_REF_PREFIX.invokeExact(context, prefix, prefix.byteSize()));
  }

  /** {@code ZSTD_compress2}; the frame's size. */
  public static int compress(MemorySegment context, MemorySegment source, MemorySegment target) {
    return (int)
        checked(
            () ->
                (long)
                    COMPRESS2.invokeExact(
                        context, target, target.byteSize(), source, source.byteSize()));
  }

  /** {@code ZSTD_sizeof_CCtx}. */
  public static long compressorBytes(MemorySegment context) {
    return SystemLibrary.call(() -> (long) SIZEOF_CCTX.invokeExact(context));
  }

  /** {@code ZSTD_freeCCtx}. */
  public static void freeCompressor(MemorySegment context) {
    checked(() -> (long) FREE_CCTX.invokeExact(context));
  }

  /** {@code ZSTD_createDCtx}. */
  public static MemorySegment createDecompressor() {
    return SystemLibrary.call(() -> (MemorySegment) CREATE_DCTX.invokeExact());
  }

  /** {@code ZSTD_DCtx_refPrefix}: the prefix, not on the heap, serves the next frame only. */
  public static void prefixDecompressor(MemorySegment context, MemorySegment prefix) {
    checked(() -> (long) DCTX_REF_PREFIX.invokeExact(context, prefix, prefix.byteSize()));
  }

  /**
   * {@code ZSTD_decompressDCtx}; the number of bytes restored, or a negative number if the frame is
   * damaged.
   */
  public static long decompress(MemorySegment context, MemorySegment source, MemorySegment target) {
    long result =
        SystemLibrary.call(
            () ->
                (long)
                    DECOMPRESS_DCTX.invokeExact(
                        context, target, target.byteSize(), source, source.byteSize()));
    return isError(result) ? -1 : result;
  }

  /** {@code ZSTD_sizeof_DCtx}. */
  public static long decompressorBytes(MemorySegment context) {
    return SystemLibrary.call(() -> (long) SIZEOF_DCTX.invokeExact(context));
  }

  /** {@code ZSTD_freeDCtx}. */
  public static void freeDecompressor(MemorySegment context) {
    checked(() -> (long) FREE_DCTX.invokeExact(context));
  }

  /** Errors are the largest values of size_t (zstd_errors.h); no size has its highest bit. */
  private static boolean isError(long result) {
    return result < 0;
  }

  /** What a call gives, which must be no error. */
  private static long checked(SystemLibrary.Call<Long> call) {
    long result = SystemLibrary.call(call);
    if (isError(result)) {
      MemorySegment name = SystemLibrary.call(() -> (MemorySegment) ERROR_NAME.invokeExact(result));
      throw new IllegalStateException("libzstd: " + name.getString(0));
    }
    return result;
  }
}
