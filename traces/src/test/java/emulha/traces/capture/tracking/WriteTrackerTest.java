package emulha.traces.capture.tracking;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import emulha.memory.DirtyPages;
import emulha.memory.Page;
import emulha.names.Names;
import emulha.traces.SystemTools;
import emulha.traces.capture.MappedRam;
import emulha.traces.capture.PageWriter;
import emulha.traces.capture.Preload;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What every tracker must report, on a child process that writes known pages. */
class WriteTrackerTest {
  private static final int PAGES = 3000;

  @TempDir Path directory;
  private Path file = Path.of("/dev/shm/emulha-test-" + ProcessHandle.current().pid());

  @BeforeEach
  void makeMemory() throws IOException {
    if (!Files.isDirectory(Path.of("/dev/shm"))) {
      SystemTools.lacking("no /dev/shm here");
    }
    try (var memory = new RandomAccessFile(file.toFile(), "rw")) {
      memory.setLength((long) PAGES * Page.BYTES);
    }
  }

  @AfterEach
  void removeMemory() throws IOException {
    Files.deleteIfExists(file);
  }

  private PageWriter child(boolean shim) throws Exception {
    if (!shim) {
      return PageWriter.start(directory, file.toString(), PAGES, Map.of());
    }
    SystemTools.require("cc");
    var environment = new HashMap<>(Map.of(Preload.TRACKED, file.toString()));
    Preload.compile(Preload.WRITE_PROTECT, directory.resolve("shim.so")).into(environment);
    return PageWriter.start(directory, file.toString(), PAGES, environment);
  }

  private static WriteTracker open(Tracking tracking, PageWriter child, MappedRam ram)
      throws IOException {
    try {
      return tracking.open(child.pid(), ram);
    } catch (IOException e) {
      SystemTools.lacking(e.getMessage());
      throw e;
    }
  }

  private static List<Long> collect(WriteTracker tracker) throws IOException {
    var pfns = new ArrayList<Long>();
    tracker.collect(pfns::add);
    return pfns;
  }

  // Without it pages that were only read could count as written, or pages written by a system call
  // or for the first time could be missing from every series recorded.
  @Test
  void writeProtectionReportsExactlyTheWrittenPages() throws Exception {
    try (var child = child(true);
        var ram = new MappedRam(file);
        var tracker = open(Tracking.UFFD, child, ram)) {
      assertTrue(tracker.seesSilentWrites());
      runRounds(child, tracker, true);
    }
  }

  // Without it the fallback could report silent writes it cannot know, or miss changes.
  @Test
  void contentDiffReportsExactlyTheChangedPages() throws Exception {
    try (var child = child(false);
        var ram = new MappedRam(file);
        var tracker = open(Tracking.DIFF, child, ram)) {
      runRounds(child, tracker, tracker.seesSilentWrites());
    }
  }

  private static void runRounds(PageWriter child, WriteTracker tracker, boolean silent)
      throws IOException {
    var random = new Random(71);
    int[] content = new int[PAGES];
    for (int round = 0; round < 30; round++) {
      var before = content.clone();
      var written = new TreeSet<Long>();
      int writes = round % 5 == 0 ? 0 : random.nextInt(60);
      for (int i = 0; i < writes; i++) {
        int pfn = random.nextInt(PAGES);
        int value = random.nextInt(3) == 0 ? content[pfn] : random.nextInt(256);
        if (random.nextBoolean()) {
          child.write(pfn, value);
        } else {
          child.writeBySystemCall(pfn, value);
        }
        content[pfn] = value;
        written.add((long) pfn);
        int other = random.nextInt(PAGES);
        assertEquals(content[other], child.read(other));
      }
      var expected = new TreeSet<>(written);
      if (!silent) {
        expected.removeIf(pfn -> before[pfn.intValue()] == content[pfn.intValue()]);
      }
      assertEquals(List.copyOf(expected), collect(tracker), "round " + round);
    }
  }

  // Without it what was written before the base would count for the first checkpoint.
  @Test
  void resetForgets() throws Exception {
    for (Tracking tracking : List.of(Tracking.UFFD, Tracking.DIFF)) {
      try (var child = child(tracking == Tracking.UFFD);
          var ram = new MappedRam(file);
          var tracker = open(tracking, child, ram)) {
        child.write(7, 1);
        tracker.reset();
        assertEquals(List.of(), collect(tracker));
        child.write(8, 2 + tracking.ordinal());
        assertEquals(List.of(8L), collect(tracker));
      }
    }
  }

  // Without it a program whose memory nobody registered would be recorded as writing nothing, or
  // everything.
  @Test
  void unregisteredMemoryIsRefused() throws Exception {
    try (var child = child(false);
        var ram = new MappedRam(file)) {
      assertThrows(IOException.class, () -> Tracking.UFFD.open(child.pid(), ram).close());
      try (var tracker = Tracking.AUTO.open(child.pid(), ram)) {
        assertTrue(tracker.dirtyBy().startsWith("content diff"), tracker.dirtyBy());
      }
    }
  }

  // Without it the content check would pass whatever the tracker misses.
  @Test
  void theCheckFindsAMissedPage() throws Exception {
    try (var child = child(false);
        var ram = new MappedRam(file);
        var shadow = new Shadow(ram.memory())) {
      var marked = new DirtyPages();
      marked.append(5);
      marked.append(6);
      child.write(5, 1);
      assertEquals(1, shadow.check(marked));
      child.write(5, 2);
      child.write(2999, 9);
      var e = assertThrows(IOException.class, () -> shadow.check(marked));
      assertTrue(
          e.getMessage().contains("missed 1 changed pages, the first is page frame 2999"),
          e.getMessage());
    }
  }

  @Test
  void trackersAreNamed() {
    for (Tracking tracking : Tracking.values()) {
      assertEquals(tracking, tracking(Names.word(tracking)));
    }
    var e = assertThrows(IllegalArgumentException.class, () -> tracking("soft"));
    assertTrue(e.getMessage().contains("available: auto, uffd, diff"), e.getMessage());
  }

  private static Tracking tracking(String word) {
    return Names.constant("tracker", word, Tracking.class);
  }
}
