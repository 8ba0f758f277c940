package emulha.bench;

import emulha.files.Scratch;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Functions of a shared library, called with heap arrays in place: no copy, no JNI. */
record NativeLibrary(SymbolLookup symbols) {
  /**
   * A library of the system, for example {@code libz.so.1}.
   *
   * @throws IllegalArgumentException if there is none
   */
  static NativeLibrary system(String soname) {
    return new NativeLibrary(SymbolLookup.libraryLookup(soname, Arena.global()));
  }

  /**
   * Compiles a C file of this module with gcc.
   *
   * @throws IOException if there is no gcc, or it fails
   */
  static NativeLibrary compiled(String file, String... options) throws IOException {
    Path library = compile(file, options);
    var compiled = new NativeLibrary(SymbolLookup.libraryLookup(library, Arena.global()));
    Files.delete(library);
    Files.delete(library.toAbsolutePath().getParent());
    return compiled;
  }

  /**
   * Compiles a C file of this module with gcc into a library alone in its directory, which is the
   * caller's.
   *
   * @throws IOException if there is no gcc, or it fails
   */
  static Path compile(String file, String... options) throws IOException {
    Path directory = Scratch.directory("bench");
    Path source = directory.resolve(file);
    Path library = directory.resolve(file + ".so");
    try (InputStream in = NativeLibrary.class.getResourceAsStream(file)) {
      if (in == null) {
        throw new IOException(file + ": not in this jar");
      }
      Files.copy(in, source);
    }
    List<String> command = new ArrayList<>(List.of("gcc", "-shared", "-fPIC"));
    command.addAll(List.of("-o", library.toString(), source.toString()));
    command.addAll(List.of(options));
    try {
      int status = new ProcessBuilder(command).inheritIO().start().waitFor();
      if (status != 0) {
        throw new IOException(String.join(" ", command) + ": exit status " + status);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while compiling " + file, e);
    }
    Files.delete(source);
    return library;
  }

  /**
   * A function that is handed heap arrays. It must return soon: it holds up garbage collection.
   *
   * @throws IllegalArgumentException if there is none
   */
  MethodHandle function(String name, MemoryLayout result, MemoryLayout... parameters) {
    MemorySegment address =
        symbols
            .find(name)
            .orElseThrow(() -> new IllegalArgumentException("the library has no function " + name));
    return Linker.nativeLinker()
        .downcallHandle(
            address, FunctionDescriptor.of(result, parameters), Linker.Option.critical(true));
  }
}
