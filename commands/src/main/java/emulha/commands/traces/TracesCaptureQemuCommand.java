package emulha.commands.traces;

import com.beust.jcommander.Parameter;
import com.beust.jcommander.ParameterException;
import emulha.commands.options.Command;
import emulha.commands.options.Values;
import emulha.commands.options.Verbatim;
import emulha.commands.terminal.Interrupt;
import emulha.commands.terminal.Progress;
import emulha.commands.terminal.ThisProgram;
import emulha.files.Closing;
import emulha.names.Names;
import emulha.traces.Clock;
import emulha.traces.Interval;
import emulha.traces.capture.GuestDefinition;
import emulha.traces.capture.Recorders;
import emulha.traces.capture.corpus.Recipes;
import emulha.traces.capture.qemu.Acceleration;
import emulha.traces.capture.qemu.GuestCapture;
import emulha.traces.capture.qemu.QemuGuest;
import emulha.traces.capture.tracking.Tracking;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

public final class TracesCaptureQemuCommand extends Command {
  /** Speeds of a guest's clock, in millions of instructions a second. */
  private static final List<Integer> MIPS = List.of(1000, 500, 250);

  @Parameter(
      splitter = Verbatim.class,
      description =
          "DESTINATION: the series, packed while it is recorded if its name ends in .tar.zst; with"
              + " several guests a directory with one for each")
  List<String> arguments = new ArrayList<>();

  @Parameter(
      names = "--recipe",
      description = "Build the guest of traces/recipes/NAME.sh under out/guests, and record it")
  String recipe = "";

  @Parameter(
      names = "--vm",
      splitter = Verbatim.class,
      description =
          "[NAME=]DIR: boot and record the guest in DIR; repeated: all at the same instants")
  List<String> guests = new ArrayList<>();

  @Parameter(
      names = "--attach",
      splitter = Verbatim.class,
      description =
          "NAME=SOCKET,RAM_FILE: record a running guest, through its QMP socket and the file behind"
              + " its RAM (memory-backend-file, share=on)")
  List<String> attached = new ArrayList<>();

  @Parameter(
      names = "--ram",
      description = "RAM of each guest of --recipe and --vm, such as 256MiB; by default its own")
  String ram = "";

  @Parameter(names = "--workload", description = "What runs in the attached guests")
  String workload = "not known";

  @Parameter(names = "--checkpoints", description = "How many checkpoints to record")
  int checkpoints = 40;

  @Parameter(names = "--interval", description = "Guest time between checkpoints")
  String interval = "25ms";

  @Parameter(
      names = "--accel",
      description = "What executes the guest's instructions: tcg, or kvm, at native rates")
  String accel = Names.word(Acceleration.TCG);

  @Parameter(
      names = "--clock",
      description =
          "On whose clock: guest, which counts its instructions, so that intervals are exact and the"
              + " same bytes are recorded each time (the default); or host (the default with --attach"
              + " and with --accel kvm)")
  String clock = "";

  @Parameter(
      names = "--speed",
      description =
          "Speed of the guest's clock in instructions a second: 1000MIPS, 500MIPS or 250MIPS")
  String speed = "";

  @Parameter(names = "--pack", description = "Pack each of several guests' series into a .tar.zst")
  boolean pack;

  @Parameter(names = "--tracker", description = "How written pages are known: auto, uffd or diff")
  String tracker = Names.word(Tracking.AUTO);

  @Parameter(
      names = "--no-check",
      description = "Do not compare each checkpoint with a full content diff")
  boolean noCheck;

  @Parameter(names = "--no-free-pages", description = "Do not record the guest's free pages")
  boolean noFreePages;

  @Parameter(names = "--device-state", description = "Record CPU and device state, too")
  boolean deviceState;

  @Parameter(
      names = "--realtime",
      description = "Record at real-time priority, for exact intervals on a busy machine (root)")
  boolean realTime;

  @Parameter(
      names = "--boot-timeout",
      description = "Longest wait for a guest to get ready, on the clock of --clock")
  String bootTimeout = "600s";

  @Parameter(
      names = "--console",
      description = "Directory for what the guests wrote to their consoles")
  String console = "";

