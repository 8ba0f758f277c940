package emulha.codecs.general;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.Optional;

/**
 * A shared library of the system, which may be absent, called through the foreign-function
 * interface with arrays on the heap where they are. A call holds up garbage collection, so it must
 * return soon.
 *
 * @param name file name of the library found, for example {@code libzstd.so.1}; empty if none was
 */
public record SystemLibrary(String name, Optional<SymbolLookup> symbols) {
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

  /** What a call threw, to be thrown on. */
  public static RuntimeException failed(Throwable e) {
    return switch (e) {
      case RuntimeException unchecked -> unchecked;
      case Error error -> throw error;
      default -> new IllegalStateException(e);
    };
  }
}
