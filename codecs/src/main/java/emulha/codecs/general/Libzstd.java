package emulha.codecs.general;

import java.lang.foreign.AddressLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The system's libzstd, called through the foreign-function interface, for what zstd-jni does not
 * offer: {@code ZSTD_CCtx_refPrefix} and {@code ZSTD_sizeof_CCtx}. Names and numbers are of zstd.h
 * 1.4 and later.
 */
final class Libzstd {
  /** Values of ZSTD_cParameter. */
  static final int C_LEVEL = 100;

  static final int C_CONTENT_SIZE_FLAG = 200;
  static final int C_CHECKSUM_FLAG = 201;
  static final int C_DICT_ID_FLAG = 202;

  private static final ValueLayout.OfLong SIZE = ValueLayout.JAVA_LONG;
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
  private static final AddressLayout POINTER =
      ValueLayout.ADDRESS.withTargetLayout(MemoryLayout.sequenceLayout(256, ValueLayout.JAVA_BYTE));

  private static final Optional<SymbolLookup> LIBRARY = library();

  /** Whether the library was found. */
  static final boolean AVAILABLE = LIBRARY.isPresent();

  private static final MethodHandle CREATE_CCTX = handle("ZSTD_createCCtx", POINTER);
  private static final MethodHandle FREE_CCTX = handle("ZSTD_freeCCtx", SIZE, POINTER);
  private static final MethodHandle SIZEOF_CCTX = handle("ZSTD_sizeof_CCtx", SIZE, POINTER);
  private static final MethodHandle SET_PARAMETER =
      handle("ZSTD_CCtx_setParameter", SIZE, POINTER, INT, INT);
  private static final MethodHandle CCTX_REF_PREFIX =
      handle("ZSTD_CCtx_refPrefix", SIZE, POINTER, POINTER, SIZE);
  private static final MethodHandle COMPRESS2 =
      handle("ZSTD_compress2", SIZE, POINTER, POINTER, SIZE, POINTER, SIZE);
  private static final MethodHandle CREATE_DCTX = handle("ZSTD_createDCtx", POINTER);
  private static final MethodHandle FREE_DCTX = handle("ZSTD_freeDCtx", SIZE, POINTER);
  private static final MethodHandle SIZEOF_DCTX = handle("ZSTD_sizeof_DCtx", SIZE, POINTER);
  private static final MethodHandle DCTX_REF_PREFIX =
      handle("ZSTD_DCtx_refPrefix", SIZE, POINTER, POINTER, SIZE);
  private static final MethodHandle DECOMPRESS_DCTX =
      handle("ZSTD_decompressDCtx", SIZE, POINTER, POINTER, SIZE, POINTER, SIZE);
  private static final MethodHandle IS_ERROR = handle("ZSTD_isError", INT, SIZE);
  private static final MethodHandle ERROR_NAME = handle("ZSTD_getErrorName", POINTER, SIZE);
  private static final MethodHandle VERSION = handle("ZSTD_versionString", POINTER);

  private Libzstd() {}

  private static Optional<SymbolLookup> library() {
    return Stream.of("libzstd.so.1", "libzstd.1.dylib")
        .flatMap(name -> open(name).stream())
        .filter(library -> library.find("ZSTD_CCtx_refPrefix").isPresent())
        .findFirst();
  }

