package emulha.traces.capture.uml;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import emulha.memory.DirtyPages;
import emulha.traces.Progress;
import emulha.traces.Series;
import emulha.traces.SystemTools;
import emulha.traces.capture.GuestDefinition;
import emulha.traces.capture.MappedRam;
import emulha.traces.capture.tracking.WriteTracker;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Records a guest under User-Mode Linux that writes known pages. The kernel, 6.16 or newer with its
 * modules as in Debian's package, is named by EMULHA_UML; without it the test is skipped.
 */
@Timeout(120)
class UmlCaptureTest {
  private static final int WRITTEN = 48;
  private static final int SILENT = 16;

  @TempDir Path directory;

  private record Known(long counter, long clockNs) {}

  private static Path kernel() throws IOException {
    String named = System.getenv("EMULHA_UML");
    if (named == null || named.isEmpty()) {
      Assumptions.abort("EMULHA_UML names no User-Mode Linux kernel (6.16 or newer)");
    }
    return UmlGuest.kernel(named);
  }

  private GuestDefinition guest() throws Exception {
    SystemTools.require("cc");
    Path source = directory.resolve("uml-guest.c");
    try (var in = UmlCaptureTest.class.getResourceAsStream("uml-guest.c")) {
      assertNotNull(in);
      Files.write(source, in.readAllBytes());
    }
    Path program = directory.resolve("uml-guest");
    assertEquals(
        0,
        new ProcessBuilder("cc", "-static", "-O1", "-o", program.toString(), source.toString())
            .inheritIO()
            .start()
            .waitFor());
    var initrd = new ByteArrayOutputStream();
    try (var gzip = new GZIPOutputStream(initrd)) {
      gzip.write(
          new Cpio()
              .add("bin", 0040755, new byte[0])
              .add("bin/busybox", 0100755, Files.readAllBytes(program))
              .finish());
    }
    Files.write(directory.resolve("initrd.gz"), initrd.toByteArray());
    Files.writeString(
        directory.resolve(GuestDefinition.FILE),
        """
        {"name": "known", "workload": "writes known pages", "memory_mib": 64, "kernel": "none",
         "initrd": "initrd.gz", "ready": "emulha: ready", "settle_ms": 0}
        """,
        StandardCharsets.UTF_8);
    return GuestDefinition.read(directory);
  }

  // Without it a recording could lack pages or hold those of another instant (the kernel's children
  // run on when only the kernel is stopped), and a guest's clock that went on while it was halted
  // would let timers fire that a guest on such a machine never sees.
  @Test
  void recordsWhatTheGuestWritesAndItsClockStandsStill() throws Exception {
    Path kernel = kernel();
    Path series = directory.resolve("series");
    GuestDefinition definition = guest();
    try (var guest = UmlGuest.start(definition, directory, kernel)) {
      guest.awaitReady(Duration.ofSeconds(100), Progress.NONE, () -> false);
      assertEquals(30, UmlCapture.record(guest, series, 30, 5_000_000, Progress.NONE, () -> false));
    }
    Series recorded = Series.at(series);
    assertTrue(recorded.info().dirtyBy().startsWith("content diff of the RAM file's data"));
    var environment = recorded.info().description().environment();
    assertTrue(
        environment.getOrDefault("run_ms", "").matches("mean .*, shortest .*, longest .*"),
        environment.toString());
    try (var cursor = recorded.open()) {
      var pages = new DirtyPages();
      var inBase = new TreeMap<Long, Known>();
      while (cursor.nextBase(1000, pages)) {
        inBase.putAll(known(pages));
      }
      assertEquals(WRITTEN + SILENT, inBase.size(), "known pages in the base");
      var times = new ArrayList<Long>();
      var clocks = new ArrayList<Long>();
      long counter = inBase.get(0L).counter();
      times.add(0L);
      clocks.add(inBase.get(0L).clockNs());
      while (cursor.nextCheckpoint(pages)) {
        Map<Long, Known> seen = known(pages);
        long now = seen.getOrDefault(0L, new Known(counter, 0)).counter();
        if (now == counter) {
          // a host too busy to give the guest a turn
          continue;
        }
        counter = now;
        seen.forEach(
            (number, page) -> {
              assertTrue(number < WRITTEN, "page " + number + " never changes");
              long behind = now - page.counter();
              assertTrue(
                  behind == 0 || behind == 1, "page " + number + " is " + behind + " behind");
            });
        times.add(cursor.last().guestTimeNs());
        clocks.add(seen.get(0L).clockNs());
      }
      int last = times.size() - 1;
      assertTrue(last >= 3, "the guest ran in " + last + " intervals only");
      // The clock in a checkpoint was read after the checkpoint before it and before its own.
      long elapsed = clocks.get(last) - clocks.get(1);
      assertTrue(
          elapsed <= times.get(last) - times.get(0),
          elapsed + " ns by the guest's clock, it ran for " + times);
      assertTrue(
          elapsed >= times.get(last - 1) - times.get(1),
          elapsed + " ns by the guest's clock, it ran for " + times);
    }
  }

