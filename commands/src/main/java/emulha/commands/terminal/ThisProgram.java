package emulha.commands.terminal;

import emulha.experiments.engines.Engines;
import emulha.experiments.engines.LastWords;
import emulha.files.Scratch;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/** The running program, for those who start it again or look for what came with it. */
public final class ThisProgram {
  /** Names the process with which this one ends. */
  private static final String PARENT = "emulha.parent";

  private static final String TEMPORARY = "-Djava.io.tmpdir=";

  private static final long AGAIN_NS = 100_000_000;

  private static volatile String main = "";

  private ThisProgram() {}

  /** Says which class is started. */
  public static void isStartedBy(Class<?> mainClass) {
    main = mainClass.getName();
  }

  /** The command line that starts this program in a JVM like this one, which ends with this. */
  public static List<String> commandLine() {
    List<String> command = sameCommandLine();
    command.add(1, "-D" + PARENT + "=" + ProcessHandle.current().pid());
    return command;
  }

  /**
   * The command line that starts this program in a JVM like this one, which may outlive it, and so
   * has temporary files of its own.
   */
  public static List<String> commandLineElsewhere() {
    List<String> command = sameCommandLine();
    if (System.getProperty(Scratch.PROPERTY) != null) {
      command.removeIf(flag -> flag.startsWith("-D" + Scratch.PROPERTY + "="));
      command.replaceAll(flag -> flag.startsWith(TEMPORARY) ? TEMPORARY + Scratch.base() : flag);
    }
    return command;
  }

  private static List<String> sameCommandLine() {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(flag -> !flag.matches("-Demulha\\.(stderr|terminal|parent)=.*"))
        .forEach(command::add);
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    if (main.isEmpty()) {
      throw new IllegalStateException("nobody said which class is started");
    }
    command.add(main);
    return command;
  }

  /** How engines start it. */
  public static Engines.Program asked(List<String> commandLine) {
    return new Engines.Program(commandLine, commandLine(), ThisProgram::commandLineElsewhere);
  }

  /**
   * Runs a command in a process of its own.
   *
   * @throws IOException if it fails; the message is the last that it said
   */
  public static void run(List<String> arguments) throws IOException, InterruptedException {
    List<String> command = commandLine();
    command.addAll(arguments);
    Path errors = Files.createTempFile("command", ".err");
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .redirectError(errors.toFile())
              .start();
      if (process.waitFor() != 0) {
        throw new IOException(LastWords.in(errors).orElse(arguments.getFirst() + " failed"));
      }
    } finally {
      Files.delete(errors);
    }
  }

  /** Sees to it that this process does not outlive the one that started it for its own ends. */
  public static void endWithParent() {
    Long parent = Long.getLong(PARENT);
    if (parent != null) {
      Thread.ofPlatform()
          .daemon()
          .name("parent")
          .start(
              () -> {
                ProcessHandle.of(parent).ifPresent(ThisProgram::awaitEnd);
                Runtime.getRuntime().halt(143);
              });
    }
  }

  /** A process without file descriptors to spare is told that every other one has ended. */
  private static void awaitEnd(ProcessHandle process) {
    process.onExit().join();
    while (ProcessHandle.of(process.pid())
        .map(process::equals)
        .orElse(Files.exists(Path.of("/proc", Long.toString(process.pid()))))) {
      LockSupport.parkNanos(AGAIN_NS);
      process.onExit().join();
    }
  }

  /** The root of the source tree, or of an unpacked release. */
  public static Path root() {
    return Path.of(System.getProperty("emulha.root", "."));
  }

  /** A recording that came with it. */
  public static Path sample(String name) {
    return root().resolve("traces/samples").resolve(name + ".tar.zst");
  }

  /** The recordings that commands take which are given none. */
  public static List<Path> samples() {
    return List.of(sample("redis-25ms"), sample("ffmpeg-100ms"));
  }
}
