package emulha.codecs.foreign;

import emulha.codecs.general.SystemLibrary;
import java.lang.foreign.AddressLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A user's shared library with the functions of {@code docs/native/emulha_codec.h}. Loaded once and
 * kept; thread-safe, each thread with a state of its own.
 */
final class NativeLibrary {
  private static final Map<Path, NativeLibrary> LOADED = new ConcurrentHashMap<>();
  private static final String PREFIX = "emulha_codec_";
  private static final ValueLayout.OfLong SIZE = ValueLayout.JAVA_LONG;
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
  private static final AddressLayout POINTER = ValueLayout.ADDRESS;

  /** Room of a library's texts, with the zero behind each. */
  private static final int MAX_TEXT = 256;

  private static final AddressLayout TEXT =
      POINTER.withTargetLayout(MemoryLayout.sequenceLayout(MAX_TEXT, ValueLayout.JAVA_BYTE));

  private final Path path;
  private final SymbolLookup symbols;
  private final MethodHandle bound;
  private final MethodHandle compress;
  private final MethodHandle decompress;
  private final Optional<MethodHandle> compressAgainst;
  private final Optional<MethodHandle> decompressAgainst;
  private final Optional<MethodHandle> create;
  private final Optional<MethodHandle> destroy;
  private final String binding;
  private final CallGuard guard;

  private NativeLibrary(Path path) {
    this.path = path;
    symbols = open(path);
    bound = required("bound", FunctionDescriptor.of(SIZE, SIZE));
    compress =
        required("compress", FunctionDescriptor.of(SIZE, POINTER, POINTER, SIZE, POINTER, SIZE));
    decompress =
        required("decompress", FunctionDescriptor.of(INT, POINTER, POINTER, SIZE, POINTER, SIZE));
    compressAgainst =
        optional(
            "compress_against",
            FunctionDescriptor.of(SIZE, POINTER, POINTER, POINTER, SIZE, POINTER, SIZE),
            Linker.Option.critical(true));
    decompressAgainst =
        optional(
            "decompress_against",
            FunctionDescriptor.of(INT, POINTER, POINTER, POINTER, SIZE, POINTER, SIZE),
            Linker.Option.critical(true));
    create = optional("create", FunctionDescriptor.of(POINTER, INT));
    destroy = optional("destroy", FunctionDescriptor.ofVoid(POINTER));
    binding =
        "native %s%s (%s)"
            .formatted(
                text("name").orElse("codec"),
                text("version").map(version -> " " + version).orElse(""),
                path.getFileName());
    guard = CallGuard.start("method 'native:lib=" + path + "'");
  }

  /**
   * The library in a file.
   *
   * @throws IllegalArgumentException if it cannot be loaded or lacks a function
   */
  static NativeLibrary at(Path file) {
    return LOADED.computeIfAbsent(file.toAbsolutePath().normalize(), NativeLibrary::new);
  }

  private static SymbolLookup open(Path path) {
    if (!Files.isRegularFile(path)) {
      throw new IllegalArgumentException(
          "method 'native': no library %s; compile it with: cc -O2 -shared -fPIC -o %s mycodec.c"
              .formatted(path, path.getFileName()));
    }
    try {
      return SymbolLookup.libraryLookup(path, Arena.global());
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "method 'native': %s cannot be loaded: it is no shared library for this machine, or lacks"
                  .formatted(path)
              + " one that it needs (ldd names those)",
          e);
    }
  }

  private MethodHandle required(String function, FunctionDescriptor type) {
    return optional(function, type, Linker.Option.critical(true))
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "method 'native': %s has no function %s; it needs those of emulha_codec.h:"
                            .formatted(path, PREFIX + function)
                        + " emulha_codec_bound, emulha_codec_compress, emulha_codec_decompress"));
  }

  private Optional<MethodHandle> optional(
      String function, FunctionDescriptor type, Linker.Option... options) {
    return symbols
        .find(PREFIX + function)
        .map(address -> Linker.nativeLinker().downcallHandle(address, type, options));
  }

  private Optional<String> text(String function) {
    return optional(function, FunctionDescriptor.of(TEXT))
        .map(
            handle -> {
              MemorySegment address =
                  SystemLibrary.call(() -> (MemorySegment) handle.invokeExact());
              try {
                return address.equals(MemorySegment.NULL) ? "" : address.getString(0);
              } catch (IndexOutOfBoundsException e) {
                throw new IllegalArgumentException(
                    "method 'native:lib=%s': %s is no text of fewer than %d characters"
                        .formatted(path, PREFIX + function, MAX_TEXT),
                    e);
              }
            })
        // It goes into one column of results.
        .map(text -> text.replaceAll("[^\\x20-\\x7e]", "?"));
  }

  Path path() {
    return path;
  }

  String binding() {
    return binding;
  }

  CallGuard guard() {
    return guard;
  }

  /** Whether it can use a page's earlier content. */
  boolean usesEarlier() {
    return compressAgainst.isPresent() && decompressAgainst.isPresent();
  }

  /**
   * {@code emulha_codec_bound}.
   *
   * @throws IllegalArgumentException if it is absurd
   */
  int bound(int length) {
    long result = SystemLibrary.call(() -> (long) bound.invokeExact((long) length));
    long most = 2L * length + 4096;
    if (result < 1 || result > most) {
      throw new IllegalArgumentException(
          "method 'native:lib=%s': emulha_codec_bound(%d) is %d; it must be 1 to %d"
              .formatted(path, length, result, most));
    }
    return (int) result;
  }

  /** {@code emulha_codec_create}, or NULL. */
  MemorySegment newState(int level) {
    if (create.isEmpty()) {
      return MemorySegment.NULL;
    }
    MemorySegment state = SystemLibrary.call(() -> (MemorySegment) create.get().invokeExact(level));
    if (state.equals(MemorySegment.NULL)) {
      throw new IllegalArgumentException(
          "method 'native:lib=%s': emulha_codec_create(%d) failed".formatted(path, level));
    }
    return state;
  }

  /** {@code emulha_codec_destroy}, if there is one. */
  void destroy(MemorySegment state) {
    if (destroy.isPresent() && !state.equals(MemorySegment.NULL)) {
      try {
        destroy.get().invokeExact(state);
      } catch (Throwable e) {
        throw new AssertionError(e);
      }
    }
  }

  /** {@code emulha_codec_compress}, or if there is earlier content, with that. */
  long compress(
      MemorySegment state, MemorySegment earlier, MemorySegment source, MemorySegment target) {
    long from = source.byteSize();
    long room = target.byteSize();
    return SystemLibrary.call(
        () ->
            earlier.equals(MemorySegment.NULL)
                ? (long) compress.invokeExact(state, source, from, target, room)
                : (long)
                    compressAgainst
                        .orElseThrow()
                        .invokeExact(state, earlier, source, from, target, room));
  }

  /** {@code emulha_codec_decompress}, or if there is earlier content, with that. */
  int decompress(
      MemorySegment state, MemorySegment earlier, MemorySegment source, MemorySegment target) {
    long from = source.byteSize();
    long room = target.byteSize();
    return SystemLibrary.call(
        () ->
            earlier.equals(MemorySegment.NULL)
                ? (int) decompress.invokeExact(state, source, from, target, room)
                : (int)
                    decompressAgainst
                        .orElseThrow()
                        .invokeExact(state, earlier, source, from, target, room));
  }
}
