package emulha.codecs;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Shared libraries compiled from C files of this repository by the system's {@code cc}. */
final class NativeLibraries {
  static final Path ROOT = Path.of(System.getProperty("emulha.root", ".."));
  static final Path EXAMPLE = ROOT.resolve("docs/native/runs.c");
  private static final Path SOURCES = ROOT.resolve("codecs/src/test/c");

  private NativeLibraries() {}

  /** Methods of the contract tests; none on a machine without a compiler. */
  static List<String> specs() {
    Optional<Path> runs = compiled(EXAMPLE, "runs");
    if (runs.isEmpty()) {
      return List.of();
    }
    Path against = compiled(SOURCES.resolve("against.c"), "against").orElseThrow();
    return List.of(
        "native:lib=" + runs.get(),
        "zero+native:scope=checkpoint,lib=" + runs.get(),
        "native:encoders=3,lib=" + runs.get(),
        "native:lib=" + against,
        "native:earlier=never,level=1,lib=" + against + "+lz4");
  }

  /** The library that misbehaves in one of several ways. */
  static Optional<Path> bad(int fault) {
    return compiled(SOURCES.resolve("bad.c"), "bad" + fault, "-DFAULT=" + fault);
  }

  /** Empty if there is no compiler, and none is required. */
  static Optional<Path> compiled(Path source, String name, String... options) {
    try {
      Path directory = Files.createDirectories(ROOT.resolve("codecs/target/native"));
      Path made = Files.createTempFile(directory, name, ".so");
      List<String> command =
          new ArrayList<>(
              List.of("cc", "-O1", "-Wall", "-Werror", "-shared", "-fPIC", "-o", made.toString()));
      // What the misbehaving library does, a compiler may see and say.
      command.add("-Wno-array-bounds");
      command.addAll(Arrays.asList(options));
      command.add(source.toString());
      int status;
      try {
        status = new ProcessBuilder(command).inheritIO().start().waitFor();
      } catch (IOException e) {
        if (System.getenv("EMULHA_REQUIRE_TOOLS") != null) {
          throw e;
        }
        Files.delete(made);
        return Optional.empty();
      }
      if (status != 0) {
        throw new IOException(String.join(" ", command) + ": exit status " + status);
      }
      Path library = directory.resolve(name + ".so");
      Files.move(made, library, java.nio.file.StandardCopyOption.ATOMIC_MOVE);
      return Optional.of(library.toAbsolutePath().normalize());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
