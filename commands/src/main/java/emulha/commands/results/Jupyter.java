package emulha.commands.results;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import emulha.commands.terminal.ThisProgram;
import emulha.files.Partial;
import emulha.files.Scratch;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Jupyter, with its own Python kernel and a Java kernel that knows this program's classes, which is
 * in {@code notebooks/.jupyter} of the source tree or the unpacked release, for it alone.
 */
public final class Jupyter {
  /** Executes cells in JShell. */
  private static final String KERNEL = "io.github.padreati:rapaio-jupyter-kernel:3.0.1";

  private static final String DEPENDENCY_PLUGIN =
      "org.apache.maven.plugins:maven-dependency-plugin:3.9.0";

  /** How often a kernel is started for a notebook before giving up. */
  private static final int STARTS = 3;

  /** What nbconvert says of a kernel that did not start; no cell was executed then. */
  private static final String SILENT_KERNEL = "Kernel didn't respond in";

  private static final String KERNEL_JAR = "rapaio-jupyter-kernel.jar";
  private static final String KERNEL_NAME = "emulha";

  /** The kernel's own, on every system. */
  private static final String CLASS_PATH_SEPARATOR = ";";

  private static final String PACKAGES =
      "jupyter-client jupyter-core jupyter-nbconvert python3-ipykernel";

  private static final String PYTHON_PACKAGES = "python3-pandas python3-matplotlib";

  /** Ends the kernel with Jupyter, which alone would wait for ever to be told what to execute. */
  private static final String INIT_SCRIPT =
      """
      ProcessHandle.current()
          .parent()
          .ifPresent(jupyter -> jupyter.onExit().thenRun(() -> Runtime.getRuntime().halt(143)));
      """;

  private static final String TERMINAL_COLOUR = "\u001B\\[[0-9;]*m";

  private Jupyter() {}

  private static Path home() {
    return ThisProgram.root().resolve("notebooks").resolve(".jupyter");
  }

  private static Path kernelJar() {
    return home().resolve(KERNEL_JAR);
  }

  /**
   * Fetches the kernel.
   *
   * @throws IOException if Jupyter is not installed, with what to install, or the kernel cannot be
   *     had
   */
  static void setUp() throws IOException, InterruptedException {
    requireJupyter();
    if (!Files.exists(kernelJar())) {
      try (var jar = Partial.of(kernelJar())) {
        execute(
            List.of(
                ThisProgram.root().resolve("mvnw").toString(),
                "-q",
                "-B",
                DEPENDENCY_PLUGIN + ":copy",
                "-Dartifact=" + KERNEL,
                "-DoutputDirectory=" + jar.path().getParent(),
                "-Dmdep.stripVersion=true"),
            Map.of("JAVA_HOME", System.getProperty("java.home")),
            "cannot fetch the kernel " + KERNEL);
        jar.commit();
      }
    }
  }

  private static void writeKernelSpec() throws IOException {
    Path kernel = Files.createDirectories(home().resolve("kernels").resolve(KERNEL_NAME));
    new ObjectMapper()
        .enable(SerializationFeature.INDENT_OUTPUT)
        .writeValue(kernel.resolve("kernel.json").toFile(), kernelSpec());
  }

