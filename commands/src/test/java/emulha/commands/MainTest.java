package emulha.commands;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.beust.jcommander.ParameterException;
import emulha.commands.options.Values;
import emulha.commands.terminal.ThisProgram;
import emulha.papers.Paper;
import emulha.wire.Connection;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceConfigurationError;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The contract of the command line with scripts: exit codes, and one line per failure. Without it a
 * batch of experiments could take a mistyped option for a result.
 */
final class MainTest extends CommandTest {
  static {
    ThisProgram.isStartedBy(Main.class);
  }

  private int run(String line) {
    return run(line.isEmpty() ? new String[0] : line.split(" "));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          demoo                | unknown command 'demoo'
          methods --nmaes      | unknown option '--nmaes'
          methods gzip         | unexpected argument 'gzip'
          """)
  void misunderstoodIsOneLineWithAlternatives(String line, String expected) {
    assertEquals(2, run(line));
    assertEquals(1, error().lines().count(), error());
    assertTrue(error().startsWith("emulha") && error().contains(expected), error());
    assertEquals("", output());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "help", "--help", "-h"})
  void helpListsEveryCommand(String line) {
    assertEquals(0, run(line));
    for (String command : Main.names("").split(", ")) {
      assertTrue(output().contains("\n  " + command + " "), output());
    }
    assertEquals("", error());
  }

  @Test
  void everyCommandHasHelp() {
    for (String command : Main.names("").split(", ")) {
      assertEquals(0, run(command + " --help"), command);
      assertTrue(output().contains("Usage: emulha " + command), output());
      assertTrue(output().contains("--debug"), output());
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          reduce          | --trace --out
          reduce --trace nowhere --out nowhere | --method --native
          emulhacp        | --to], [--trace --method --out
          figures         | --in --out
          traces import   | FORMAT SOURCE DESTINATION
          traces export   | FORMAT SERIES
          traces info     | one series or several
          traces verify   | one series or several
          traces pack     | SERIES and ARCHIVE
          traces unpack   | ARCHIVE.tar.zst and DIRECTORY
          """)
  void requiredOptionsAreRequired(String line, String missing) {
    assertEquals(2, run(line));
    assertEquals(1, error().lines().count(), error());
    for (String word : missing.split(" ")) {
      assertTrue(error().contains(word), error());
    }
  }

  /** Under another name no sweep, notebook or recording could start this program again. */
  @Test
  void isWhatIsStartedAgain() {
    assertEquals(Main.class.getName(), ThisProgram.commandLine().getLast());
  }

  @Test
  void methodsListsWhatCanBeParsed() {
    assertEquals(0, run("methods --names"));
    assertTrue(output().lines().toList().contains("none"), output());
    // One that runs a library is no method without the library's name.
    output()
        .lines()
        .filter(name -> !emulha.codecs.Method.runsForeignCode(name))
        .forEach(emulha.codecs.Method::parse);
  }

  // Without it one stage that cannot be described would hide all that come after it.
  @Test
  void methodsDescribesEveryOne() {
    assertEquals(0, run("methods --names"));
    var names = output().lines().toList();
    assertEquals(0, run("methods"), error());
    for (String name : names) {
      assertTrue(output().contains("\n" + name + " - "), name);
    }
    assertEquals(names.size(), output().lines().filter(line -> line.contains("Source:")).count());
  }