  @Override
  public void run(PrintStream out, PrintStream err) throws IOException {
    require(arguments.size() == 1, "DESTINATION");
    if ((recipe.isEmpty() ? 0 : 1) + (guests.isEmpty() ? 0 : 1) + (attached.isEmpty() ? 0 : 1)
        != 1) {
      throw new ParameterException(
          "takes one of --recipe ("
              + String.join(", ", recipes().names())
              + "), --vm and --attach");
    }
    if (!ram.isEmpty() && !attached.isEmpty()) {
      throw new ParameterException("--ram is for --recipe and --vm: an attached guest has its RAM");
    }
    Acceleration acceleration = acceleration();
    Clock recordedOn = clock(acceleration);
    Path destination = Path.of(arguments.getFirst());
    var plan =
        new GuestCapture.Plan(
            checkpoints,
            Interval.ofMilliseconds(Values.milliseconds("--interval", interval)),
            Names.constant("tracker", tracker, Tracking.class),
            !noCheck,
            !noFreePages,
            deviceState,
            realTime);
    Duration timeout = Values.duration("--boot-timeout", bootTimeout);
    Recorders.requireAbsent(destination);
    if (attached.isEmpty()) {
      QemuGuest.requireInstalled();
    }
    Map<GuestDefinition, Path> definitions = definitions(err);
    var running = new ArrayList<QemuGuest>();
    try (var interrupt = new Interrupt();
        var progress = Progress.on(err)) {
      try {
        for (Map.Entry<GuestDefinition, Path> each : definitions.entrySet()) {
          running.add(
              QemuGuest.start(
                  sized(each.getKey()),
                  each.getValue(),
                  plan.tracking(),
                  recordedOn,
                  acceleration));
        }
        for (String each : attached) {
          running.add(attach(each));
        }
        GuestCapture.awaitReady(running, timeout, progress::at, interrupt::requested);
        List<Path> series =
            running.size() == 1
                ? List.of(destination)
                : running.stream()
                    .map(guest -> destination.resolve(guest.name() + (pack ? ".tar.zst" : "")))
                    .toList();
        GuestCapture.record(running, series, plan, progress::at, interrupt::requested);
        if (!console.isEmpty()) {
          Files.createDirectories(Path.of(console));
          for (QemuGuest guest : running) {
            guest.saveConsole(Path.of(console, guest.name() + ".txt"));
          }
        }
        for (Path each : series) {
          out.println(Recorded.line(each));
        }
      } finally {
        Closing.all(running, QemuGuest::close);
      }
    }
  }

  private Acceleration acceleration() {
    Acceleration acceleration = Names.constant("acceleration", accel, Acceleration.class);
    if (acceleration == Acceleration.KVM && !attached.isEmpty()) {
      throw new ParameterException(
          "--accel is for --recipe and --vm: an attached guest has its own");
    }
    return acceleration;
  }

  private Clock clock(Acceleration acceleration) {
    boolean guest =
        clock.isEmpty()
            ? attached.isEmpty() && acceleration == Acceleration.TCG
            : Clock.Kind.of(clock) == Clock.Kind.GUEST;
    if (guest && !attached.isEmpty()) {
      throw new ParameterException(
          "--attach records on the host's clock: a guest that runs already cannot be given another");
    }
    if (!guest && !speed.isEmpty()) {
      throw new ParameterException("--speed is for --clock guest");
    }
    if (!guest) {
      return Clock.HOST;
    }
    int mips =
        Values.named(
            name -> Names.choose("speed", name, MIPS, one -> one + "MIPS"),
            speed.isEmpty() ? "1000MIPS" : speed);
    return Clock.guest(mips * 1_000_000L);
  }

  private GuestDefinition sized(GuestDefinition guest) {
    return ram.isEmpty() ? guest : guest.withMemoryMib(Values.mebibytes("--ram", ram));
  }

  private QemuGuest attach(String text) throws IOException {
    int equals = text.indexOf('=');
    int comma = text.indexOf(',', equals);
    if (equals < 1 || comma < 0) {
      throw new ParameterException("--attach takes NAME=SOCKET,RAM_FILE, got '" + text + "'");
    }
    return QemuGuest.attach(
        text.substring(0, equals),
        workload,
        Path.of(text.substring(equals + 1, comma)),
        Path.of(text.substring(comma + 1)),
        false);
  }

  private Map<GuestDefinition, Path> definitions(PrintStream err) throws IOException {
    var found = new LinkedHashMap<GuestDefinition, Path>();
    if (!recipe.isEmpty()) {
      found.putAll(Recipes.guests(build(err)));
    }
    for (String text : guests) {
      int equals = text.indexOf('=');
      Path directory = Path.of(text.substring(equals + 1));
      GuestDefinition definition = GuestDefinition.read(directory);
      if (equals >= 0) {
        definition = definition.withName(text.substring(0, equals));
      }
      if (found.put(definition, directory) != null) {
        throw new IllegalArgumentException(
            "two guests are called " + definition.name() + "; name them: --vm NAME=DIR");
      }
    }
    return found;
  }

  private Path build(PrintStream err) throws IOException {
    Path built = ThisProgram.root().resolve("out").resolve("guests").resolve(recipe);
    if (!Files.exists(built)) {
      err.println("Building the guest in " + built);
      try {
        recipes().build(recipe, List.of(), built);
      } catch (IllegalArgumentException e) {
        throw new ParameterException(e.getMessage(), e);
      }
    }
    return built;
  }

  /** The recipes that came with the program. */
  static Recipes recipes() {
    return new Recipes(ThisProgram.root().resolve("traces").resolve("recipes"));
  }
}
