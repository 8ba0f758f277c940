package emulha.traces.capture;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** A library that is preloaded into a recorded program, compiled with the system's cc. */
public record Preload(Path library) {
  /** Source of the one that registers a program's memory from within for write tracking. */
  public static final String WRITE_PROTECT = "write-protect.c";

  /** Variable that names the file whose shared mappings {@link #WRITE_PROTECT} is to track. */
  public static final String TRACKED = "EMULHA_TRACK";

  /**
   * Compiles one.
   *
   * @param resource its source, beside this class
   * @throws IOException if there is no compiler or it fails, or the library could not be preloaded
   */
  public static Preload compile(String resource, Path library) throws IOException {
    Path absolute = library.toAbsolutePath();
    if (absolute.toString().matches(".*[ :].*")) {
      throw new IOException(
          absolute
              + ": cannot be preloaded, its path has a blank or a colon; take another directory"
              + " (TMPDIR)");
    }
    Path source = absolute.resolveSibling(absolute.getFileName() + ".c");
    Files.createDirectories(absolute.getParent());
    try {
      Files.write(source, Programs.own(resource));
      Programs.require("cc", "gcc");
      String from = source.toString();
      String to = absolute.toString();
      Programs.Answer answer =
          Programs.run(
              List.of("cc", "-O2", "-shared", "-fPIC", "-pthread", "-o", to, from, "-ldl"));
      if (!answer.succeeded()) {
        throw new IOException("cc cannot compile %s: %s".formatted(resource, answer.firstLine("")));
      }
    } finally {
      Files.deleteIfExists(source);
    }
    return new Preload(absolute);
  }

  /** Has a program that is started in this environment load it, after those that it loads. */
  public void into(Map<String, String> environment) {
    environment.merge("LD_PRELOAD", library.toString(), (one, other) -> one + ":" + other);
  }
}