  private static Map<Long, Known> known(DirtyPages pages) {
    var found = new TreeMap<Long, Known>();
    byte[] mark = "emulha:known".getBytes(StandardCharsets.US_ASCII);
    for (int i = 0; i < pages.count(); i++) {
      ByteBuffer page =
          ByteBuffer.wrap(pages.slab(i), pages.offset(i), 4096)
              .slice()
              .order(ByteOrder.LITTLE_ENDIAN);
      byte[] begin = new byte[mark.length];
      page.get(0, begin);
      if (java.util.Arrays.equals(begin, mark) && page.get(mark.length) == 0) {
        Known before = found.put(page.getLong(16), new Known(page.getLong(24), page.getLong(32)));
        assertEquals(null, before, "page twice: " + page.getLong(16));
      }
    }
    return found;
  }

  // Without it a wrong name would show as a guest that never gets ready.
  @Test
  void whatIsNoKernelIsRefused() throws Exception {
    var e =
        assertThrows(
            IllegalArgumentException.class,
            () -> UmlGuest.kernel(directory.resolve("none").toString()));
    assertTrue(e.getMessage().contains("user-mode-linux"), e.getMessage());
    SystemTools.require("true");
    Files.write(directory.resolve("initrd.gz"), new byte[0]);
    Files.writeString(
        directory.resolve(GuestDefinition.FILE),
        """
        {"name": "known", "workload": "none", "memory_mib": 64, "kernel": "none",
         "initrd": "initrd.gz", "settle_ms": 0}
        """);
    GuestDefinition definition = GuestDefinition.read(directory);
    var f =
        assertThrows(
            IOException.class,
            () -> UmlGuest.start(definition, directory, UmlGuest.kernel("/usr/bin/true")));
    assertTrue(f.getMessage().contains("is not a User-Mode Linux kernel"), f.getMessage());
  }

  // Without it a page given back to the host (a hole again) would keep its old content for ever.
  @Test
  void aHoleWhereDataWasIsAChange() throws Exception {
    SystemTools.require("fallocate");
    Path file = Files.createTempFile(Path.of("/dev/shm"), "emulha-", null);
    try {
      try (var out = new java.io.RandomAccessFile(file.toFile(), "rw")) {
        out.setLength(64 * 4096);
        out.seek(10 * 4096);
        out.write(7);
        out.seek(40 * 4096 + 4095);
        out.write(8);
      }
      try (var ram = new MappedRam(file);
          var tracker = new ExtentTracker(file, ram.memory())) {
        assertEquals(List.of(), collected(tracker));
        assertEquals(
            0,
            new ProcessBuilder("fallocate", "-p", "-o", "40960", "-l", "4096", file.toString())
                .inheritIO()
                .start()
                .waitFor());
        try (var out = new java.io.RandomAccessFile(file.toFile(), "rw")) {
          out.seek(40 * 4096 + 4095);
          out.write(9);
          out.seek(63 * 4096);
          out.write(1);
        }
        assertEquals(List.of(10L, 40L, 63L), collected(tracker));
        assertEquals(List.of(), collected(tracker));
      }
    } finally {
      Files.delete(file);
    }
  }

  private static List<Long> collected(WriteTracker tracker) throws IOException {
    var pfns = new ArrayList<Long>();
    tracker.collect(pfns::add);
    return pfns;
  }
}
