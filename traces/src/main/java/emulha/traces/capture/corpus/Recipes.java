package emulha.traces.capture.corpus;

import emulha.names.Names;
import emulha.traces.capture.GuestDefinition;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The scripts that build guests, {@code traces/recipes/NAME.sh}.
 *
 * @param directory where they are
 */
public record Recipes(Path directory) {
  private static final String EXTENSION = ".sh";

  /** Their names, in order. */
  public List<String> names() throws IOException {
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(directory)) {
      return files
          .filter(Files::isExecutable)
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(EXTENSION))
          .map(name -> name.substring(0, name.length() - EXTENSION.length()))
          .sorted()
          .toList();
    }
  }

  /**
   * Builds a recipe's guest, or guests; its messages go where this program's do.
   *
   * @param built the directory to build, which must not exist
   * @throws IllegalArgumentException if there is no such recipe
   * @throws IOException if the recipe fails
   */
  public void build(String name, List<String> arguments, Path built) throws IOException {
    String file = Names.known("recipe", name, names()) + EXTENSION;
    Files.createDirectories(built.toAbsolutePath().getParent());
    var command = new ArrayList<String>();
    command.add(directory.resolve(file).toString());
    command.add(built.toString());
    command.addAll(arguments);
    Process script =
        new ProcessBuilder(command)
            .redirectOutput(ProcessBuilder.Redirect.INHERIT)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try {
      if (script.waitFor() != 0) {
        throw new IOException("recipe " + name + " failed; its messages are above");
      }
    } catch (InterruptedException e) {
      script.destroy();
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while recipe " + name + " ran", e);
    }
  }

  /** The guests in a built directory with the directory of each: one, or those of a cluster. */
  public static Map<GuestDefinition, Path> guests(Path built) throws IOException {
    var found = new LinkedHashMap<GuestDefinition, Path>();
    if (Files.exists(built.resolve(GuestDefinition.FILE))) {
      found.put(GuestDefinition.read(built), built);
      return found;
    }
    try (Stream<Path> parts = Files.list(built)) {
      for (Path part : parts.filter(Files::isDirectory).sorted().toList()) {
        found.put(GuestDefinition.read(part), part);
      }
    }
    return found;
  }
}
