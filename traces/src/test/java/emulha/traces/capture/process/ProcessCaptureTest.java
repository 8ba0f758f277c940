package emulha.traces.capture.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import emulha.memory.DirtyPages;
import emulha.memory.Page;
import emulha.memory.RamImage;
import emulha.names.Names;
import emulha.traces.Progress;
import emulha.traces.Series;
import emulha.traces.SystemTools;
import emulha.traces.capture.GuestGoneException;
import emulha.traces.capture.MemoryMapping;
import emulha.traces.capture.PageWriter;
import emulha.traces.capture.Preload;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class ProcessCaptureTest {
  private static final int PAGES = 500;

  @TempDir Path directory;

  private static ProcessCapture.Plan plan(int checkpoints, long ramBytes) {
    return new ProcessCapture.Plan(checkpoints, 1_000_000, ramBytes, ProcessCapture.Tracking.AUTO);
  }

  // Without it the recording could miss new memory or hold contents of another instant: what the
  // child holds when stopped for the last time must be in the image made from the series.
  @Test
  void theImageHoldsWhatTheProcessHolds() throws Exception {
    Path series = directory.resolve("series");
    var written = new AtomicInteger(100);
    try (var child = PageWriter.start(directory, "-", PAGES, Map.of())) {
      for (int pfn = 0; pfn < 100; pfn++) {
        child.write(pfn, 1 + pfn % 250);
      }
      // Between two checkpoints: one page again, one for the first time.
      Progress progress =
          (task, done, total) ->
              written.addAndGet(inBackground(child, 100 + (int) done, 1 + (int) done));
      int recorded = ProcessCapture.record(child.pid(), series, plan(5, 0), progress, () -> false);
      assertEquals(5, recorded);
      assertEquals(99 % 250 + 1, child.read(99), "the process must run again");
    }
    Series recorded = Series.at(series);
    assertEquals(recorded.info().ramBytes() / Page.BYTES, recorded.info().basePages());
    assertTrue(recorded.info().vm().startsWith("page-writer"), recorded.info().vm());
    int marked = 0;
    try (var cursor = recorded.open();
        var image = new RamImage(recorded.info().ramBytes())) {
      var pages = new DirtyPages();
      while (cursor.nextBase(1000, pages)) {
        image.apply(pages);
      }
      while (cursor.nextCheckpoint(pages)) {
        image.apply(pages);
      }
      byte[] page = new byte[Page.BYTES];
      for (long pfn = 0; pfn < image.pages(); pfn++) {
        image.read(pfn, page, 0);
        if (page[0] != 0 && Page.isZero(page, 1, Page.BYTES - 1)) {
          marked++;
        }
      }
    }
    // How many the child managed to write before it was stopped for the last time is up to the
    // scheduler; those that it had are in the image.
    assertTrue(marked >= written.get(), marked + " pages with one byte of " + written);
  }

  // The child is stopped while progress is told, so its answer comes only when it runs again.
  // Returns how many earlier writes it has done.
  private static int inBackground(PageWriter child, int pfn, int value) {
    try {
      int done = child.takeAnswers();
      child.send("w " + pfn + " " + value);
      return done;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void aProcessThatOutgrowsTheRoomEndsTheRecording() throws Exception {
    try (var child = PageWriter.start(directory, "-", PAGES, Map.of())) {
      child.write(0, 1);
      var e =
          assertThrows(
              IllegalArgumentException.class,
              () ->
                  ProcessCapture.record(
                      child.pid(),
                      directory.resolve("s"),
                      plan(5, Page.BYTES),
                      Progress.NONE,
                      () -> false));
      assertTrue(e.getMessage().contains("more than --memory-mib has room for"), e.getMessage());
      assertEquals(1, child.read(0), "the process must run again");
      assertFalse(Files.exists(directory.resolve("s")));
    }
  }

  // Without it all that was recorded of a program that ends by itself would be lost.
  @Test
  void whatWasRecordedOfAProcessThatEndsIsKept() throws Exception {
    Path series = directory.resolve("s");
    try (var child = PageWriter.start(directory, "-", PAGES, Map.of())) {
      child.write(0, 1);
      ProcessHandle process = ProcessHandle.of(child.pid()).orElseThrow();
      Progress progress =
          (task, done, total) -> {
            if (done == 3 && process.destroyForcibly()) {
              process.onExit().join();
            }
          };
      assertEquals(
          3, ProcessCapture.record(child.pid(), series, plan(1000, 0), progress, () -> false));
    }
    var info = Series.at(series).info();
    assertEquals(3, info.checkpoints());
    assertTrue(info.description().environment().containsKey("ended_early"));
  }

  // Killed while its memory is read, it is gone between any two files of /proc; what was recorded
  // of it before must not go with it.
  @Test
  void whatWasRecordedOfAProcessThatIsKilledWhileItIsReadIsKept() throws Exception {
    for (int attempt = 0; attempt < 6; attempt++) {
      Path series = directory.resolve("s" + attempt);
      long waitNs = 700_000L + 150_000L * attempt;
      try (var child = PageWriter.start(directory, "-", PAGES, Map.of())) {
        child.write(0, 1);
        ProcessHandle process = ProcessHandle.of(child.pid()).orElseThrow();
        Progress progress =
            (task, done, total) -> {
              if (done == 3) {
                Thread.ofPlatform()
                    .daemon()
                    .start(
                        () -> {
                          LockSupport.parkNanos(waitNs);
                          process.destroyForcibly();
                        });
              }
            };
        int recorded =
            ProcessCapture.record(child.pid(), series, plan(1000, 8L << 20), progress, () -> false);
        assertTrue(recorded >= 3, recorded + " checkpoints");
      }
      var info = Series.at(series).info();
      assertTrue(info.description().environment().containsKey("ended_early"));
    }
  }

  // Without it the intervals that a recording says it kept would count one without a checkpoint.
  @Test
  void theRunThatOutgrewTheRoomIsNotCounted() throws Exception {
    Path series = directory.resolve("s");
    int recorded;
    try (var child = PageWriter.start(directory, "-", PAGES, Map.of())) {
      child.write(0, 1);
      Progress progress =
          (task, done, total) -> {
            for (int pfn = 0; done == 2 && pfn < PAGES; pfn++) {
              try {
                child.send("w " + pfn + " 2");
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            }
          };
      recorded =
          ProcessCapture.record(child.pid(), series, plan(1000, 1 << 20), progress, () -> false);
    }
    var environment = Series.at(series).info().description().environment();
    assertTrue(String.valueOf(environment.get("ended_early")).contains("outgrew"));
    try (var cursor = Series.at(series).open()) {
      var pages = new DirtyPages();
      for (int n = 0; n < recorded; n++) {
        assertTrue(cursor.nextCheckpoint(pages));
      }
      String mean =
          String.format(Locale.ROOT, "mean %.3f, ", cursor.last().guestTimeNs() / 1e6 / recorded);
      assertTrue(String.valueOf(environment.get("run_ms")).startsWith(mean), mean + environment);
    }
  }

  // Without it what was recorded of a program that becomes another by exec would be lost.
  @Test
  void memoryThatIsGoneIsToldFromMemoryThatCannotBeRead() throws Exception {
    Process sleeping = new ProcessBuilder("sleep", "60").start();
    try (var map = new PageMap(sleeping.pid())) {
      assertEquals(0, map.read(0, 1)[0]);
      sleeping.destroyForcibly();
      sleeping.waitFor();
      var e = assertThrows(GuestGoneException.class, () -> map.read(0, 1));
      assertTrue(e.getMessage().contains("its memory is gone"), e.getMessage());
    } finally {
      sleeping.destroyForcibly();
    }
  }

  // Without it two recorders would stop the process in each other's intervals, and clear what the
  // other has yet to see.
  @Test
  void aSecondRecorderIsRefused() throws Exception {
    try (var child = PageWriter.start(directory, "-", PAGES, Map.of())) {
      Progress second =
          (task, done, total) -> {
            var e =
                assertThrows(
                    IllegalArgumentException.class,
                    () ->
                        ProcessCapture.record(
                            child.pid(),
                            directory.resolve("second"),
                            plan(1, 0),
                            Progress.NONE,
                            () -> false));
            assertTrue(e.getMessage().contains("another recorder"), e.getMessage());
          };
      assertEquals(
          2,
          ProcessCapture.record(
              child.pid(), directory.resolve("first"), plan(2, 0), second, () -> false));
    }
  }

  @Test
  void nobodyIsRefused() {
    assertThrows(
        IllegalArgumentException.class,
        () ->
            ProcessCapture.record(
                Integer.MAX_VALUE, directory.resolve("s"), plan(1, 0), Progress.NONE, () -> false));
    assertThrows(
        IllegalArgumentException.class,
        () ->
            ProcessCapture.record(
                ProcessHandle.current().pid(),
                directory.resolve("s"),
                plan(1, 0),
                Progress.NONE,
                () -> false));
  }

  // Without it the probe could believe bits that a kernel without them never sets. The kernel's own
  // configuration, where it shows it, is the other source.
  @Test
  void softDirtyIsBelievedOnlyWhereTheKernelHasIt() throws Exception {
    Path config = Path.of("/proc/config.gz");
    if (!Files.isReadable(config)) {
      org.junit.jupiter.api.Assumptions.abort("the kernel does not show its configuration");
    }
    String text;
    try (var in = new java.util.zip.GZIPInputStream(Files.newInputStream(config))) {
      text = new String(in.readAllBytes(), java.nio.charset.StandardCharsets.US_ASCII);
    }
    assertEquals(text.contains("CONFIG_MEM_SOFT_DIRTY=y"), SoftDirty.works());
  }

  // Memory that was given back and is read again is zeros, and no bit says that it changed: without
  // this the recording would keep what was there before. Bits 63, 62 and 56 of an entry: present,
  // swapped, mapped nowhere else.
  @Test
  void pagesThatMayBeTheZeroPageAreTold() {
    assertTrue(PageMap.mayBeZeroPage(1L << 63));
    assertFalse(PageMap.mayBeZeroPage(1L << 63 | 1L << 56));
    assertFalse(PageMap.mayBeZeroPage(1L << 62));
    assertFalse(PageMap.mayBeZeroPage(0));
  }

  // Without it a recording asked for by soft-dirty bits would, on a kernel without them, hold
  // nothing or silently be one of another kind.
  @Test
  void softDirtyIsRefusedAloudWhereItDoesNotWork() throws Exception {
    Path series = directory.resolve("s");
    try (var child = PageWriter.start(directory, "-", PAGES, Map.of())) {
      var plan = new ProcessCapture.Plan(2, 1_000_000, 0, ProcessCapture.Tracking.SOFT_DIRTY);
      if (SoftDirty.works()) {
        ProcessCapture.record(child.pid(), series, plan, Progress.NONE, () -> false);
        assertTrue(Series.at(series).info().dirtyBy().startsWith("soft-dirty bits"));
      } else {
        var e =
            assertThrows(
                IOException.class,
                () -> ProcessCapture.record(child.pid(), series, plan, Progress.NONE, () -> false));
        assertTrue(e.getMessage().contains("CONFIG_MEM_SOFT_DIRTY"), e.getMessage());
        assertFalse(Files.exists(series));
        ProcessCapture.record(child.pid(), series, plan(1, 0), Progress.NONE, () -> false);
        assertTrue(
            Series.at(series).info().dirtyBy().endsWith("soft-dirty bits do not work here"),
            Series.at(series).info().dirtyBy());
      }
      child.write(1, 1);
      assertEquals(1, child.read(1), "the process must run again");
    }
  }

  // Without it a page written with the content it had, or one that the kernel wrote, could be
  // missing from a recording that says it has all.
  @Test
  void silentWritesOfAStartedProcessAreSeen() throws Exception {
    Path library = directory.resolve("write-descriptor.so");
    SystemTools.require("cc");
    Preload.compile("write-descriptor.c", library);
    try (var child =
        PageWriter.start(directory, "-", PAGES, Map.of("LD_PRELOAD", library.toString()))) {
      if (!ProcessWrites.offered(child.pid())) {
        SystemTools.lacking("the kernel has no userfaultfd WP_ASYNC (Linux 6.7)");
      }
      for (int pfn = 0; pfn < PAGES; pfn++) {
        child.write(pfn, 1);
      }
      long first = child.address() >>> Page.SHIFT;
      // The child does nothing between its answer and the next command.
      try (var writes = ProcessWrites.of(child.pid())) {
        writes.collect();
        child.write(3, 1);
        child.writeBySystemCall(5, 1);
        child.write(499, 2);
        assertEquals(1, child.read(7));
        writes.collect();
        long mapping =
            MemoryMapping.of(child.pid()).stream()
                    .filter(each -> each.start() <= child.address() && child.address() < each.end())
                    .findFirst()
                    .orElseThrow()
                    .start()
                >>> Page.SHIFT;
        var seen = new java.util.TreeSet<Integer>();
        for (int pfn = 0; pfn < PAGES; pfn++) {
          if (writes.written(mapping, first + pfn)) {
            seen.add(pfn);
          }
        }
        assertEquals(java.util.Set.of(3, 5, 499), seen);
      }
      Path series = directory.resolve("written");
      var plan = new ProcessCapture.Plan(2, 1_000_000, 0, ProcessCapture.Tracking.UFFD);
      ProcessCapture.record(child.pid(), series, plan, Progress.NONE, () -> false);
      assertTrue(Series.at(series).info().dirtyBy().startsWith("userfaultfd WP_ASYNC"));
      assertTrue(
          Series.at(series).info().description().environment().containsKey("run_ms"),
          "what the intervals were");
      assertEquals(2, child.read(499), "the process must run again");
    }
  }

  // Without it a recording asked for by write protection would silently be one of another kind.
  @Test
  void writeProtectionNeedsAProcessStartedForIt() throws Exception {
    try (var child = PageWriter.start(directory, "-", PAGES, Map.of())) {
      var plan = new ProcessCapture.Plan(2, 1_000_000, 0, ProcessCapture.Tracking.UFFD);
      var e =
          assertThrows(
              IOException.class,
              () ->
                  ProcessCapture.record(
                      child.pid(), directory.resolve("s"), plan, Progress.NONE, () -> false));
      assertTrue(e.getMessage().contains("has no userfaultfd"), e.getMessage());
      assertFalse(Files.exists(directory.resolve("s")));
    }
  }

  @Test
  void trackersAreNamed() {
    for (ProcessCapture.Tracking tracking : ProcessCapture.Tracking.values()) {
      assertEquals(tracking, tracking(Names.word(tracking)));
    }
    var e = assertThrows(IllegalArgumentException.class, () -> tracking("bits"));
    assertTrue(e.getMessage().contains("available: auto, uffd, soft-dirty, diff"), e.getMessage());
  }

  private static ProcessCapture.Tracking tracking(String word) {
    return Names.constant("tracker", word, ProcessCapture.Tracking.class);
  }
}
