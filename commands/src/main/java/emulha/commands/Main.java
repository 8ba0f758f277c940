package emulha.commands;

import com.beust.jcommander.JCommander;
import com.beust.jcommander.ParameterException;
import emulha.commands.experiments.AdviseCommand;
import emulha.commands.experiments.DemoCommand;
import emulha.commands.experiments.LearnCommand;
import emulha.commands.experiments.ProfileCommand;
import emulha.commands.experiments.ReproduceCommand;
import emulha.commands.experiments.SweepCommand;
import emulha.commands.experiments.TestbedCommand;
import emulha.commands.options.Command;
import emulha.commands.replay.KeysCommand;
import emulha.commands.replay.ReceiveCommand;
import emulha.commands.replay.RecoverCommand;
import emulha.commands.replay.ReduceCommand;
import emulha.commands.replay.ResumeCommand;
import emulha.commands.replay.SendCommand;
import emulha.commands.results.CompareCommand;
import emulha.commands.results.FiguresCommand;
import emulha.commands.results.NotebooksRunCommand;
import emulha.commands.results.NotebooksSetupCommand;
import emulha.commands.terminal.Interrupt;
import emulha.commands.terminal.Printable;
import emulha.commands.terminal.ThisProgram;
import emulha.commands.traces.TracesCaptureProcessCommand;
import emulha.commands.traces.TracesCaptureQemuCommand;
import emulha.commands.traces.TracesCaptureShimCommand;
import emulha.commands.traces.TracesCaptureUmlCommand;
import emulha.commands.traces.TracesCorpusCommand;
import emulha.commands.traces.TracesDigestCommand;
import emulha.commands.traces.TracesExportCommand;
import emulha.commands.traces.TracesFitCommand;
import emulha.commands.traces.TracesImageCommand;
import emulha.commands.traces.TracesImportCommand;
import emulha.commands.traces.TracesInfoCommand;
import emulha.commands.traces.TracesMergeCommand;
import emulha.commands.traces.TracesPackCommand;
import emulha.commands.traces.TracesScanCommand;
import emulha.commands.traces.TracesSliceCommand;
import emulha.commands.traces.TracesStatsCommand;
import emulha.commands.traces.TracesSynthCommand;
import emulha.commands.traces.TracesTrimCommand;
import emulha.commands.traces.TracesUnpackCommand;
import emulha.commands.traces.TracesVerifyCommand;
import emulha.emulharcv.stores.StoreLocation;
import emulha.files.Scratch;
import emulha.names.Names;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.ServiceConfigurationError;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The command line. Exit codes: 0 done; 1 failed, with one line on standard error that says what,
 * where and what to do; 2 not understood; 130 interrupted.
 */