  private static Map<String, Object> kernelSpec() throws IOException {
    String classPath =
        Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
            .map(entry -> Path.of(entry).toAbsolutePath().toString())
            .sorted()
            .collect(Collectors.joining(CLASS_PATH_SEPARATOR));
    Path script = home().resolve("init.jshell");
    Files.writeString(script, INIT_SCRIPT);
    Map<String, String> environment = new LinkedHashMap<>();
    environment.put("RJK_CLASSPATH", classPath);
    environment.put("RJK_COMPILER_OPTIONS", "");
    environment.put("RJK_INIT_SCRIPT", script.toAbsolutePath().toString());
    environment.put("RJK_TIMEOUT_MILLIS", "-1");
    environment.put("RJK_MIMA_CACHE", home().resolve("cache").toAbsolutePath().toString());
    Map<String, Object> spec = new LinkedHashMap<>();
    spec.put(
        "argv",
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Djava.awt.headless=true",
            "--enable-native-access=ALL-UNNAMED",
            "-jar",
            kernelJar().toAbsolutePath().toString(),
            "{connection_file}"));
    spec.put("display_name", "Java (emulha)");
    spec.put("language", "java");
    spec.put("interrupt_mode", "message");
    spec.put("env", environment);
    return spec;
  }

  /**
   * Executes a notebook, in its directory. Jupyter picks ports for a kernel that another program
   * may take before it starts; a kernel that never answers is therefore started again.
   *
   * @param to directory for the executed notebook, of the same name
   * @throws IOException if a cell fails; the message has its error
   */
  static void run(Path notebook, Path to) throws IOException, InterruptedException {
    for (int start = 1; ; start++) {
      try {
        runOnce(notebook, to);
        return;
      } catch (IOException e) {
        String message = String.valueOf(e.getMessage());
        if (message.contains("No module named")) {
          throw new IOException(
              message + "; apt-get install --no-install-recommends " + PYTHON_PACKAGES, e);
        }
        if (start == STARTS || !message.contains(SILENT_KERNEL)) {
          throw e;
        }
      }
    }
  }

  /** The kernel that a notebook names: ours, or Jupyter's own for Python. */
  private static String kernel(Path notebook) throws IOException {
    return new ObjectMapper()
        .readTree(Files.readAllBytes(notebook))
        .at("/metadata/kernelspec/name")
        .asText(KERNEL_NAME);
  }

  private static void runOnce(Path notebook, Path to) throws IOException, InterruptedException {
    execute(
        List.of(
            "jupyter",
            "nbconvert",
            "--to",
            "notebook",
            "--execute",
            "--ExecutePreprocessor.kernel_name=" + kernel(notebook),
            "--ExecutePreprocessor.record_timing=False",
            "--ExecutePreprocessor.timeout=600",
            "--output-dir=" + to.toAbsolutePath(),
            notebook.toAbsolutePath().toString()),
        Map.of("JUPYTER_PATH", home().toAbsolutePath().toString()),
        notebook.getFileName() + " failed");
  }

  /**
   * Checks that notebooks can be executed, and tells Jupyter where the program is now.
   *
   * @throws IOException if not; the message says what to do
   */
  static void requireReady() throws IOException, InterruptedException {
    requireJupyter();
    if (!Files.exists(kernelJar())) {
      throw new IOException("there is no kernel yet; run emulha notebooks setup first");
    }
    writeKernelSpec();
  }

  private static void requireJupyter() throws IOException, InterruptedException {
    String missing =
        "Jupyter is not installed; apt-get install --no-install-recommends " + PACKAGES;
    try {
      execute(List.of("jupyter", "nbconvert", "--version"), Map.of(), missing);
    } catch (IOException e) {
      throw new IOException(missing, e);
    }
  }

  /** Runs a command; if it fails, its last words are in the message. */
  private static void execute(List<String> command, Map<String, String> environment, String problem)
      throws IOException, InterruptedException {
    Path output = Scratch.file("jupyter");
    try {
      var builder =
          new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
      builder.environment().putAll(environment);
      Process process = builder.start();
      Scratch.endToo(process);
      process.getOutputStream().close();
      int exit;
      try {
        exit = process.waitFor();
      } finally {
        Scratch.endTree(process.toHandle());
      }
      if (exit != 0) {
        List<String> lines = new ArrayList<>(Files.readAllLines(output));
        lines.replaceAll(line -> line.replaceAll(TERMINAL_COLOUR, ""));
        lines.removeIf(String::isBlank);
        throw new IOException(
            "%s: %s"
                .formatted(
                    problem,
                    lines.isEmpty()
                        ? "exit code " + exit
                        : String.join(
                            " | ", lines.subList(Math.max(0, lines.size() - 3), lines.size()))));
      }
    } finally {
      Files.deleteIfExists(output);
    }
  }
}
