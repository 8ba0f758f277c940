package emulha.traces.capture.qemu;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import emulha.files.LockedFile;
import emulha.files.Scratch;
import emulha.files.Tree;
import emulha.memory.AddressRanges;
import emulha.memory.Page;
import emulha.names.Names;
import emulha.traces.Clock;
import emulha.traces.Progress;
import emulha.traces.capture.Console;
import emulha.traces.capture.FreePages;
import emulha.traces.capture.GuestDefinition;
import emulha.traces.capture.GuestGoneException;
import emulha.traces.capture.MappedRam;
import emulha.traces.capture.MemoryMapping;
import emulha.traces.capture.Preload;
import emulha.traces.capture.Processes;
import emulha.traces.capture.Programs;
import emulha.traces.capture.Room;
import emulha.traces.capture.tracking.ContentDiffTracker;
import emulha.traces.capture.tracking.Tracking;
import emulha.traces.capture.tracking.WriteTracker;
import java.io.IOException;
import java.net.ConnectException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A QEMU guest that can be recorded: its monitor, its RAM, and its process. Either started here,
 * then closing ends it and removes its RAM; or attached to, then closing lets it run on. Not
 * thread-safe.
 */
public final class QemuGuest implements AutoCloseable {
  /** Longest wait for any answer of QEMU. */
  public static final Duration TIMEOUT = Duration.ofSeconds(30);

  /** Key of the command line in a series' environment: a JSON array. */
  static final String COMMAND = "qemu_command";

  /** Key of what executed the guest's instructions in a series' environment. */
  static final String ACCELERATION = "acceleration";

  /**
   * Hardware that is the same in later versions of QEMU, and of which no instruction asks the host
   * for anything.
   */
  private static final String EXACT_MACHINE = "pc-q35-7.2";

  private static final String EXACT_CPU = "qemu64";

  /** q35: of RAM from this size on, what is beyond 2 GiB lies from 4 GiB on. */
  private static final long SPLIT_RAM_BYTES = 0xb0000000L;

  private static final long LOW_RAM_BYTES = 2L << 30;
  private static final long HIGH_RAM = 4L << 30;

  private static final int MAX_SHIFT = 2;
  private static final long NVDIMM_UNIT = 128L << 20;
  private static final String MAX_MEMORY = "64G";
  private static final Pattern MACHINE = Pattern.compile("--?(M|machine)");
  private static final Pattern CR3 = Pattern.compile("\\bCR3=([0-9a-f]+)");

  private final Identity identity;
  private final long pid;
  private final QmpClient monitor;
  private final MappedRam ram;
  private final @Nullable Started started;
  private final @Nullable LockedFile sole;

  /** What a recording says of a guest. */
  record Identity(
      String name,
      String workload,
      String commandLine,
      boolean freePagesKnown,
      GuestDefinition.Start start,
      Clock clock) {}

  /**
   * What belongs to a guest that was started here.
   *
   * @param ownMachine whether its definition says what machine it is
   * @param untracked why its writes are not tracked from within; null if they are, or need not be
   * @param halts what halts it on its own clock; null on the host's
   */
  private record Started(
      Process process,
      Path directory,
      Path ramFile,
      boolean ownMachine,
      @Nullable String untracked,
      @Nullable GuestClock halts) {
    Console console() {
      return Console.in(directory);
    }
  }

  private QemuGuest(
      Identity identity,
      long pid,
      QmpClient monitor,
      MappedRam ram,
      @Nullable Started started,
      @Nullable LockedFile sole) {
    this.identity = identity;
    this.pid = pid;
    this.monitor = monitor;
    this.ram = ram;
    this.started = started;
    this.sole = sole;
  }

  /**
   * Requires what {@link #start} needs of the system, before time is spent on anything else.
   *
   * @throws IOException if QEMU is not installed; says what to install
   */
  public static void requireInstalled() throws IOException {
    Programs.require("qemu-system-x86_64", "qemu-system-x86");
    Programs.require("setsid", "util-linux");
  }