public final class Main {
  private static final List<Entry> COMMANDS =
      List.of(
          new Entry("demo", "Replay the bundled recordings, and draw figures", DemoCommand::new),
          new Entry(
              "emulhacp",
              "Send a series' checkpoints to a receiver, and measure",
              SendCommand::new),
          new Entry(
              "emulharcv",
              "Receive checkpoints and keep the fail-over images",
              ReceiveCommand::new),
          new Entry(
              "reduce",
              "Compress series without network and clock: the same bytes, deterministic",
              ReduceCommand::new),
          new Entry("recover", "Rebuild the images from a receiver's store", RecoverCommand::new),
          new Entry(
              "resume",
              "Let a recorded guest go on from a fail-over image, in QEMU",
              ResumeCommand::new),
          new Entry("traces capture qemu", "Record QEMU guests", TracesCaptureQemuCommand::new),
          new Entry(
              "traces capture uml",
              "Record a User-Mode Linux guest, at the host's own speed",
              TracesCaptureUmlCommand::new),
          new Entry(
              "traces capture process",
              "Record the private memory of a process",
              TracesCaptureProcessCommand::new),
          new Entry(
              "traces capture shim",
              "Make the library that tracks the writes of a QEMU started elsewhere",
              TracesCaptureShimCommand::new),
          new Entry("traces import", "Make a series of a recording", TracesImportCommand::new),
          new Entry(
              "traces export",
              "Give a recording to another tool: as plain files or an image",
              TracesExportCommand::new),
          new Entry("traces info", "Describe series", TracesInfoCommand::new),
          new Entry("traces verify", "Prove series intact", TracesVerifyCommand::new),
          new Entry("traces digest", "One digest of what a guest did", TracesDigestCommand::new),
          new Entry(
              "traces corpus",
              "Make the recordings of a corpus again, and check their digests",
              TracesCorpusCommand::new),
          new Entry(
              "traces image",
              "Write the RAM image that a series leads to",
              TracesImageCommand::new),
          new Entry(
              "traces merge",
              "Make a series of a longer interval, a multiple of its own",
              TracesMergeCommand::new),
          new Entry("traces slice", "Take some of a series' checkpoints", TracesSliceCommand::new),
          new Entry(
              "traces trim",
              "Reduce a series' base to the pages that it touches",
              TracesTrimCommand::new),
          new Entry("traces pack", "Pack a series into an archive", TracesPackCommand::new),
          new Entry("traces unpack", "Unpack an archive", TracesUnpackCommand::new),
          new Entry("traces stats", "Characterise series", TracesStatsCommand::new),
          new Entry("traces synth", "Synthesise series from a profile", TracesSynthCommand::new),
          new Entry("traces fit", "Fit profiles' checkpoint sizes", TracesFitCommand::new),
          new Entry("traces scan", "Time ways of scanning a dirty bitmap", TracesScanCommand::new),
          new Entry("sweep", "Run a grid of traces, methods and intervals", SweepCommand::new),
          new Entry(
              "reproduce", "Do a paper's experiments again, and report", ReproduceCommand::new),
          new Entry(
              "testbed", "Run a sweep between two hosts made on this machine", TestbedCommand::new),
          new Entry(
              "advise",
              "Advise on a method for a recording, a link and limits",
              AdviseCommand::new),
          new Entry(
              "learn",
              "Learn from a recording what stages cost, for auto to choose by",
              LearnCommand::new),
          new Entry(
              "profile",
              "Time the encoding of each page, by what became of it",
              ProfileCommand::new),
          new Entry(
              "compare", "Set two methods of results against each other", CompareCommand::new),
          new Entry("figures", "Draw the figures of results", FiguresCommand::new),
          new Entry(
              "notebooks setup",
              "Fetch the Java kernel for the notebooks, and tell Jupyter",
              NotebooksSetupCommand::new),
          new Entry(
              "notebooks run",
              "Make the notebooks' results, and execute the notebooks",
              NotebooksRunCommand::new),
          new Entry("keys", "Make certificates and a shared secret, for tests", KeysCommand::new),
          new Entry("methods", "List the compression methods and their keys", MethodsCommand::new),
          new Entry("version", "Show the versions of emulha and of the JVM", VersionCommand::new));

  /** A command's words, what it does in one line, and how to make it. */
  private record Entry(String name, String summary, Supplier<Command> factory) {
    int words() {
      return (int) name.chars().filter(c -> c == ' ').count() + 1;
    }
  }

  private static final Pattern UNEXPECTED_ARGUMENT =
      Pattern.compile("^Was passed main parameter '(.*)' but no main parameter");

  private static final String REQUIRED = "The following options are required: ";

  private static final List<String> HELP = List.of("help", "--help", "-h");
  private static final List<String> VERSION = List.of("--version", "-V");

  /** What the parser prints of an option that has no default. */
  private static final Pattern NO_DEFAULT =
      Pattern.compile("\\s*Default: (<empty string>|\\[\\])\\s*");

  private static final String VARIABLES =
      """

      Environment:
        JAVA_HOME              a JDK to prefer
        EMULHA_JAVA_OPTS       more options for the JVM, such as -Xmx8g
        EMULHA_CLASSPATH       more jars, for example with methods of your own
        EMULHA_AOT             off: do without the JVM's ahead-of-time cache
        EMULHA_REDIS_PASSWORD  password of the Redis servers named on the command line
        TMPDIR                 where temporary files go, native libraries among them: not mounted noexec
      """;

  static {
    ThisProgram.isStartedBy(Main.class);
  }

  private final PrintStream out;
  private final PrintStream err;

  public Main(PrintStream out, PrintStream err) {
    this.out = out;
    this.err = err;
  }

  /** Runs a command and ends the JVM. */
  public static void main(String[] args) {
    // Some languages have digits of their own, which names of files and of runs must not have.
    Locale.setDefault(Locale.Category.FORMAT, Locale.ROOT);
    useErrorStreamOfLauncher();
    ThisProgram.endWithParent();
    Scratch.begin(Interrupt::awaitAll);
    System.exit(new Main(System.out, System.err).run(args));
  }

