package emulha.traces.capture.qemu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import emulha.traces.capture.GuestGoneException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The monitor's messages are as QEMU 7.2 sends them. */
@Timeout(30)
class QmpClientTest {
  private static final Duration LONG = Duration.ofSeconds(20);
  private static final Duration SHORT = Duration.ofMillis(50);
  private static final String STOP_EVENT =
      "{\"timestamp\": {\"seconds\": 1700000000, \"microseconds\": 123456}, \"event\": \"STOP\"}\r\n";
  private static final String RTC_EVENT =
      "{\"timestamp\": {\"seconds\": 1, \"microseconds\": 2}, \"event\": \"RTC_CHANGE\","
          + " \"data\": {\"offset\": 0}}\r\n";

  @TempDir Path directory;

  private FakeMonitor monitor(@Nullable String... script) throws IOException {
    return new FakeMonitor(socket(), FakeMonitor.GREETING, script);
  }

  private Path socket() {
    return directory.resolve("m");
  }

  // Without it the time at which the guest halted would be taken from our own clock, later by
  // whatever the reply took.
  @Test
  void stopReturnsTheTimeOfTheEvent() throws Exception {
    try (var monitor = monitor(FakeMonitor.OK, RTC_EVENT + STOP_EVENT + FakeMonitor.OK);
        var client = QmpClient.connect(socket(), LONG)) {
      assertEquals(OptionalLong.of(1_700_000_000_123_456L), client.stopped(client.sendStop()));
      assertTrue(monitor.commands().get(1).contains("\"execute\":\"stop\""));
    }
  }

  // Without it a stop on a guest that somebody paused would wait for ever.
  @Test
  void stopOfAHaltedGuestEmitsNoEvent() throws Exception {
    String status = "{\"return\": {\"status\": \"paused\", \"running\": false}, \"id\": $ID}\r\n";
    try (var monitor = monitor(FakeMonitor.OK, FakeMonitor.OK, status);
        var client = QmpClient.connect(socket(), LONG)) {
      assertEquals(OptionalLong.empty(), client.stopped(client.sendStop()));
      assertEquals(3, monitor.commands().size());
    }
  }

  // Without it the event of an earlier stop would be taken for that of this one.
  @Test
  void anEarlierStopIsForgotten() throws Exception {
    String other = STOP_EVENT.replace("123456", "999999");
    try (var monitor =
            monitor(FakeMonitor.OK, STOP_EVENT + FakeMonitor.OK, other + FakeMonitor.OK);
        var client = QmpClient.connect(socket(), LONG)) {
      client.execute("query-status");
      assertEquals(OptionalLong.of(1_700_000_000_999_999L), client.stopped(client.sendStop()));
      assertEquals(3, monitor.commands().size());
    }
  }

  // Without it replies to two commands under way could be taken for each other's.
  @Test
  void repliesAreToldApartByTheirId() throws Exception {
    String both =
        """
        {"return": {"n": 3}, "id": 3}
        {"return": {"n": 2}, "id": 2}
        """;
    try (var monitor = monitor(FakeMonitor.OK, "", both);
        var client = QmpClient.connect(socket(), LONG)) {
      long first = client.send("query-version", Map.of());
      long second = client.send("query-status", Map.of());
      assertEquals(2, client.await(first, "query-version").path("n").asInt());
      assertEquals(3, client.await(second, "query-status").path("n").asInt());
      assertEquals(3, monitor.commands().size());
    }
  }

  @Test
  void refusalsAreReported() throws Exception {
    String error =
        "{\"error\": {\"class\": \"GenericError\", \"desc\": \"no such device\"}, \"id\": $ID}\r\n";
    try (var monitor = monitor(FakeMonitor.OK, error);
        var client = QmpClient.connect(socket(), LONG)) {
      var e = assertThrows(IOException.class, () -> client.execute("eject"));
      assertTrue(e.getMessage().contains("refuses eject: no such device"), e.getMessage());
      assertEquals(2, monitor.commands().size());
    }
  }

