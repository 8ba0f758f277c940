package emulha.traces.capture.uml;

import emulha.files.Closing;
import emulha.files.Scratch;
import emulha.files.Tree;
import emulha.linux.Linux;
import emulha.memory.Page;
import emulha.traces.Progress;
import emulha.traces.capture.Console;
import emulha.traces.capture.GuestDefinition;
import emulha.traces.capture.GuestGoneException;
import emulha.traces.capture.MappedRam;
import emulha.traces.capture.MemoryMapping;
import emulha.traces.capture.Pacing;
import emulha.traces.capture.Preload;
import emulha.traces.capture.Processes;
import emulha.traces.capture.Programs;
import emulha.traces.capture.Room;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * A guest under User-Mode Linux: a Linux kernel that runs as a process, at the host's own speed and
 * without KVM, one processor. Its RAM is a deleted file, reached through {@code /proc/PID/fd}; it
 * is halted by SIGSTOP, and a preloaded library makes its clocks stand still meanwhile. A recipe's
 * disk runs unchanged. Closing ends it. Not thread-safe.
 */
public final class UmlGuest implements AutoCloseable {
  /** Name of the kernel in Debian's package. */
  public static final String PROGRAM = "linux.uml";

  private static final String INIT = "uml/uml-init";
  private static final String READY = "the guest was ready";
  private static final String DELETED = " (deleted)";

  private final GuestDefinition guest;
  private final Process process;
  private final Path directory;
  private final Console console;
  private final Path shared;
  private final String version;
  private final HaltedProcesses processes;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment haltedNs;
  private @Nullable MappedRam ram;
  private long haltedSinceNs;