  // A list of forty commands hides the one that was meant.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          dmeo                 | unknown command 'dmeo'; did you mean demo?
          swep --dry-run       | unknown command 'swep'; did you mean sweep?
          trcaes info x        | unknown command 'trcaes'; did you mean traces?
          traces inof x        | unknown command 'traces inof'; did you mean traces info?
          traces capture qmeu  | unknown command 'traces capture qmeu'; did you mean traces capture qemu?
          methods --naems      | unknown option '--naems'; did you mean --names?
          quux                 | unknown command 'quux'; available:
          """)
  void nearMissesAreNamed(String line, String expected) {
    assertEquals(2, run(line));
    assertEquals(1, error().lines().count(), error());
    assertTrue(error().contains(expected), error());
  }

  @ParameterizedTest
  @CsvSource({
    "traces, traces import",
    "traces capture, traces capture qemu",
    "notebooks, notebooks run"
  })
  void aGroupHasHelp(String group, String member) {
    assertEquals(0, run(group + " --help"), error());
    assertTrue(output().startsWith("Usage: emulha " + group + " COMMAND"), output());
    assertTrue(output().contains("\n  " + member + " "), output());
    assertTrue(!output().contains("\n  demo "), output());
  }

  @ParameterizedTest
  @ValueSource(strings = {"--version", "-V", "version"})
  void versionIsAnOptionToo(String line) {
    assertEquals(0, run(line));
    assertTrue(output().startsWith("emulha "), output());
  }

  // An example that the program refuses is worse than none.
  @Test
  void everyCommandShowsExamplesThatAreUnderstood() {
    for (String command : Main.names("").split(", ")) {
      assertTrue(!Examples.of(command).isEmpty(), "no example of " + command);
      for (String line : Examples.of(command)) {
        assertTrue(line.equals(command) || line.startsWith(command + " "), line);
        assertTrue(Main.isUnderstood(line.split(" ")), line);
      }
      assertEquals(0, run(command + " --help"));
      assertTrue(output().contains("    emulha " + Examples.of(command).getFirst()), output());
      assertTrue(!output().contains("<empty string>"), output());
      assertTrue(!output().contains("%%"), output());
    }
  }

  /** A paper that the help does not name is not found. */
  @Test
  void helpNamesThePapers() {
    assertEquals(0, run("reproduce --help"));
    assertTrue(
        output().contains(" hou2013, fernando2024, fitdoc, ") && output().contains(" or "),
        output());
    for (Paper paper : Paper.values()) {
      assertTrue(output().contains(paper.label()), output());
      assertEquals(paper, Paper.named(paper.label()));
    }
  }

  @Test
  void helpListsTheEnvironment() {
    assertEquals(0, run("help"));
    for (String name :
        new String[] {"JAVA_HOME", "EMULHA_JAVA_OPTS", "EMULHA_CLASSPATH", "EMULHA_AOT"}) {
      assertTrue(output().contains("\n  " + name + " "), output());
    }
  }

  // Named in digits of another language, a store's checkpoints would not be found again.
  @Test
  void digitsAreTheSameInEveryLanguage() throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(ThisProgram.commandLine());
    command.addAll(1, List.of("-Duser.language=fa", "-Duser.country=IR"));
    command.addAll(List.of("traces", "merge", "a", "b", "--every", "0"));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(2, process.waitFor(), said);
    assertTrue(said.contains("a number from 1 on, not '0'"), said);
  }

  // Refused, 0.05s would send a user to the manual for what is plain; rounded, it would be 0.
  @Test
  void durationsTakeFractions() {
    assertEquals(50, Values.milliseconds("--interval", "0.05s"));
    assertEquals(1500, Values.milliseconds("--interval", "1.5s"));
    assertEquals(25, Values.milliseconds("--interval", "25.0ms"));
    for (String bad : new String[] {"0.0005s", "0.5ms", "0s", "1.s", ".5s", "5"}) {
      assertThrows(ParameterException.class, () -> Values.milliseconds("--interval", bad), bad);
    }
    assertEquals(500, Values.warmup("--warmup", "0.5s").milliseconds());
    assertEquals(3, Values.warmup("--warmup", "3").replays());
    for (String bad : new String[] {"2.5", "0.0001s", "1e3", "s"}) {
      assertThrows(ParameterException.class, () -> Values.warmup("--warmup", bad), bad);
    }
  }

  // Without brackets nobody can tell the port from the address, or copy both to another option.
  @Test
  void addressesArePrintedAsOptionsTakeThem() {
    for (String address : new String[] {"127.0.0.1:7400", "[0:0:0:0:0:0:0:1]:7400"}) {
      assertEquals(address, Connection.text(Values.address("--to", address)));
    }
    assertEquals("[::1]:7400", Connection.text("::1", 7400));
  }

  // Who blames the jar looks for the fault where it is not.
  @Test
  void memoryThatRunsOutWhileSomethingIsLoadedIsCalledSo() {
    var full = new OutOfMemoryError("Java heap space");
    for (Error error :
        new Error[] {
          full,
          new ServiceConfigurationError("a provider could not be instantiated", full),
          new ExceptionInInitializerError(full)
        }) {
      assertTrue(
          Main.problem(error).startsWith("out of memory (Java heap space); give it more with"),
          Main.problem(error));
    }
    assertEquals(
        "a jar on EMULHA_CLASSPATH cannot be used: no provider",
        Main.problem(new ServiceConfigurationError("no provider")));
  }

  // A jar of one's own that cannot be used is the commonest mistake there is with it; a stack trace
  // through the service loader says nothing of the jar.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          example.Missing                | example.Missing not found
          emulha.commands.SecondCriu     | two stages are named 'criu'
          emulha.commands.Main           | not a subtype
          """)
  void aBadJarIsOneLine(String service, String expected, @TempDir Path directory)
      throws IOException {
    Path services = Files.createDirectories(directory.resolve("META-INF/services"));
    Files.writeString(services.resolve("emulha.codecs.StageProvider"), service + "\n");
    Thread thread = Thread.currentThread();
    ClassLoader before = thread.getContextClassLoader();
    try (var loader = new URLClassLoader(new URL[] {directory.toUri().toURL()}, before)) {
      thread.setContextClassLoader(loader);
      assertEquals(1, run("methods"));
    } finally {
      thread.setContextClassLoader(before);
    }
    assertEquals(1, error().lines().count(), error());
    assertTrue(error().contains("a jar on EMULHA_CLASSPATH cannot be used"), error());
    assertTrue(error().contains(expected), error());
  }
}
