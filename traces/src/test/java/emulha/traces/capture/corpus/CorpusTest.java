package emulha.traces.capture.corpus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import emulha.memory.DirtyPages;
import emulha.memory.Page;
import emulha.traces.Clock;
import emulha.traces.Progress;
import emulha.traces.Series;
import emulha.traces.SeriesDescription;
import emulha.traces.SeriesDigest;
import emulha.traces.SeriesWriter;
import emulha.traces.capture.GuestDefinition;
import emulha.traces.capture.Room;
import emulha.traces.capture.corpus.CorpusRecorder.Outcome.Verdict;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CorpusTest {
  private static final Clock CLOCK = Clock.guest(1_000_000_000);

  @TempDir Path directory;

  // A built guest and its recording, so that nothing is left to build or record.
  @BeforeEach
  void makeRecording() throws IOException {
    Path guest = directory.resolve("guests/two");
    Files.createDirectories(guest);
    Files.writeString(
        guest.resolve(GuestDefinition.FILE),
        """
        {"name": "vm", "workload": "none", "memory_mib": 16, "disk": "disk", "settle_ms": 0}
        """);
    Files.writeString(guest.resolve(Corpus.PACKAGES), "busybox-static 1:1.35\n");
    var description =
        new SeriesDescription(
            "vm",
            "none",
            25_000_000,
            new SeriesDescription.Memory(2L * Page.BYTES, 0),
            SeriesDescription.Origin.recorded("by construction", Map.of("hypervisor", "QEMU 7.2")),
            CLOCK);
    try (var writer = SeriesWriter.create(series(), description)) {
      var pages = new DirtyPages();
      for (int n = 1; n <= Corpus.PREFIX + 2; n++) {
        pages.clear();
        int page = pages.append(n % 2);
        pages.slab(page)[pages.offset(page)] = (byte) n;
        writer.writeCheckpoint(pages, n * 25_000_000L, null);
      }
      writer.finish();
    }
  }

  private Path series() {
    return directory.resolve("two.tar.zst");
  }

  private String digest(int checkpoints) throws IOException {
    return SeriesDigest.of(Series.at(series()), checkpoints, Progress.NONE);
  }

  private static String text(String qemu, String first, String whole, String more) {
    return """
        {"about": "two pages", "versions": {"QEMU": "%s", "busybox-static": "1:1.35"},
         "recordings": [{"name": "two", "recipe": "none", "arguments": [],
           "instructions_per_second": 1000000000, "interval_ms": 25, "checkpoints": 42,
           "digests": {"vm": {"first": "%s", "whole": "%s", "packed_bytes": 7}}%s}]}
        """
        .formatted(qemu, first, whole, more);
  }

  private Corpus corpus(String text) throws IOException {
    Path file = directory.resolve("corpus.json");
    Files.writeString(file, text);
    return Corpus.read(file);
  }

  private CorpusRecorder.Outcome made(Corpus corpus) throws IOException {
    var recorder =
        new CorpusRecorder(corpus, new Recipes(directory), directory, Progress.NONE, () -> false);
    return recorder.make(corpus.recordings().getFirst(), 42).get("vm");
  }

  // Without it a recording that differs could pass for the published one, or another QEMU's
  // recording for a fault.
  @Test
  void digestsAreHeldAgainstTheCorpusWhereVersionsAreEqual() throws Exception {
    String first = digest(Corpus.PREFIX);
    String whole = digest(42);
    var equal = made(corpus(text("QEMU 7.2", first, whole, "")));
    assertEquals(Verdict.EQUAL, equal.verdict());
    assertEquals(Files.size(series()), equal.digests().packedBytes());
    assertEquals(
        Verdict.UNEQUAL, made(corpus(text("QEMU 7.2", whole, whole, ""))).verdict(), "first 40");
    assertEquals(
        Verdict.UNEQUAL, made(corpus(text("QEMU 7.2", first, first, ""))).verdict(), "the whole");
    var other = made(corpus(text("QEMU 10.0", first, first, "")));
    assertEquals(Verdict.OTHER_VERSIONS, other.verdict());
    assertEquals(List.of("QEMU QEMU 7.2 in place of QEMU 10.0"), other.differences());
  }

  // The longest, by number and not by name; and never that of a series whose name begins alike.
  @Test
  void theLongestBeginningStandsForASeriesThatIsNotThere() throws Exception {
    assertEquals(series(), Corpus.find(directory, "two"));
    assertNull(Corpus.find(directory, "one"));
    assertNull(Corpus.find(directory.resolve("absent"), "one"));
    for (String file :
        List.of(
            "one-first-1000.tar.zst",
            "one-first-400.tar.zst",
            "one-first-9999.tar.zst.partial",
            "one-first-.tar.zst",
            "one-vm1-first-4800.tar.zst",
            "two-first-4800.tar.zst")) {
      Files.createFile(directory.resolve(file));
    }
    assertEquals(directory.resolve("one-first-1000.tar.zst"), Corpus.find(directory, "one"));
    assertEquals(series(), Corpus.find(directory, "two"), "the whole, if it is there");
  }

  // Without it a misspelt key would be left out of what is recorded, without a word.
  @Test
  void whatIsNotACorpusIsRefusedByName() {
    String whole = text("q", "f", "w", "");
    for (Map.Entry<String, String> each :
        Map.of(
                text("q", "f", "w", ", \"spede\": 1"), "spede",
                whole.replace("\"interval_ms\": 25,", ""), "interval_ms",
                whole.replace("\"two\"", "\"../two\""), "../two",
                whole.substring(0, 40), "not a corpus")
            .entrySet()) {
      var e = assertThrows(IllegalArgumentException.class, () -> corpus(each.getKey()));
      assertTrue(e.getMessage().contains(each.getValue()), e.getMessage());
      assertEquals(1, e.getMessage().lines().count(), e.getMessage());
    }
  }

  // Without it a packed guest with a damaged list would end in a fault of the program.
  @Test
  void aListOfPackagesWithoutVersionsIsRefused() throws Exception {
    Path guest = directory.resolve("guests/two");
    assertEquals(Map.of("busybox-static", "1:1.35"), Corpus.packages(guest));
    Files.writeString(guest.resolve(Corpus.PACKAGES), "busybox-static 1:1.35\nqemu\n");
    var e = assertThrows(IOException.class, () -> Corpus.packages(guest));
    assertTrue(e.getMessage().endsWith("found \"qemu\""), e.getMessage());
  }

  // Without it two minutes would be recorded until the disk is full.
  @Test
  void tooLittleRoomIsSaidBeforeAndSoonAfterTheStart() throws Exception {
    var recorded = corpus(text("q", "f", "w", "")).recordings().getFirst();
    assertEquals(14, recorded.packingBytes(42), "packed, an archive is there twice");
    assertEquals(7, recorded.packingBytes(21));
    Room.require(directory, 0, "two");
    var before =
        assertThrows(
            IOException.class, () -> Room.require(directory.resolve("new/er"), 1L << 60, "two"));
    assertTrue(before.getMessage().contains("two takes 1152921504.61 GB"), before.getMessage());
    Room.requireRest(directory, 40, 0, 40, 80);
    // A thousandth of what is free a checkpoint: 1000 do not fit beside the 40, 900 do.
    long each = Files.getFileStore(directory).getUsableSpace() / 1000;
    Room.requireRest(directory, 40 * each, 0, 40, 940);
    var after =
        assertThrows(IOException.class, () -> Room.requireRest(directory, 40 * each, 0, 40, 1200));
    assertTrue(after.getMessage().contains("record at most 10"), after.getMessage());
    assertThrows(
        IOException.class, () -> Room.requireRest(directory, 40 * each, 50 * each, 40, 940));
    var none =
        assertThrows(
            IOException.class,
            () -> Room.requireRest(directory, 40 * each, 10_000 * each, 40, 940));
    assertTrue(none.getMessage().endsWith("record at most 0"), none.getMessage());
  }
}