  /**
   * Makes standard error the descriptor that the launcher names. Until then it is a filter, which
   * drops the JVM's warning of its incubator module.
   */
  private static void useErrorStreamOfLauncher() {
    Integer descriptor = Integer.getInteger("emulha.stderr");
    if (descriptor != null) {
      Linker linker = Linker.nativeLinker();
      var number = ValueLayout.JAVA_INT;
      MethodHandle dup2 =
          linker.downcallHandle(
              linker.defaultLookup().findOrThrow("dup2"),
              FunctionDescriptor.of(number, number, number));
      try {
        int result = (int) dup2.invokeExact((int) descriptor, 2);
        if (result != 2) {
          System.err.println("emulha: standard error stays filtered");
        }
      } catch (Throwable e) {
        throw new AssertionError("dup2 throws nothing", e);
      }
    }
  }

  /** Runs a command and returns the exit code. */
  public int run(String... args) {
    if (args.length == 0 || HELP.contains(args[0])) {
      out.print(overview(""));
      return 0;
    }
    if (VERSION.contains(args[0])) {
      return run("version");
    }
    Entry entry = find(args);
    if (entry == null) {
      String group = String.join(" ", Arrays.copyOf(args, args.length - 1)) + " ";
      if (HELP.contains(args[args.length - 1]) && !names(group).isEmpty()) {
        out.print(overview(group));
        return 0;
      }
      err.println("emulha: " + Printable.text(unknown(args)));
      return 2;
    }
    Command command = entry.factory().get();
    command.setCommandLine(args);
    JCommander parser = parser(entry, command);
    try {
      parse(parser, command, entry, args);
      if (command.help) {
        out.println(entry.summary() + ".");
        out.print(usage(entry, parser));
        return 0;
      }
      command.run(out, err);
      return 0;
    } catch (ParameterException e) {
      err.println(
          line(entry, misunderstood(e, parser) + "; see emulha " + entry.name() + " --help"));
      return 2;
    } catch (InterruptedException e) {
      return 130;
    } catch (Exception | Error e) {
      err.println(line(entry, describe(e, command.debug ? "" : "; run again with --debug")));
      if (command.debug) {
        e.printStackTrace(err);
      }
      return 1;
    }
  }

  /** What to do about an error that is not this program's own. */
  static String problem(Error error) {
    for (Throwable cause = error; cause != null; cause = cause.getCause()) {
      // It can befall whoever loads a class or a provider, who then blames that.
      if (cause instanceof OutOfMemoryError) {
        return "out of memory (%s); give it more with EMULHA_JAVA_OPTS=-Xmx…, or less to do"
            .formatted(cause.getMessage());
      }
    }
    return error instanceof LinkageError loading
        ? NativeLoading.problem(loading, Scratch.base())
        : "a jar on EMULHA_CLASSPATH cannot be used: " + error.getMessage();
  }

  private static JCommander parser(Entry entry, Command command) {
    JCommander parser =
        JCommander.newBuilder().resourceBundle(command.descriptions()).addObject(command).build();
    parser.setProgramName("emulha " + entry.name());
    parser.setExpandAtSign(false);
    parser.setColumnSize(100);
    return parser;
  }

  private static void parse(JCommander parser, Command command, Entry entry, String... args) {
    List<String> given = List.of(Arrays.copyOfRange(args, entry.words(), args.length));
    parser.parse(command.arguments(given).toArray(String[]::new));
  }

  private static String usage(Entry entry, JCommander parser) {
    var usage = new StringBuilder();
    parser.getUsageFormatter().usage(usage);
    var shown = new StringBuilder();
    usage
        .toString()
        .lines()
        .filter(line -> !NO_DEFAULT.matcher(line).matches())
        .forEach(line -> shown.append(line).append('\n'));
    List<String> examples = Examples.of(entry.name());
    if (!examples.isEmpty()) {
      shown.append(examples.size() == 1 ? "  Example:\n" : "  Examples:\n");
      examples.forEach(line -> shown.append("    emulha ").append(line).append('\n'));
    }
    return shown.toString();
  }

  /** Whether a command line is understood as far as the parser goes; nothing is run. */
  static boolean isUnderstood(String... args) {
    Entry entry = find(args);
    if (entry == null) {
      return false;
    }
    try {
      Command command = entry.factory().get();
      parse(parser(entry, command), command, entry, args);
      return true;
    } catch (ParameterException e) {
      return false;
    }
  }

  /** The command that a command line begins with, in its words; empty if there is none. */
  static String commandOf(String... args) {
    Entry entry = find(args);
    return entry == null ? "" : entry.name();
  }

  private static String line(Entry entry, String message) {
    String one = StoreLocation.masked(message.strip().replaceAll("\\s*\\R\\s*", " "));
    return "emulha " + entry.name() + ": " + Printable.text(shortened(one));
  }

