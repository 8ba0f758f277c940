package emulha.traces.capture.qemu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import emulha.memory.DirtyPages;
import emulha.traces.Clock;
import emulha.traces.Interval;
import emulha.traces.Progress;
import emulha.traces.Series;
import emulha.traces.SeriesDigest;
import emulha.traces.SeriesVerifier;
import emulha.traces.SystemTools;
import emulha.traces.capture.GuestDefinition;
import emulha.traces.capture.tracking.Tracking;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Records a guest on its own clock whose writes at any instant follow from the number of its
 * instructions: 42 make a round, in which it counts up in page frames 0x200 to 0x207 and writes the
 * same word to 0x300 to 0x303. It is loaded as a Multiboot kernel (Multiboot Specification 0.6.96,
 * section 3.1) and has no disk.
 *
 * <pre>
 *       cli; xor ebx,ebx; cld; print "ready\n" to port 0x3f8
 * next: inc ebx; mov ecx,8; mov edi,0x200000
 *       8 times: mov [edi],ebx; add edi,0x1000; loop
 *       mov ecx,4; mov edi,0x300000
 *       4 times: mov word [edi],0x5a5a; add edi,0x1000; loop
 *       jmp next
 * </pre>
 */
@Timeout(300)
@Order(1)
class GuestClockTest {
  private static final String KERNEL =
      "02b0ad1b"
          + "00000100"
          + "fe4f51e4" // magic, flags: addresses below are valid, checksum
          + "00001000"
          + "00001000"
          + "00000000"
          + "00000000"
          + "20001000"
          + "fa31dbfcbaf8030000be64001000ac84c07403eeebf8"
          + "43b908000000bf00002000891f81c700100000e2f6"
          + "b904000000bf0000300066c7075a5a81c700100000e2f3ebd2"
          + "72656164790a00";
  private static final long ROUND = 42;
  private static final long INTERVAL_NS = Interval.ofMilliseconds(10);

  @TempDir Path directory;

  @BeforeEach
  void makeGuest() throws IOException {
    SystemTools.require("qemu-system-x86_64");
    SystemTools.require("cc");
    Files.write(directory.resolve("kernel"), HexFormat.of().parseHex(KERNEL));
  }

  private static GuestDefinition guest(String name) {
    return new GuestDefinition(
        name,
        "counts",
        16,
        new GuestDefinition.Boot("kernel", null, null, null),
        new GuestDefinition.Start("ready", 20),
        null,
        null);
  }

  private void record(Clock clock, List<Path> series, int checkpoints) throws IOException {
    var plan =
        new GuestCapture.Plan(checkpoints, INTERVAL_NS, Tracking.DIFF, false, false, false, false);
    var running = new ArrayList<QemuGuest>();
    try {
      for (int i = 0; i < series.size(); i++) {
        running.add(
            QemuGuest.start(guest("vm" + i), directory, plan.tracking(), clock, Acceleration.TCG));
      }
      GuestCapture.awaitReady(running, Duration.ofSeconds(60), Progress.NONE, () -> false);
      GuestCapture.record(running, series, plan, Progress.NONE, () -> false);
    } finally {
      for (QemuGuest each : running) {
        each.close();
      }
    }
  }

  private static String digest(Path series) throws IOException {
    return SeriesDigest.of(Series.at(series), Integer.MAX_VALUE, Progress.NONE);
  }

