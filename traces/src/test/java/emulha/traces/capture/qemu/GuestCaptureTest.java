package emulha.traces.capture.qemu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import emulha.memory.DirtyPages;
import emulha.names.Names;
import emulha.traces.Clock;
import emulha.traces.Progress;
import emulha.traces.Series;
import emulha.traces.SystemTools;
import emulha.traces.capture.GuestDefinition;
import emulha.traces.capture.tracking.Tracking;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Records a guest whose writes are known by construction: a boot sector that, interrupts off, for
 * ever writes a counter to page frames 0x20 to 0x27 and always the same word to 0x30 to 0x33.
 *
 * <pre>
 *       cli; xor ebx,ebx; cld; print "emulha: ready\n" to port 0x3f8
 * next: inc ebx
 *       8 times from segment 0x2000, in steps of 0x100: mov [es:0], ebx
 *       4 times from segment 0x3000, in steps of 0x100: mov word [es:0], 0x5a5a
 *       jmp next
 * </pre>
 */
@Timeout(120)
@Order(1)
class GuestCaptureTest {
  private static final String BOOT_SECTOR =
      "fa31db6631dbfc0e1fe800005e81c63b00ac84c07406baf803eeebf56643"
          + "b90800b800208ec02666891e0000050001e2f3b90400b800308ec026c706"
          + "00005a5a050001e2f2ebd5656d756c68613a2072656164790a00";
  private static final List<Long> COUNTERS =
      List.of(0x20L, 0x21L, 0x22L, 0x23L, 0x24L, 0x25L, 0x26L, 0x27L);
  private static final List<Long> CONSTANTS = List.of(0x30L, 0x31L, 0x32L, 0x33L);

  @TempDir Path directory;

  @BeforeEach
  void makeGuest() throws IOException {
    SystemTools.require("qemu-system-x86_64");
    SystemTools.require("cc");
    byte[] disk = Arrays.copyOf(HexFormat.of().parseHex(BOOT_SECTOR), 1 << 20);
    disk[510] = 0x55;
    disk[511] = (byte) 0xaa;
    Files.write(directory.resolve("boot.img"), disk);
    define("");
  }

  private void define(String qemu) throws IOException {
    Files.writeString(
        directory.resolve(GuestDefinition.FILE),
        """
        {"name": "counter", "workload": "counts", "memory_mib": 16, "disk": "boot.img",
         "ready": "emulha: ready", "settle_ms": 0, "qemu": [%s]}
        """
            .formatted(qemu),
        StandardCharsets.UTF_8);
  }

  private QemuGuest start(String name, Tracking tracking) throws IOException {
    return start(name, tracking, Acceleration.TCG);
  }

  private QemuGuest start(String name, Tracking tracking, Acceleration acceleration)
      throws IOException {
    var guest =
        QemuGuest.start(
            GuestDefinition.read(directory).withName(name),
            directory,
            tracking,
            Clock.HOST,
            acceleration);
    guest.awaitReady(Duration.ofSeconds(60), Progress.NONE, () -> false);
    return guest;
  }

  // KVM is a device of the machine, which no package brings; there are some whose device opens and
  // under which QEMU does not start. Asked of QEMU itself: a recorder that fails must fail the
  // test.
  private void requireHere(Acceleration acceleration) throws Exception {
    try {
      acceleration.require(Clock.HOST);
    } catch (IOException e) {
      Assumptions.abort(e.getMessage());
    }
    if (acceleration == Acceleration.KVM) {
      Path said = directory.resolve("qemu-said");
      Path quit = Files.writeString(directory.resolve("quit"), "quit\n");
      Process qemu =
          new ProcessBuilder(
                  "qemu-system-x86_64",
                  "-accel",
                  Names.word(acceleration),
                  "-cpu",
                  acceleration.cpu(),
                  "-S",
                  "-nodefaults",
                  "-display",
                  "none",
                  "-monitor",
                  "stdio")
              .redirectInput(quit.toFile())
              .redirectErrorStream(true)
              .redirectOutput(said.toFile())
              .start();
      Assumptions.assumeTrue(
          qemu.waitFor() == 0, "QEMU does not start under KVM here: " + Files.readString(said));
    }
  }

  private static GuestCapture.Plan plan(int checkpoints, Tracking tracking, boolean state) {
    return new GuestCapture.Plan(checkpoints, 10_000_000, tracking, true, true, state, false);
  }

  private static Series verified(Path series) throws IOException {
    return Series.at(series);
  }

  private static List<Long> pfns(DirtyPages pages) {
    var pfns = new ArrayList<Long>();
    for (int i = 0; i < pages.count(); i++) {
      pfns.add(pages.pfn(i));
    }
    return pfns;
  }

