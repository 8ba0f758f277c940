package emulha.commands;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The contract of the command line with scripts: exit codes, and one line per failure. Without it a
 * batch of experiments could take a mistyped option for a result.
 */
final class MainTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private int run(String line) {
    String[] args = line.isEmpty() ? new String[0] : line.split(" ");
    return new Main(
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8))
        .run(args);
  }

  private String error() {
    return err.toString(StandardCharsets.UTF_8);
  }

  private String output() {
    return out.toString(StandardCharsets.UTF_8);
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
      out.reset();
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
}
