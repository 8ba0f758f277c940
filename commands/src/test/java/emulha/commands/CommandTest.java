package emulha.commands;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/** A test that runs commands in this JVM, and reads what they say. */
abstract class CommandTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  /** Runs a command; what an earlier one said is gone. Returns the exit code. */
  final int run(String... args) {
    out.reset();
    err.reset();
    return new Main(
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8))
        .run(args);
  }

  final String output() {
    return out.toString(StandardCharsets.UTF_8);
  }

  final String error() {
    return err.toString(StandardCharsets.UTF_8);
  }

  /** Both. */
  final String said() {
    return output() + error();
  }
}
