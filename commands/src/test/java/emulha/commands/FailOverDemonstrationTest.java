package emulha.commands;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import emulha.commands.terminal.ThisProgram;
import emulha.testsupport.Requirements;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Runs {@code docs/failover.sh}: a real guest goes on from a fail-over image. Without this, an
 * image could equal our own reading of the recording and still boot nothing.
 */
@Timeout(600)
@Order(1)
class FailOverDemonstrationTest {
  static {
    ThisProgram.isStartedBy(Main.class);
  }

  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

  @TempDir Path directory;

  private record Outcome(int code, String output) {}

  private Outcome run(Map<String, String> environment, String... command) throws Exception {
    Path output = Files.createTempFile(directory, "output", "");
    var builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
    builder.environment().putAll(environment);
    int code = builder.start().waitFor();
    return new Outcome(code, Files.readString(output, StandardCharsets.UTF_8));
  }

  @Test
  void aKilledSendersGuestGoesOn() throws Exception {
    Requirements.programs("qemu-system-x86_64", "cc", "cpio", "apt-get", "dpkg-deb");
    Path guest = directory.resolve("guest");
    Outcome built =
        run(Map.of(), ROOT.resolve("traces/recipes/chain.sh").toString(), guest.toString());
    if (built.code() != 0) {
      Requirements.lacking("the guest cannot be built: " + built.output());
    }
    Outcome shown =
        run(
            Map.of("EMULHA", launcher().toString(), "GUEST", guest.toString()),
            ROOT.resolve("docs/failover.sh").toString(),
            directory.resolve("out").toString());
    assertEquals(0, shown.code(), shown.output());
    assertTrue(shown.output().contains("the same as when it was recorded"), shown.output());
    assertTrue(
        shown.output().contains("differs from the recording")
            || shown.output().contains("the guest wrote only"),
        shown.output());
    assertTrue(shown.output().contains("== Proved: checkpoint "), shown.output());
  }

  /** A script that starts the classes under test. */
  private Path launcher() throws IOException {
    String command =
        ThisProgram.commandLine().stream()
            .filter(argument -> !argument.startsWith("-javaagent"))
            .map(argument -> "'" + argument.replace("'", "'\\''") + "'")
            .collect(Collectors.joining(" "));
    Path script = directory.resolve("emulha");
    Files.writeString(script, "#!/bin/sh\nexec " + command + " \"$@\"\n");
    Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
    return script;
  }
}