  private UmlGuest(
      GuestDefinition guest, Process process, Path directory, Path shared, String version)
      throws IOException {
    this.guest = guest;
    this.process = process;
    this.directory = directory;
    console = Console.in(directory);
    this.shared = shared;
    this.version = version;
    processes = new HaltedProcesses(process.pid());
    try (var channel =
        FileChannel.open(clock(shared), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      haltedNs = channel.map(FileChannel.MapMode.READ_WRITE, 0, Long.BYTES, arena);
    }
  }

  /**
   * The kernel to run.
   *
   * @param given what the user named, or empty: {@value #PROGRAM} on the search path
   * @throws IOException if it is not there; says what to install
   */
  public static Path kernel(String given) throws IOException {
    if (!given.isEmpty()) {
      Path named = Path.of(given);
      if (!Files.isExecutable(named)) {
        throw new IllegalArgumentException(
            named + ": not a program; name the kernel of the package user-mode-linux");
      }
      return named.toAbsolutePath();
    }
    return Programs.require(PROGRAM, "user-mode-linux").toAbsolutePath();
  }

  /**
   * Boots a guest.
   *
   * @param kernel the User-Mode Linux kernel, with its modules in {@code ../lib/uml/modules} as in
   *     Debian's package
   * @throws IOException if it does not start
   */
  public static UmlGuest start(GuestDefinition guest, Path directory, Path kernel)
      throws IOException {
    Programs.require("setsid", "util-linux");
    String initrd = guest.boot().initrd();
    if (initrd == null) {
      throw new IllegalArgumentException(
          guest.name()
              + ": has no initrd; User-Mode Linux runs the guests of recipes, which have one");
    }
    Path sharedMemory = Room.forGuest(guest);
    Path run = Scratch.directory("guest");
    Path shared = Scratch.elsewhere(sharedMemory, "guest");
    Process process = null;
    try {
      Files.createDirectory(shared);
      Files.write(clock(shared), new byte[Page.BYTES]);
      String version = version(kernel);
      var haltedClock = Preload.compile("halted-clock.c", run.resolve("halted-clock.so"));
      Path whole = run.resolve("initrd");
      Files.write(
          whole, initrd(Files.readAllBytes(directory.resolve(initrd)), overlay(kernel, version)));
      var command = new ArrayList<String>();
      // So that Ctrl-C does not end the guest before the recording.
      command.addAll(List.of("setsid", kernel.toString(), "seccomp=on"));
      command.add("mem=" + guest.memoryMib() + "M");
      command.addAll(List.of("umid=guest", "uml_dir=" + run));
      if (guest.boot().disk() != null) {
        command.add("ubd0r=" + directory.resolve(guest.boot().disk()).toAbsolutePath());
      }
      command.add("initrd=" + whole);
      command.addAll(List.of("con=null", "con0=null,fd:1", "ssl=null"));
      command.addAll(List.of("quiet", "noreboot", "panic=-1"));
      var builder =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectInput(Path.of("/dev/null").toFile())
              .redirectOutput(Console.in(run).file().toFile());
      builder.environment().put("TMPDIR", shared.toString());
      haltedClock.into(builder.environment());
      builder.environment().put("EMULHA_CLOCK", clock(shared).toString());
      process = builder.start();
      Scratch.endToo(process);
      return new UmlGuest(guest, process, run, shared, version);
    } catch (IOException | RuntimeException e) {
      if (process != null) {
        process.destroyForcibly();
      }
      Tree.delete(shared);
      Tree.delete(run);
      throw e;
    }
  }

  public String name() {
    return guest.name();
  }

  /**
   * Waits until the guest is ready to be recorded, as its definition says.
   *
   * @throws IOException if it ends or takes longer than {@code timeout}, or its clock cannot be
   *     halted
   */
  public void awaitReady(Duration timeout, Progress progress, BooleanSupplier interrupted)
      throws IOException {
    long begin = System.nanoTime();
    String ready = guest.start().ready();
    while (!console.says(ready)) {
      requireRunning();
      long waitedNs = System.nanoTime() - begin;
      if (waitedNs > timeout.toNanos()) {
        throw new IOException(
            "%s: did not write '%s' within %s s; its last line: %s"
                .formatted(guest.name(), ready, timeout.toSeconds(), console.lastLine()));
      }
      progress.step(guest.name() + ": booting", waitedNs / 1_000_000_000, timeout.toSeconds());
      Pacing.pause(100_000_000, READY, interrupted);
    }
    Pacing.pause(guest.start().settleMs() * 1_000_000, READY, interrupted);
    requireRunning();
    ram = new MappedRam(ramFile());
    requireHaltable();
  }

  private void requireHaltable() throws IOException {
    boolean preloaded =
        MemoryMapping.of(process.pid()).stream()
            .anyMatch(mapping -> mapping.path().equals(clock(shared).toString()));
    if (!preloaded) {
      throw new IOException(
          "User-Mode Linux "
              + version
              + " is linked statically, so its clock cannot stand still while it is halted; take"
              + " the package user-mode-linux of Debian 14 or newer");
    }
    for (long child : processes.children()) {
      if (HaltedProcesses.isTraced(child)) {
        throw new IOException(
            "User-Mode Linux "
                + version
                + " runs its processes by ptrace, so they cannot be halted; take a kernel of 6.16"
                + " or newer, which has seccomp=on");
      }
    }
  }

  /** Its RAM; the guest is ready. */
  MappedRam ram() {
    if (ram == null) {
      throw new IllegalStateException("not ready yet");
    }
    return ram;
  }

  /** Halts it; the system's nanosecond clock when all of it stood still. */
  long halt() throws IOException {
    requireRunning();
    processes.halt();
    haltedSinceNs = System.nanoTime();
    return haltedSinceNs;
  }

  /** Lets it run on, its clock as it was at the halt; the system's nanosecond clock then. */
  long resume() throws IOException {
    long now = System.nanoTime();
    long sum = haltedNs.get(ValueLayout.JAVA_LONG, 0) + now - haltedSinceNs;
    haltedNs.set(ValueLayout.JAVA_LONG, 0, sum);
    processes.resume();
    return now;
  }

  String workload() {
    return guest.workload();
  }

  String version() {
    return version;
  }

  private void requireRunning() throws IOException {
    if (!process.isAlive()) {
      throw new GuestGoneException(guest.name() + ": the guest ended: " + console.lastLine());
    }
  }

  /** Keeps what the guest wrote to its console. */
  public void saveConsole(Path file) throws IOException {
    console.save(file);
  }

  /** The guest's RAM: the deleted file in our own directory that it has open. */
  private Path ramFile() throws IOException {
    Path file =
        Processes.openFile(
            process.pid(), target -> target.startsWith(shared + "/") && target.endsWith(DELETED));
    if (file == null) {
      throw new IOException(
          guest.name() + ": the file behind its RAM is not among those it has open");
    }
    return file;
  }

  private static Path clock(Path shared) {
    return shared.resolve("clock");
  }

  private static String version(Path kernel) throws IOException {
    Programs.Answer asked = Programs.run(List.of(kernel.toString(), "--version"));
    if (!asked.succeeded() || !asked.text().matches("[0-9][^\\s/]*")) {
      throw new IOException(
          kernel
              + ": is not a User-Mode Linux kernel that runs here: "
              + asked.firstLine("no answer"));
    }
    return asked.text();
  }

  private static byte[] overlay(Path kernel, String version) throws IOException {
    Path module =
        kernel
            .toRealPath()
            .resolveSibling("../lib/uml/modules")
            .resolve(version)
            .resolve("kernel/fs/overlayfs/overlay.ko")
            .normalize();
    if (!Files.isRegularFile(module)) {
      throw new IOException(
          module + ": not there; it belongs to the kernel in the package user-mode-linux");
    }
    return Files.readAllBytes(module);
  }

  /** The recipe's own with our first program and module on top: the kernel unpacks one by one. */
  private static byte[] initrd(byte[] recipes, byte[] overlay) throws IOException {
    var out = new ByteArrayOutputStream();
    out.writeBytes(recipes);
    while (out.size() % 4 != 0) {
      out.write(0);
    }
    try (var gzip = new GZIPOutputStream(out)) {
      gzip.write(
          new Cpio()
              .add("init", 0100755, Programs.own(INIT))
              .add("overlay.ko", 0100644, overlay)
              .finish());
    }
    return out.toByteArray();
  }

  /** Processor time that the halted guest had since the last call, in nanoseconds. */
  long processorNs() throws IOException {
    return processes.processorNs();
  }

  @Override
  public void close() throws IOException {
    try {
      List<Long> children = process.isAlive() ? processes.children() : List.of();
      process.destroyForcibly();
      for (long child : children) {
        try {
          Linux.kill(child, Linux.SIGKILL);
        } catch (IOException e) {
          // it ended with the kernel
        }
      }
      boolean ended = process.waitFor(10, TimeUnit.SECONDS);
      if (!ended) {
        throw new IOException("process " + process.pid() + ": cannot be ended");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      if (ram != null) {
        ram.close();
      }
      arena.close();
      Closing.all(List.of(shared, directory), Tree::delete);
    }
  }
}
