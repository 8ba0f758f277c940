package emulha.runs;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.sun.management.OperatingSystemMXBean;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * What a process runs on, for {@code manifest.json}, where the parts stand side by side. A value
 * that this machine does not tell is null.
 *
 * @param libraries jar files on the class path, whose names hold their versions
 */
public record Environment(
    @JsonUnwrapped Program program,
    @JsonUnwrapped Jvm jvm,
    @JsonUnwrapped Machine machine,
    List<String> libraries) {
  /**
   * This program.
   *
   * @param gitCommit its commit
   * @param gitEdited whether files of it had been changed since that commit
   */
  public record Program(@Nullable String gitCommit, @Nullable Boolean gitEdited) {}

  /**
   * The Java virtual machine.
   *
   * @param jdk its version
   * @param jvmFlags what it was started with
   * @param aotCache its ahead-of-time cache: {@code used}, {@code refused} if the JVM was given one
   *     that does not fit it, or {@code none}
   */
  public record Jvm(String jdk, List<String> jvmFlags, String aotCache) {}

  /**
   * The machine and its operating system.
   *
   * @param cpu model name
   * @param cpuGovernor how the first processor's frequency is set, as cpufreq says
   * @param processors processors available
   * @param memoryBytes physical memory
   * @param kernel operating system and its version
   * @param tcpCongestionControl congestion control of new connections
   */
  public record Machine(
      @Nullable String cpu,
      @Nullable String cpuGovernor,
      int processors,
      long memoryBytes,
      String kernel,
      @Nullable String tcpCongestionControl) {}

  /**
   * Given for a release, which may lie inside a repository of other things: the commit that it was
   * built from, empty if that is not known.
   */
  private static final String COMMIT = "emulha.commit";

  /** Given with {@link #COMMIT}: true if files had been changed since. */
  private static final String EDITED = "emulha.edited";

  /** How long git may take to say something, which is known then or not. */
  private static final long GIT_S = 5;

  private static final OperatingSystemMXBean SYSTEM =
      ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  /** This process. */
  public static Environment here() {
    return new Environment(
        new Program(commitOfThisProgram(), edited()),
        new Jvm(
            System.getProperty("java.vm.name") + " " + System.getProperty("java.vm.version"),
            List.copyOf(ManagementFactory.getRuntimeMXBean().getInputArguments()),
            aotCache()),
        new Machine(
            cpuModel(),
            firstLine(Path.of("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")),
            Runtime.getRuntime().availableProcessors(),
            physicalMemoryBytes(),
            System.getProperty("os.name") + " " + System.getProperty("os.version"),
            firstLine(Path.of("/proc/sys/net/ipv4/tcp_congestion_control"))),
        Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
            .map(entry -> new File(entry).getName())
            .filter(name -> name.endsWith(".jar"))
            .sorted()
            .toList());
  }

  /**
   * Whether the JVM works with the cache that it was given (JEP 514): one of another JDK, class
   * path or collector it leaves alone.
   */
  public static String aotCache() {
    String flag = "-XX:AOTCache=";
    List<String> given = ManagementFactory.getRuntimeMXBean().getInputArguments();
    if (given.stream().noneMatch(argument -> argument.startsWith(flag))) {
      return "none";
    }
    return System.getProperty("java.vm.info", "").contains("sharing") ? "used" : "refused";
  }

  /** This machine's physical memory in bytes. */
  public static long physicalMemoryBytes() {
    return SYSTEM.getTotalMemorySize();
  }

  /** CPU time of this process, user and system, in nanoseconds. */
  public static long processCpuNs() {
    return SYSTEM.getProcessCpuTime();
  }

  /** As JSON. */
  public String toJson() {
    return json(this);
  }

  /**
   * The content of {@code manifest.json}.
   *
   * @param command command line
   * @param details what else is to be known of the runs, by name
   */
  public static String manifest(List<String> command, Map<String, ?> details) {
    var manifest = new LinkedHashMap<String, Object>();
    manifest.put("command", command);
    manifest.putAll(details);
    manifest.put("environment", here());
    return json(manifest);
  }

  private static String json(Object value) {
    try {
      return JSON.writeValueAsString(value) + "\n";
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static @Nullable String commitOfThisProgram() {
    String given = System.getProperty(COMMIT);
    return given == null ? Checkout.COMMIT : given.isEmpty() ? null : given;
  }

  private static @Nullable Boolean edited() {
    String given = System.getProperty(COMMIT);
    return given == null
        ? Checkout.EDITED
        : given.isEmpty() ? null : (Boolean) Boolean.getBoolean(EDITED);
  }

  /** The checkout that this program runs from: asked once, as code that is loaded stays. */
  private static final class Checkout {
    static final @Nullable String COMMIT = commit();
    static final @Nullable Boolean EDITED = edited();

    private static @Nullable String commit() {
      String commit = git("rev-parse", "HEAD");
      return commit == null ? null : commit.strip();
    }

    private static @Nullable Boolean edited() {
      String changes = git("status", "--porcelain", "--untracked-files=no");
      return changes == null ? null : (Boolean) !changes.isBlank();
    }
  }

  /** What git says of this program's checkout; null if it is none. */
  private static @Nullable String git(String... arguments) {
    List<String> command = new ArrayList<>(List.of("git"));
    command.addAll(List.of(arguments));
    try {
      var source = Environment.class.getProtectionDomain().getCodeSource();
      File code = source == null ? new File(".") : new File(source.getLocation().toURI());
      Process git =
          new ProcessBuilder(command)
              .directory(code.isDirectory() ? code : code.getParentFile())
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      // Read by another thread: a git that hangs, as its file system may, does not end its output.
      CompletableFuture<String> said =
          CompletableFuture.supplyAsync(() -> textOf(git.getInputStream()));
      if (!git.waitFor(GIT_S, TimeUnit.SECONDS)) {
        git.destroyForcibly();
        return null;
      }
      return git.exitValue() == 0 ? said.get(GIT_S, TimeUnit.SECONDS) : null;
    } catch (IOException
        | URISyntaxException
        | IllegalArgumentException
        | ExecutionException
        | TimeoutException e) {
      return null;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return null;
    }
  }

  private static String textOf(InputStream in) {
    try (in) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static @Nullable String cpuModel() {
    return Disturbances.lines(Path.of("/proc/cpuinfo")).stream()
        .filter(line -> line.startsWith("model name"))
        .map(line -> line.substring(line.indexOf(':') + 1).strip())
        .findFirst()
        .orElse(null);
  }

  private static @Nullable String firstLine(Path file) {
    return Disturbances.lines(file).stream().findFirst().orElse(null);
  }
}