  private static int word(DirtyPages pages, long pfn) {
    int index = pages.indexOf(pfn);
    assertTrue(index >= 0, "page " + pfn + " is missing");
    return ByteBuffer.wrap(pages.slab(index), pages.offset(index), 4)
        .order(ByteOrder.LITTLE_ENDIAN)
        .getInt();
  }

  // Without it a recording could lack written pages, hold pages nobody wrote, or hold contents of
  // another instant, and every figure made from it would be wrong.
  @ParameterizedTest
  @EnumSource(Acceleration.class)
  void recordsExactlyWhatTheGuestWrites(Acceleration acceleration) throws Exception {
    requireHere(acceleration);
    if (acceleration == Acceleration.KVM) {
      // The BIOS leaves KVM's clock on, whose page KVM writes whenever the guest goes on.
      define("\"-cpu\", \"" + acceleration.cpu() + ",kvmclock=off\"");
    }
    Path series = directory.resolve("series");
    try (var guest = start("counter", Tracking.UFFD, acceleration)) {
      requireTracking(guest);
      int recorded =
          GuestCapture.record(
              List.of(guest),
              List.of(series),
              plan(12, Tracking.UFFD, true),
              Progress.NONE,
              () -> false);
      assertEquals(12, recorded);
      assertTrue(guest.monitor().running(), "the guest must run again");
    }
    var expected = new ArrayList<>(COUNTERS);
    expected.addAll(CONSTANTS);
    Series recorded = verified(series);
    assertEquals(12, recorded.info().checkpoints());
    assertEquals("counter", recorded.info().vm());
    assertEquals(10_000_000, recorded.info().intervalNs());
    assertEquals(16 << 20, recorded.info().ramBytes());
    assertEquals(4096, recorded.info().basePages());
    assertTrue(recorded.info().dirtyBy().contains("userfaultfd"));
    var environment = recorded.info().description().environment();
    assertTrue(
        environment.getOrDefault("content_check", "").contains("144 pages written"),
        environment.toString());
    assertTrue(environment.getOrDefault("content_check", "").contains("0 changed without"));
    assertTrue(
        environment
            .getOrDefault("qemu_command", "")
            .contains("\"" + Names.word(acceleration) + "\""));
    try (var cursor = recorded.open()) {
      var pages = new DirtyPages();
      int last = -1;
      long lastTime = 0;
      while (cursor.nextCheckpoint(pages)) {
        assertEquals(expected, pfns(pages));
        int counter = word(pages, 0x20);
        assertTrue(Integer.compareUnsigned(counter, last) > 0 || last == -1, "counter must grow");
        last = counter;
        for (long pfn : COUNTERS) {
          // The guest is halted between two writes: a page has this round's count or the last's.
          int delta = counter - word(pages, pfn);
          assertTrue(delta == 0 || delta == 1, "page " + pfn + " is of another instant");
        }
        for (long pfn : CONSTANTS) {
          assertEquals(0x5a5a, word(pages, pfn));
        }
        var header = cursor.last();
        assertTrue(header.guestTimeNs() > lastTime, "guest time must grow");
        lastTime = header.guestTimeNs();
        byte[] state = header.state();
        assertNotNull(state);
        assertTrue(state.length > 1000 && state[0] == 'Q' && state[1] == 'E', "a QEMU stream");
      }
    }
  }

  // Without it the fallback would claim to see what it cannot.
  @Test
  void contentDiffMissesSilentWritesAndSaysSo() throws Exception {
    Path series = directory.resolve("series");
    try (var guest = start("counter", Tracking.DIFF)) {
      GuestCapture.record(
          List.of(guest),
          List.of(series),
          plan(3, Tracking.DIFF, false),
          Progress.NONE,
          () -> false);
    }
    Series recorded = verified(series);
    assertTrue(recorded.info().dirtyBy().startsWith("content diff"));
    try (var cursor = recorded.open()) {
      var pages = new DirtyPages();
      while (cursor.nextCheckpoint(pages)) {
        assertEquals(COUNTERS, pfns(pages));
      }
    }
  }

  // Without it Ctrl-C would lose what was recorded, or leave the guest halted.
  @Test
  void anInterruptionKeepsWhatWasRecorded() throws Exception {
    Path series = directory.resolve("series");
    var done = new AtomicInteger();
    Progress progress =
        (task, at, total) -> {
          if (task.equals("recording")) {
            done.set((int) at);
          }
        };
    try (var guest = start("counter", Tracking.AUTO)) {
      int recorded =
          GuestCapture.record(
              List.of(guest),
              List.of(series),
              plan(1000, Tracking.AUTO, false),
              progress,
              () -> done.get() >= 3);
      assertEquals(3, recorded);
      assertTrue(guest.monitor().running());
    }
    assertEquals(3, verified(series).info().checkpoints());
  }