  /**
   * Boots a guest; on the guest's clock, prepares to.
   *
   * @param tracking whether its writes will be tracked from within
   * @throws IllegalArgumentException if the guest cannot be recorded on its own clock
   * @throws IOException if QEMU is not installed, does not start, or cannot halt a guest on the
   *     guest's clock
   */
  public static QemuGuest start(
      GuestDefinition guest,
      Path directory,
      Tracking tracking,
      Clock clock,
      Acceleration acceleration)
      throws IOException {
    requireInstalled();
    acceleration.require(clock);
    Path sharedMemory = Room.forGuest(guest);
    Path run = Scratch.directory("guest");
    Path ramFile = Scratch.elsewhere(sharedMemory, "ram");
    Process process = null;
    QmpClient monitor = null;
    GuestClock halts = null;
    String untracked = null;
    try {
      List<String> command =
          command(
              guest,
              clock,
              acceleration,
              directory,
              doubledCommas(ramFile) + ",share=on",
              run.resolve("console").toString(),
              doubledCommas(run.resolve("monitor")));
      var builder = process(command, directory, run);
      if (tracking != Tracking.DIFF) {
        try {
          Preload.compile(Preload.WRITE_PROTECT, run.resolve("write-protect.so"))
              .into(builder.environment());
          builder.environment().put(Preload.TRACKED, ramFile.toString());
        } catch (IOException e) {
          if (tracking == Tracking.UFFD) {
            throw e;
          }
          untracked = e.getMessage();
        }
      }
      if (clock.kind() == Clock.Kind.GUEST) {
        halts = GuestClock.in(run);
        halts.preload(builder.environment());
      }
      process = builder.start();
      Scratch.endToo(process);
      monitor = awaitMonitor(process, run, acceleration);
      if (halts != null) {
        halts.connect(TIMEOUT);
      }
      var ram = new MappedRam(ramFile);
      return new QemuGuest(
          new Identity(
              guest.name(),
              guest.workload(),
              recorded(guest, clock, acceleration, directory),
              guest.freePages() != null,
              guest.start(),
              clock),
          process.pid(),
          monitor,
          ram,
          new Started(
              process,
              run,
              ramFile,
              guest.qemu().stream().anyMatch(MACHINE.asMatchPredicate()),
              untracked,
              halts),
          null);
    } catch (IOException | RuntimeException e) {
      try {
        end(process, monitor, halts, run, ramFile);
      } catch (IOException problem) {
        e.addSuppressed(problem);
      }
      throw e;
    }
  }

  /** Ends a guest that was started here, as far as it was, whatever fails at that. */
  private static void end(
      @Nullable Process process,
      @Nullable QmpClient monitor,
      @Nullable GuestClock halts,
      Path run,
      Path ramFile)
      throws IOException {
    try (halts;
        monitor) {
      if (monitor != null) {
        monitor.send("quit", Map.of());
      }
    } catch (GuestGoneException e) {
      // gone already, as wanted
    } finally {
      if (process != null) {
        Scratch.awaitEnd(process);
      }
      try {
        Files.deleteIfExists(ramFile);
      } finally {
        Tree.delete(run);
      }
    }
  }

  /** How QEMU is started: in the guest's directory, which the files on its command line are in. */
  static ProcessBuilder process(List<String> command, Path directory, Path run) {
    var builder = new ProcessBuilder(command);
    builder.directory(directory.toFile());
    builder.redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
    builder.redirectOutput(ProcessBuilder.Redirect.DISCARD);
    builder.redirectError(run.resolve("errors").toFile());
    return builder;
  }

  /**
   * QEMU's command line for a guest. {@code setsid}: the terminal's interrupt must not reach it.
   *
   * @param ram the file behind its RAM, its commas doubled, and how it is shared
   * @param console the file that takes what it writes to its console, as it is
   * @param monitor QMP socket, its commas doubled
   */
  static List<String> command(
      GuestDefinition guest,
      Clock clock,
      Acceleration acceleration,
      Path directory,
      String ram,
      String console,
      String monitor)
      throws IOException {
    boolean exact = clock.kind() == Clock.Kind.GUEST;
    String disk = guest.boot().disk();
    boolean diskInMemory = exact && disk != null;
    var command = new ArrayList<String>();
    command.addAll(List.of("setsid", "qemu-system-x86_64"));
    command.addAll(List.of("-name", guest.name()));
    command.addAll(List.of("-accel", Names.word(acceleration)));
    command.addAll(
        List.of(
            "-M",
            (exact ? EXACT_MACHINE : "q35")
                + ",memory-backend=m,hpet=off"
                + (diskInMemory ? ",nvdimm=on" : "")));
    if (exact) {
      command.addAll(List.of("-cpu", EXACT_CPU, "-smp", "1"));
      command.addAll(List.of("-icount", "shift=" + icountShift(clock) + ",sleep=off", "-S"));
      command.addAll(List.of("-rtc", "base=2020-01-01T00:00:00,clock=vm"));
      // All that QEMU draws at random for a guest, its kernel's seed included.
      command.addAll(List.of("-seed", "1"));
    } else {
      command.addAll(List.of("-cpu", acceleration.cpu(), "-rtc", "clock=vm"));
    }
    String more = diskInMemory ? "M,slots=1,maxmem=" + MAX_MEMORY : "";
    command.addAll(List.of("-m", guest.memoryMib() + more));
    command.addAll(
        List.of(
            "-object", "memory-backend-file,id=m,size=" + guest.memoryMib() + "M,mem-path=" + ram));
    command.addAll(List.of("-nodefaults", "-vga", "none", "-display", "none", "-no-reboot"));
    addOption(command, "-kernel", guest.boot().kernel());
    addOption(command, "-initrd", guest.boot().initrd());
    addOption(command, "-append", guest.boot().append());
    if (disk != null) {
      command.addAll(exact ? persistentMemory(guest, disk, directory) : virtioDisk(disk));
    }
    command.addAll(List.of("-serial", "file:" + console));
    command.addAll(List.of("-qmp", "unix:" + monitor + ",server=on,wait=off"));
    command.addAll(guest.qemu());
    return command;
  }