  // Without it a hung QEMU would hang the recording.
  @Test
  void silenceEndsTheWait() throws Exception {
    try (var monitor = monitor(FakeMonitor.OK);
        var client = QmpClient.connect(socket(), SHORT)) {
      var e = assertThrows(IOException.class, () -> client.execute("stop"));
      assertTrue(e.getMessage().contains("a reply to stop within 50 ms"), e.getMessage());
      assertFalse(e instanceof GuestGoneException);
      assertEquals(1, monitor.commands().size());
    }
  }

  // Without it events arriving again and again would put off the timeout for ever.
  @Test
  void eventsDoNotProlongTheWait() throws Exception {
    try (var monitor = monitor(FakeMonitor.OK, RTC_EVENT.repeat(1000));
        var client = QmpClient.connect(socket(), Duration.ofMillis(500))) {
      assertThrows(IOException.class, () -> client.execute("stop"));
      assertEquals(2, monitor.commands().size());
    }
  }

  // Without it a guest that ended would look like a damaged recording.
  @Test
  void aClosedConnectionIsAGuestThatIsGone() throws Exception {
    try (var monitor = monitor(FakeMonitor.OK, (String) null);
        var client = QmpClient.connect(socket(), LONG)) {
      assertThrows(GuestGoneException.class, () -> client.execute("cont"));
      assertEquals(1, monitor.commands().size());
    }
  }

  @Test
  void whatIsNotQemuIsRefused() throws Exception {
    for (String greeting :
        new String[] {
          "220 mail.example ESMTP\r\n", "{\"hello\": 1}\r\n", "[1, 2]\r\n", "\u0000\u0001\r\n"
        }) {
      try (var monitor = new FakeMonitor(directory.resolve("g" + greeting.hashCode()), greeting)) {
        Path socket = directory.resolve("g" + greeting.hashCode());
        assertThrows(IOException.class, () -> QmpClient.connect(socket, LONG), greeting);
        assertEquals(0, monitor.commands().size());
      }
    }
  }

  @Test
  void nobodyListens() {
    var e = assertThrows(IOException.class, () -> QmpClient.connect(socket(), SHORT));
    assertTrue(e.getMessage().contains("no QEMU monitor listens there"), e.getMessage());
  }

  // Without it a peer that sends without end would fill memory.
  @Test
  void anEndlessLineIsRefused() throws Exception {
    try (var monitor =
        new FakeMonitor(socket(), FakeMonitor.GREETING, "{\"x\": \"" + "y".repeat(3 << 20))) {
      var e = assertThrows(IOException.class, () -> QmpClient.connect(socket(), LONG));
      assertTrue(e.getMessage().contains("more than 1048576 bytes"), e.getMessage());
      assertTrue(monitor.commands().size() <= 1);
    }
  }

  // Without it something other than IOException could come out and skip the resuming of the guest.
  @Test
  void noiseGivesIoExceptionsOnly() throws Exception {
    var random = new Random(20130624);
    for (int round = 0; round < 200; round++) {
      var noise = new StringBuilder();
      String good = STOP_EVENT + FakeMonitor.OK;
      for (int i = 0; i < 4; i++) {
        int at = random.nextInt(good.length());
        noise.append(good, 0, at).append((char) random.nextInt(128));
      }
      Path socket = directory.resolve("n" + round);
      try (var monitor =
              new FakeMonitor(
                  socket, FakeMonitor.GREETING, FakeMonitor.OK, noise + "\r\n", (String) null);
          var client = QmpClient.connect(socket, LONG)) {
        assertThrows(
            IOException.class,
            () -> {
              while (true) {
                client.stopped(client.sendStop());
              }
            },
            () -> "after " + noise + " and " + monitor.commands());
      }
    }
  }
}