  // Without it a guest that ends would take its recording with it.
  @Test
  void aGuestThatEndsLeavesItsRecording() throws Exception {
    Path series = directory.resolve("series");
    try (var guest = start("counter", Tracking.AUTO)) {
      Progress progress =
          (task, at, total) -> {
            if (task.equals("recording") && at == 2) {
              assertTrue(ProcessHandle.of(guest.pid()).orElseThrow().destroyForcibly());
            }
          };
      int recorded =
          GuestCapture.record(
              List.of(guest),
              List.of(series),
              plan(1000, Tracking.AUTO, false),
              progress,
              () -> false);
      assertTrue(recorded >= 2 && recorded < 1000, "recorded " + recorded);
      assertTrue(verified(series).info().description().environment().containsKey("ended_early"));
    }
  }

  // Without it the similarity between VMs would be computed from different instants.
  @Test
  void recordsTwoGuestsAtTheSameInstants() throws Exception {
    try (var one = start("one", Tracking.AUTO);
        var two = start("two", Tracking.AUTO)) {
      List<Path> series = List.of(directory.resolve("s/one"), directory.resolve("s/two"));
      GuestCapture.record(
          List.of(one, two), series, plan(4, Tracking.AUTO, false), Progress.NONE, () -> false);
      for (Path each : series) {
        Series recorded = verified(each);
        assertEquals(4, recorded.info().checkpoints());
        assertEquals(each.getFileName().toString(), recorded.info().vm());
        assertTrue(
            recorded
                .info()
                .description()
                .environment()
                .getOrDefault("recorded_with", "")
                .startsWith("one, two; skew"));
      }
    }
  }

  // Without it a guest that its owner paused would be set running by a recording, or two recorders
  // would take each other's written pages.
  @Test
  void aPausedGuestIsNotAttachedTo() throws Exception {
    try (var guest = start("counter", Tracking.AUTO)) {
      Path socket = guest.monitorSocket();
      Path ram = guest.ram().file();
      guest.monitor().execute("stop");
      // QEMU serves one monitor client at a time, so the first gives way.
      guest.monitor().close();
      var e =
          assertThrows(
              IllegalArgumentException.class,
              () -> QemuGuest.attach("other", "counts", socket, ram, false).close());
      assertTrue(e.getMessage().contains("the guest is paused"), e.getMessage());
      try (var monitor = QmpClient.connect(socket, Duration.ofSeconds(10))) {
        assertFalse(monitor.running());
        monitor.execute("cont");
      }
      Path series = directory.resolve("attached");
      try (var attached = QemuGuest.attach("other", "counts", socket, ram, false)) {
        var second =
            assertThrows(
                IllegalArgumentException.class,
                () -> QemuGuest.attach("second", "counts", socket, ram, false).close());
        assertTrue(second.getMessage().contains("another recorder"), second.getMessage());
        GuestCapture.record(
            List.of(attached),
            List.of(series),
            plan(2, Tracking.AUTO, false),
            Progress.NONE,
            () -> false);
      }
      assertEquals("other", verified(series).info().vm());
      try (var monitor = QmpClient.connect(socket, Duration.ofSeconds(10))) {
        assertTrue(monitor.running(), "an attached guest runs on");
        monitor.execute("quit");
      }
    }
  }

  @Test
  void aGuestThatNeverGetsReadyIsReported() throws Exception {
    try (var guest =
        QemuGuest.start(
            new GuestDefinition(
                "mute",
                "counts",
                16,
                new GuestDefinition.Boot(null, null, null, "boot.img"),
                new GuestDefinition.Start("never said", 0),
                null,
                null),
            directory,
            Tracking.AUTO,
            Clock.HOST,
            Acceleration.TCG)) {
      var e =
          assertThrows(
              IOException.class,
              () -> guest.awaitReady(Duration.ofMillis(300), Progress.NONE, () -> false));
      assertTrue(e.getMessage().contains("did not write 'never said'"), e.getMessage());
    }
  }

  @Test
  void whatQemuRefusesIsReported() {
    var e =
        assertThrows(
            IOException.class,
            () ->
                QemuGuest.start(
                        new GuestDefinition(
                            "x",
                            "none",
                            16,
                            new GuestDefinition.Boot(null, null, null, "absent.img"),
                            new GuestDefinition.Start(null, 0),
                            null,
                            null),
                        directory,
                        Tracking.DIFF,
                        Clock.HOST,
                        Acceleration.TCG)
                    .close());
    assertTrue(e.getMessage().contains("absent.img"), e.getMessage());
  }

  private static void requireTracking(QemuGuest guest) throws IOException {
    guest.monitor().execute("stop");
    try (var tracker = guest.track(Tracking.UFFD)) {
      tracker.reset();
    } catch (IOException e) {
      SystemTools.lacking(e.getMessage());
    } finally {
      guest.monitor().execute("cont");
    }
  }
}