  private static Optional<SymbolLookup> open(String name) {
    try {
      return Optional.of(SymbolLookup.libraryLookup(name, Arena.global()));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** A handle of the function, able to take arrays on the heap; one that throws if it is absent. */
  private static MethodHandle handle(String name, MemoryLayout result, MemoryLayout... parameters) {
    FunctionDescriptor type = FunctionDescriptor.of(result, parameters);
    return LIBRARY
        .flatMap(library -> library.find(name))
        .map(
            address ->
                Linker.nativeLinker().downcallHandle(address, type, Linker.Option.critical(true)))
        .orElseGet(() -> absent(name, type.toMethodType()));
  }

  private static MethodHandle absent(String name, MethodType type) {
    MethodHandle thrower =
        MethodHandles.throwException(type.returnType(), UnsupportedOperationException.class)
            .bindTo(new UnsupportedOperationException("libzstd has no " + name));
    return MethodHandles.dropArguments(thrower, 0, type.parameterList());
  }

  /** Version of the library, for example {@code 1.5.4}. */
  static String version() {
    try {
      return ((MemorySegment) VERSION.invokeExact()).getString(0);
    } catch (Throwable e) {
      throw failed(e);
    }
  }

  /**
   * {@code ZSTD_createCCtx}, with content size, checksum and dictionary id left out of its frames.
   */
  static MemorySegment createCompressor(int level) {
    try {
      MemorySegment context = (MemorySegment) CREATE_CCTX.invokeExact();
      set(context, C_LEVEL, level);
      set(context, C_CONTENT_SIZE_FLAG, 0);
      set(context, C_CHECKSUM_FLAG, 0);
      set(context, C_DICT_ID_FLAG, 0);
      return context;
    } catch (Throwable e) {
      throw failed(e);
    }
  }

  private static void set(MemorySegment context, int parameter, int value) throws Throwable {
    require((long) SET_PARAMETER.invokeExact(context, parameter, value));
  }

  /** {@code ZSTD_CCtx_refPrefix}: the prefix, not on the heap, serves the next frame only. */
  static void prefixCompressor(MemorySegment context, MemorySegment prefix) {
    try {
      require((long) CCTX_REF_PREFIX.invokeExact(context, prefix, prefix.byteSize()));
    } catch (Throwable e) {
      throw failed(e);
    }
  }

  /** {@code ZSTD_compress2}; the frame's size. */
  static int compress(MemorySegment context, MemorySegment source, MemorySegment target) {
    try {
      return (int)
          require(
              (long)
                  COMPRESS2.invokeExact(
                      context, target, target.byteSize(), source, source.byteSize()));
    } catch (Throwable e) {
      throw failed(e);
    }
  }

  /** {@code ZSTD_sizeof_CCtx}. */
  static long compressorBytes(MemorySegment context) {
    try {
      return (long) SIZEOF_CCTX.invokeExact(context);
    } catch (Throwable e) {
      throw failed(e);
    }
  }

  /** {@code ZSTD_freeCCtx}. */
  static void freeCompressor(MemorySegment context) {
    try {
      require((long) FREE_CCTX.invokeExact(context));
    } catch (Throwable e) {
      throw failed(e);
    }
  }

  /** {@code ZSTD_createDCtx}. */
  static MemorySegment createDecompressor() {
    try {
      return (MemorySegment) CREATE_DCTX.invokeExact();
    } catch (Throwable e) {
      throw failed(e);
    }
  }

  /** {@code ZSTD_DCtx_refPrefix}: the prefix, not on the heap, serves the next frame only. */
  static void prefixDecompressor(MemorySegment context, MemorySegment prefix) {
    try {
      require((long) DCTX_REF_PREFIX.invokeExact(context, prefix, prefix.byteSize()));
    } catch (Throwable e) {
      throw failed(e);
    }
  }

  /**
   * {@code ZSTD_decompressDCtx}; the number of bytes restored, or a negative number if the frame is
   * damaged.
   */
  static long decompress(MemorySegment context, MemorySegment source, MemorySegment target) {
    try {
      long result =
          (long)
              DECOMPRESS_DCTX.invokeExact(
                  context, target, target.byteSize(), source, source.byteSize());
      return (int) IS_ERROR.invokeExact(result) == 0 ? result : -1;
    } catch (Throwable e) {
      throw failed(e);
    }
  }

  /** {@code ZSTD_sizeof_DCtx}. */
  static long decompressorBytes(MemorySegment context) {
    try {
      return (long) SIZEOF_DCTX.invokeExact(context);
    } catch (Throwable e) {
      throw failed(e);
    }
  }

  /** {@code ZSTD_freeDCtx}. */
  static void freeDecompressor(MemorySegment context) {
    try {
      require((long) FREE_DCTX.invokeExact(context));
    } catch (Throwable e) {
      throw failed(e);
    }
  }

  private static long require(long result) throws Throwable {
    if ((int) IS_ERROR.invokeExact(result) != 0) {
      String name = ((MemorySegment) ERROR_NAME.invokeExact(result)).getString(0);
      throw new IllegalStateException("libzstd: " + name);
    }
    return result;
  }

  private static RuntimeException failed(Throwable e) {
    return switch (e) {
      case RuntimeException unchecked -> unchecked;
      case Error error -> throw error;
      default -> new IllegalStateException(e);
    };
  }
}