  private static void addOption(List<String> command, String option, @Nullable String value) {
    if (value != null) {
      command.addAll(List.of(option, value));
    }
  }

  /** A path as one of several options of an argument, which end at a comma unless it is doubled. */
  static String doubledCommas(Path path) {
    return path.toString().replace(",", ",,");
  }

  private static List<String> virtioDisk(String disk) {
    return List.of(
        "-drive",
        "file=" + disk + ",id=d,if=none,format=raw,readonly=on,cache=unsafe",
        // With ioeventfd, QEMU itself writes to the disk's queue whenever the guest halts.
        "-device",
        "virtio-blk-pci,drive=d,ioeventfd=off");
  }

  /**
   * The disk as memory: reads are copies that the guest's own instructions make, so that nothing
   * completes at a moment which the host decides.
   */
  private static List<String> persistentMemory(GuestDefinition guest, String disk, Path directory)
      throws IOException {
    long bytes = Files.size(directory.resolve(disk));
    if (guest.boot().kernel() == null || bytes % NVDIMM_UNIT != 0) {
      throw new IllegalArgumentException(
          "%s: guest %s cannot be recorded on its own clock: %s; build it anew, or record with --clock host"
              .formatted(
                  directory,
                  guest.name(),
                  guest.boot().kernel() == null
                      ? "it boots from its disk"
                      : "the size of its disk is not a multiple of 128 MiB"));
    }
    return List.of(
        "-object",
        "memory-backend-file,id=d,size=" + bytes + ",mem-path=" + disk + ",share=on,readonly=on",
        "-device",
        "nvdimm,id=nv,memdev=d,unarmed=on");
  }

  /** QEMU's {@code -icount shift}: an instruction takes 2^shift ns. */
  private static int icountShift(Clock clock) {
    int shift = Long.numberOfTrailingZeros(1_000_000_000 / clock.instructionsPerSecond());
    if (clock.instructionsPerSecond() << shift != 1_000_000_000 || shift > MAX_SHIFT) {
      throw new IllegalArgumentException(
          clock + ": a guest's clock runs at 1000, 500 or 250 million instructions a second");
    }
    return shift;
  }

  /**
   * The command line as a recording of the guest keeps it: a JSON array of arguments, without what
   * differs from one run to the next.
   */
  static String recorded(
      GuestDefinition guest, Clock clock, Acceleration acceleration, Path directory)
      throws IOException {
    List<String> command =
        command(guest, clock, acceleration, directory, "ram,share=on", "console", "monitor");
    return new ObjectMapper().writeValueAsString(command.subList(1, command.size()));
  }

  static QmpClient awaitMonitor(Process process, Path run, Acceleration acceleration)
      throws IOException {
    Path socket = run.resolve("monitor");
    long deadline = System.nanoTime() + TIMEOUT.toNanos();
    while (true) {
      if (Files.exists(socket)) {
        try {
          return QmpClient.connect(socket, TIMEOUT);
        } catch (GuestGoneException e) {
          // QEMU is about to end and has written why
        } catch (IOException e) {
          // QEMU has made the socket but does not listen yet
          if (!(e.getCause() instanceof ConnectException)) {
            throw e;
          }
        }
      }
      if (Programs.ends(process, 10, "QEMU started")) {
        throw new IOException(
            "QEMU ended at once: %s%s"
                .formatted(
                    errors(run).lines().findFirst().orElse("it gave no reason"),
                    acceleration.otherwise()));
      }
      if (System.nanoTime() - deadline > 0) {
        throw new IOException("QEMU did not open its monitor within " + TIMEOUT.toSeconds() + " s");
      }
    }
  }

