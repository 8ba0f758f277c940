package emulha.codecs.general;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.Optional;
import java.util.function.BiFunction;

/**
 * A shared library of the system, which may be absent, called through the foreign-function
 * interface with arrays on the heap where they are. A call holds up garbage collection, so it must
 * return soon.
 *
 * @param name file name of the library found, for example {@code libzstd.so.1}; empty if none was
 */
public record SystemLibrary(String name, Optional<SymbolLookup> symbols) {
  /** Longest array that a function is handed where it is. */
  public static final int MAX_IN_PLACE = 1 << 18;

  /**
   * Looks for a library under each of its names.
   *
   * @param function one that it must have
   */
  public static SystemLibrary named(String function, String... names) {
    for (String name : names) {
      Optional<SymbolLookup> library = open(name).filter(l -> l.find(function).isPresent());
      if (library.isPresent()) {
        return new SystemLibrary(name, library);
      }
    }
    return new SystemLibrary("", Optional.empty());
  }

  private static Optional<SymbolLookup> open(String name) {
    try {
      return Optional.of(SymbolLookup.libraryLookup(name, Arena.global()));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** Whether the system has it. */
  public boolean isPresent() {
    return symbols.isPresent();
  }

  /** A handle of the function; one that throws if it is absent. */
  public MethodHandle function(String function, MemoryLayout result, MemoryLayout... parameters) {
    return function(function, FunctionDescriptor.of(result, parameters));
  }

  /** A handle of the function; one that throws if it is absent. */
  MethodHandle function(String function, FunctionDescriptor type) {
    return symbols
        .flatMap(library -> library.find(function))
        .map(
            address ->
                Linker.nativeLinker().downcallHandle(address, type, Linker.Option.critical(true)))
        .orElseGet(() -> absent(function, type.toMethodType()));
  }

  private static MethodHandle absent(String function, MethodType type) {
    MethodHandle thrower =
        MethodHandles.throwException(type.returnType(), UnsupportedOperationException.class)
            .bindTo(new UnsupportedOperationException("no library here has " + function));
    return MethodHandles.dropArguments(thrower, 0, type.parameterList());
  }

  /**
   * A call of a function.
   *
   * @param <T> what it gives
   */
  @FunctionalInterface
  public interface Call<T> {
    /** Makes the call: {@code (long) HANDLE.invokeExact(…)}. */
    T run() throws Throwable;
  }

  /** What a call gives. */
  public static <T> T call(Call<T> call) {
    try {
      return call.run();
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  /** An array's bytes where they are. */
  public static MemorySegment slice(byte[] bytes, int offset, long length) {
    return MemorySegment.ofArray(bytes).asSlice(offset, length);
  }

  /**
   * Has a function read and write arrays where they are; long ones in copies off the heap, so that
   * garbage collection is not held up.
   */
  public static <T> T inPlace(
      MemorySegment source,
      MemorySegment target,
      BiFunction<MemorySegment, MemorySegment, T> call) {
    if (source.byteSize() <= MAX_IN_PLACE && target.byteSize() <= MAX_IN_PLACE) {
      return call.apply(source, target);
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment written = arena.allocate(target.byteSize());
      T result = call.apply(arena.allocate(source.byteSize()).copyFrom(source), written);
      target.copyFrom(written);
      return result;
    }
  }
}