  private static final int MAX_MESSAGE = 2000;

  /** A message may quote what a file holds, of any length. */
  private static String shortened(String text) {
    return text.length() <= MAX_MESSAGE
        ? text
        : text.substring(0, MAX_MESSAGE) + " … (" + text.length() + " characters)";
  }

  /**
   * What went wrong; messages of the file system alone may be only a path.
   *
   * @param advice on errors of this program's own
   */
  private static String describe(Throwable problem, String advice) {
    String message = problem.getMessage();
    return switch (problem) {
      case NoSuchFileException _ -> message + ": no such file or directory";
      case FileAlreadyExistsException _ -> message + ": exists already";
      case AccessDeniedException _ -> message + ": permission denied";
      case DirectoryNotEmptyException _ -> message + ": directory is not empty";
      case NotDirectoryException _ -> message + ": not a directory";
      // What a walk through directories throws in place of the one that it met.
      case UncheckedIOException e -> describe(e.getCause(), advice);
      case IOException _, IllegalArgumentException _ ->
          message == null ? problem.toString() : message;
      case OutOfMemoryError e -> problem(e);
      case ServiceConfigurationError e -> problem(e);
      case LinkageError e -> problem(e);
      default -> "internal error: " + problem + advice;
    };
  }

  /** The parser's complaint in our words, with the alternatives. */
  private static String misunderstood(ParameterException problem, JCommander parser) {
    String message = String.valueOf(problem.getMessage());
    Matcher unexpected = UNEXPECTED_ARGUMENT.matcher(message);
    if (unexpected.find()) {
      String argument = unexpected.group(1);
      if (!argument.startsWith("-")) {
        return "unexpected argument '%s'".formatted(argument);
      }
      List<String> options =
          parser.getParameters().stream().map(p -> p.getLongestName()).sorted().toList();
      return "unknown option '%s'%s; available: %s"
          .formatted(argument, Names.meant(argument, options), String.join(", ", options));
    }
    return message.startsWith(REQUIRED) ? REQUIRED + missing(message, parser) : message;
  }

  /** The options that a complaint names, in the order of the help. */
  private static String missing(String message, JCommander parser) {
    return parser.getParameters().stream()
        .filter(p -> message.contains("[" + p.getNames() + "]"))
        .sorted(Comparator.comparingInt(p -> p.getParameter().order()))
        .map(p -> "[" + p.getNames() + "]")
        .collect(Collectors.joining(", "));
  }

  private static @Nullable Entry find(String[] args) {
    return COMMANDS.stream()
        .filter(entry -> args.length >= entry.words())
        .filter(entry -> entry.name().equals(String.join(" ", Arrays.copyOf(args, entry.words()))))
        .findFirst()
        .orElse(null);
  }

  private static String unknown(String[] args) {
    String group = "";
    int words = 0;
    while (words < args.length && !members(group + args[words] + " ").isEmpty()) {
      group += args[words] + " ";
      words++;
    }
    String available = names(group);
    if (words == args.length) {
      return "'%s' needs a %s word; available: %s"
          .formatted(group.strip(), words == 1 ? "second" : "third", available);
    }
    String typed = group + args[words];
    List<String> meant =
        words == 0
            ? members("").stream().map(name -> name.split(" ")[0]).distinct().toList()
            : members(group);
    return "unknown command '%s'%s; available: %s"
        .formatted(typed, Names.meant(typed, meant), available);
  }

  private static List<String> members(String prefix) {
    return COMMANDS.stream().map(Entry::name).filter(name -> name.startsWith(prefix)).toList();
  }

  /** Names of the commands that begin so, joined by commas. */
  static String names(String prefix) {
    return String.join(", ", members(prefix));
  }

  /** What the commands do that begin so. */
  private static String overview(String prefix) {
    List<Entry> entries =
        COMMANDS.stream().filter(entry -> entry.name().startsWith(prefix)).toList();
    int width = entries.stream().mapToInt(entry -> entry.name().length()).max().orElse(0);
    String line = "  %-" + width + "s  %s";
    return entries.stream()
        .map(entry -> line.formatted(entry.name(), entry.summary()))
        .collect(
            Collectors.joining(
                "\n",
                "Usage: emulha %sCOMMAND [options]\n\n".formatted(prefix),
                "\n\nemulha COMMAND --help shows a command's options and examples.\n"
                    + (prefix.isEmpty() ? VARIABLES : "")));
  }
}