  /** What QEMU has said; in whatever encoding the names in it are. */
  static String errors(Path run) throws IOException {
    return new String(Files.readAllBytes(run.resolve("errors")), StandardCharsets.UTF_8).strip();
  }

  /**
   * Attaches to a running guest whose RAM is a {@code memory-backend-file} with {@code share=on}.
   *
   * @param freePages whether its kernel lays out {@code struct page} as Debian's 6.1 does
   * @throws IllegalArgumentException if the guest is paused: it would have to stay so; or another
   *     recorder is at work on it
   */
  public static QemuGuest attach(
      String name, String workload, Path socket, Path ramFile, boolean freePages)
      throws IOException {
    GuestDefinition.requireName(name);
    if (!Files.isRegularFile(ramFile)) {
      throw new IllegalArgumentException(ramFile + ": no such file; name the guest's RAM file");
    }
    LockedFile sole = Processes.soleRecorder(ramFile, "guest " + name);
    QmpClient monitor = null;
    try {
      monitor = QmpClient.connect(socket, TIMEOUT);
      if (!monitor.running()) {
        throw new IllegalArgumentException(
            socket + ": the guest is paused; let it run (cont) before recording it");
      }
      long pid = processThatMaps(ramFile);
      return new QemuGuest(
          new Identity(
              name,
              workload,
              new ObjectMapper()
                  .writeValueAsString(
                      new String(
                              Files.readAllBytes(Path.of("/proc", Long.toString(pid), "cmdline")),
                              StandardCharsets.UTF_8)
                          .split("\0")),
              freePages,
              new GuestDefinition.Start(null, 0),
              Clock.HOST),
          pid,
          monitor,
          new MappedRam(ramFile),
          null,
          sole);
    } catch (IOException | RuntimeException e) {
      if (monitor != null) {
        monitor.close();
      }
      sole.close();
      throw e;
    }
  }

  private static long processThatMaps(Path ramFile) throws IOException {
    long bytes = Files.size(ramFile);
    for (ProcessHandle process : ProcessHandle.allProcesses().toList()) {
      try {
        MemoryMapping.ofFile(process.pid(), ramFile, bytes);
        return process.pid();
      } catch (IOException e) {
        // another program, another user's, or one that just ended
      }
    }
    throw new IOException(ramFile + ": no process maps it; is it this guest's RAM, share=on?");
  }

  public String name() {
    return identity.name;
  }

  Identity identity() {
    return identity;
  }

  /** Where the monitor of a guest that was started here listens. */
  Path monitorSocket() {
    if (started == null) {
      throw new IllegalStateException("the guest was attached to");
    }
    return started.directory.resolve("monitor");
  }

  long pid() {
    return pid;
  }

  QmpClient monitor() {
    return monitor;
  }

  /** What halts the guest on its own clock. */
  GuestClock halts() {
    if (started == null || started.halts == null) {
      throw new IllegalStateException(identity.name + " is on the host's clock");
    }
    return started.halts;
  }

  /** Whether the guest has written that recording may begin, or need not write anything. */
  boolean saysReady() throws IOException {
    return started == null || started.console().says(identity.start.ready());
  }

  /** How long the guest is to run on once it is ready, in ns. */
  long settleNs() {
    return identity.start.settleMs() * 1_000_000;
  }

  /** The last line of its console, for errors. */
  String lastWords() throws IOException {
    return started == null ? "(not known)" : started.console().lastLine();
  }

  MappedRam ram() {
    return ram;
  }

  /** What executes the guest's instructions, by its own word. */
  Acceleration acceleration() throws IOException {
    return monitor.execute("query-kvm").path("enabled").asBoolean()
        ? Acceleration.KVM
        : Acceleration.TCG;
  }

  WriteTracker track(Tracking tracking) throws IOException {
    return tracking == Tracking.AUTO && started != null && started.untracked != null
        ? new ContentDiffTracker(ram.memory(), started.untracked)
        : tracking.open(pid, ram);
  }

  FreePages freePages() throws IOException {
    String registers =
        monitor.execute("human-monitor-command", Map.of("command-line", "info registers")).asText();
    Matcher matcher = CR3.matcher(registers);
    if (!matcher.find()) {
      throw new IOException("QEMU's 'info registers' shows no CR3");
    }
    return new FreePages(ram, Long.parseUnsignedLong(matcher.group(1), 16));
  }

