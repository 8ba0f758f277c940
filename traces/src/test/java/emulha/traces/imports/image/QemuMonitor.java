package emulha.traces.imports.image;

import static org.junit.jupiter.api.Assertions.assertEquals;

import emulha.traces.SystemTools;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A guest of QEMU with 16 MiB of RAM, halted at first, that is told what to do and then ends. */
final class QemuMonitor {
  private QemuMonitor() {}

  /**
   * Runs it in a directory.
   *
   * @param content stands at 2 MiB
   * @param commands of its monitor, a line each; the last is {@code quit}
   * @param options more of QEMU's
   */
  static void run(Path directory, byte[] content, String commands, String... options)
      throws Exception {
    SystemTools.require("qemu-system-x86_64");
    Files.write(directory.resolve("content"), content);
    var command =
        new ArrayList<>(
            List.of(
                "qemu-system-x86_64 -accel tcg -m 16 -display none -nodefaults -S -monitor stdio"
                    .split(" ")));
    command.addAll(List.of("-device", "loader,file=content,addr=0x200000,force-raw=on"));
    command.addAll(List.of(options));
    Path log = directory.resolve("qemu.log");
    var process =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    try (var monitor = process.outputWriter()) {
      monitor.write(commands);
    }
    int exit = process.waitFor();
    assertEquals(0, exit, () -> read(log));
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return String.valueOf(e.getMessage());
    }
  }
}
