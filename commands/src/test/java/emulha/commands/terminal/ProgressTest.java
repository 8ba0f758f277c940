package emulha.commands.terminal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class ProgressTest {
  // In a log of a batch job, hours without a line look like a program that hangs, and a line for
  // each step buries the results.
  @Test
  void withoutATerminalThereIsALineAMinute() {
    var seconds = new AtomicLong(1000);
    var bytes = new ByteArrayOutputStream();
    try (var err = new PrintStream(bytes, true, StandardCharsets.UTF_8);
        var progress = new Progress(err, false, () -> seconds.get() * 1_000_000_000)) {
      progress.at("first", 0, 10);
      seconds.addAndGet(59);
      progress.at("second", 1, 10);
      seconds.addAndGet(1);
      progress.at("third", 2, 10);
      progress.at("fourth", 3, 10);
      seconds.addAndGet(119);
      progress.at("fi\u001bfth", 4, 10);
      seconds.addAndGet(60);
      progress.at("none done", 0, 10);
    }
    assertEquals(
        List.of(
            "emulha: 2 of 10 done after 60 s, about 240 s left: third",
            "emulha: 4 of 10 done after 179 s, about 269 s left: fi\\u001bfth",
            "emulha: 0 of 10 done after 239 s: none done"),
        bytes.toString(StandardCharsets.UTF_8).lines().toList());
  }
}