  /** Facts about QEMU for the series' environment. */
  Map<String, String> environment() throws IOException {
    JsonNode version = monitor.execute("query-version");
    JsonNode number = version.path("qemu");
    var facts = new LinkedHashMap<String, String>();
    facts.put(
        "hypervisor",
        "QEMU %s.%s.%s %s"
            .formatted(
                number.path("major").asInt(),
                number.path("minor").asInt(),
                number.path("micro").asInt(),
                version.path("package").asText()));
    boolean tcg = acceleration() == Acceleration.TCG;
    facts.put(
        ACCELERATION,
        identity.clock.kind() == Clock.Kind.GUEST
            ? "TCG, counting instructions"
            : tcg
                ? "TCG: the guest dirties memory far more slowly than a native one"
                : Acceleration.KVM.name());
    facts.put("vcpus", Integer.toString(monitor.execute("query-cpus-fast").size()));
    facts.put(COMMAND, identity.commandLine);
    long ramBytes = ram.pages() << Page.SHIFT;
    if (started != null && ramBytes >= SPLIT_RAM_BYTES && !started.ownMachine) {
      facts.put(AddressRanges.KEY, splitAddresses(ramBytes).toString());
    }
    return facts;
  }

  /** Where a q35 has so much RAM that is split; in its file, one part follows the other. */
  static AddressRanges splitAddresses(long ramBytes) {
    return new AddressRanges(
        List.of(
            new AddressRanges.Range(0, LOW_RAM_BYTES >>> Page.SHIFT),
            new AddressRanges.Range(
                HIGH_RAM >>> Page.SHIFT, (ramBytes - LOW_RAM_BYTES) >>> Page.SHIFT)));
  }

  /**
   * CPU and device state of the halted guest, by {@code xen-save-devices-state}: a migration stream
   * without RAM.
   */
  byte[] deviceState() throws IOException {
    Path file = Scratch.file("state");
    try {
      monitor.execute("xen-save-devices-state", Map.of("filename", file.toString(), "live", true));
      return Files.readAllBytes(file);
    } finally {
      Files.deleteIfExists(file);
    }
  }

  /**
   * Waits until a guest on the host's clock says that recording may begin, and then as long as it
   * asks to settle. Guests that were attached to are ready.
   *
   * @throws IOException if it ends first or does not get ready in time
   */
  public void awaitReady(Duration timeout, Progress progress, BooleanSupplier interrupted)
      throws IOException {
    if (started == null) {
      return;
    }
    String task = identity.name + ": waiting for the guest";
    long begin = System.nanoTime();
    while (!interrupted.getAsBoolean() && !saysReady()) {
      requireAlive(100);
      long waited = System.nanoTime() - begin;
      if (waited > timeout.toNanos()) {
        throw notReady(timeout.toSeconds() + " s");
      }
      progress.step(task, waited / 1_000_000_000, timeout.toSeconds());
    }
    long settled = System.nanoTime() + settleNs();
    while (System.nanoTime() - settled < 0 && !interrupted.getAsBoolean()) {
      requireAlive(Math.min(100, Math.max(1, (settled - System.nanoTime()) / 1_000_000)));
    }
  }

  /** The error of a guest that does not get ready. */
  IOException notReady(String limit) throws IOException {
    return new IOException(
        "%s: the guest did not write '%s' within %s; its console ends with: %s"
            .formatted(identity.name, identity.start.ready(), limit, lastWords()));
  }

  private void requireAlive(long waitMs) throws IOException {
    if (started != null && Programs.ends(started.process, waitMs, "waiting for the guest")) {
      throw new GuestGoneException(
          identity.name
              + ": the guest ended before it was ready; its console ends with: "
              + lastWords());
    }
  }

  /** How many bytes the guest has written to its console; -1 for one that was attached to. */
  long consoleBytes() throws IOException {
    return started == null ? -1 : Files.size(started.console().file());
  }

  /** Copies what the guest wrote to its console so far; nothing for one that was attached to. */
  public void saveConsole(Path file) throws IOException {
    if (started != null) {
      started.console().save(file);
    }
  }

  @Override
  public void close() throws IOException {
    try (sole;
        ram) {
      if (started == null) {
        monitor.close();
      } else {
        end(started.process, monitor, started.halts, started.directory, started.ramFile);
      }
    }
  }
}