  // Without it intervals could be a little off, as they are when QEMU moves the clock of a halted
  // guest on to its next timer, and nothing in a recording of a real guest would tell.
  @ParameterizedTest
  @ValueSource(longs = {1_000_000_000, 500_000_000, 250_000_000})
  void aGuestExecutesTheInstructionsOfAnInterval(long instructionsPerSecond) throws Exception {
    Path series = directory.resolve("series.tar.zst");
    Clock clock = Clock.guest(instructionsPerSecond);
    record(clock, List.of(series), 8);
    SeriesVerifier.verify(series, Progress.NONE);
    Series recorded = Series.at(series);
    assertEquals(clock, recorded.info().description().clock());
    double rounds = (double) INTERVAL_NS * instructionsPerSecond / 1e9 / ROUND;
    long last = -1;
    try (var cursor = recorded.open()) {
      var pages = new DirtyPages();
      for (int k = 1; cursor.nextCheckpoint(pages); k++) {
        assertEquals(k * INTERVAL_NS, cursor.last().guestTimeNs());
        assertEquals(8, pages.count(), "content diff sees the counters, and nothing else changes");
        assertEquals(0x200, pages.pfn(0));
        long counter =
            ByteBuffer.wrap(pages.slab(0), pages.offset(0), 4)
                .order(ByteOrder.LITTLE_ENDIAN)
                .getInt();
        if (last >= 0) {
          // A halt takes at most 4 ns of the interval, which is less than a round.
          assertEquals(rounds, (double) (counter - last), 1.2, "rounds in checkpoint " + k);
        }
        last = counter;
      }
    }
  }

  // Without it a busy host could leave its mark in what is published as the same recording.
  @Test
  void anotherRecordingBesideBusyLoopsHasTheSameDigest() throws Exception {
    Clock clock = Clock.guest(1_000_000_000);
    Path first = directory.resolve("first");
    record(clock, List.of(first), 5);
    var done = new AtomicBoolean();
    var busy = new ArrayList<Thread>();
    for (int i = 0; i < 2; i++) {
      busy.add(
          Thread.ofPlatform()
              .start(
                  () -> {
                    while (!done.get()) {
                      Thread.onSpinWait();
                    }
                  }));
    }
    Path second = directory.resolve("second.tar.zst");
    try {
      record(clock, List.of(second), 5);
    } finally {
      done.set(true);
      for (Thread each : busy) {
        each.join();
      }
    }
    assertEquals(digest(first), digest(second));
  }

  // Without it the members of a cluster could be recorded at different instants, and what they have
  // in common at one would be missed.
  @Test
  void guestsAdvanceInLockstep() throws Exception {
    List<Path> series =
        List.of(directory.resolve("a"), directory.resolve("b"), directory.resolve("c"));
    record(Clock.guest(250_000_000), series, 4);
    for (Path each : series) {
      // The guests do the same from the same instant on, so their memories are equal.
      assertEquals(digest(series.getFirst()), digest(each));
      String with =
          Series.at(each).info().description().environment().getOrDefault("recorded_with", "");
      assertTrue(with.contains("skew of their checkpoints: 0"), with);
    }
  }

  @Test
  void aGuestThatBootsFromItsDiskIsRefused() throws Exception {
    Files.write(directory.resolve("boot.img"), new byte[1 << 20]);
    var e =
        assertThrows(
            IllegalArgumentException.class,
            () ->
                QemuGuest.start(
                        new GuestDefinition(
                            "x",
                            "none",
                            16,
                            new GuestDefinition.Boot(null, null, null, "boot.img"),
                            new GuestDefinition.Start(null, 0),
                            null,
                            null),
                        directory,
                        Tracking.DIFF,
                        Clock.guest(1_000_000_000),
                        Acceleration.TCG)
                    .close());
    assertTrue(e.getMessage().contains("--clock host"), e.getMessage());
  }

  // A limit on the host's clock would depend on how busy the host is.
  @Test
  void aGuestThatNeverGetsReadyIsReportedInItsOwnTime() throws Exception {
    var mute =
        new GuestDefinition(
            "mute",
            "counts",
            16,
            new GuestDefinition.Boot("kernel", null, null, null),
            new GuestDefinition.Start("never said", 0),
            null,
            null);
    try (var running =
        QemuGuest.start(
            mute, directory, Tracking.DIFF, Clock.guest(1_000_000_000), Acceleration.TCG)) {
      var e =
          assertThrows(
              IOException.class,
              () ->
                  GuestCapture.awaitReady(
                      List.of(running), Duration.ofSeconds(1), Progress.NONE, () -> false));
      assertTrue(e.getMessage().contains("within 1 s of guest time"), e.getMessage());
      assertTrue(e.getMessage().toLowerCase(Locale.ROOT).contains("ready"), e.getMessage());
    }
  }
}
