package emulha.traces.imports;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import emulha.memory.DirtyPages;
import emulha.traces.Clock;
import emulha.traces.Progress;
import emulha.traces.Series;
import emulha.traces.SeriesDescription;
import emulha.traces.SeriesDigest;
import emulha.traces.SeriesVerifier;
import emulha.traces.TestSeries;
import emulha.traces.exports.FlatExport;
import emulha.traces.views.MergedSeries;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FlatImportTest {
  @TempDir Path directory;
  private Path source;

  @BeforeEach
  void writeRecording() throws IOException {
    source = Files.createDirectory(directory.resolve("flat"));
    byte[] base = new byte[20 * 4096];
    for (int i = 0; i < base.length; i++) {
      base[i] = (byte) (i >> 12);
    }
    Files.write(source.resolve("base.raw"), base);
    Files.write(source.resolve("base.free"), new byte[] {1, 0, 0});
    checkpoint(0, 3, 7);
    checkpoint(1);
    checkpoint(2, 0, 19);
    Files.write(source.resolve("ckpt-000002.free"), new byte[] {0, 0, 8});
    Files.writeString(
        source.resolve("meta.json"),
        """
        {"workload": "w", "interval_ms": 25, "page_size": 4096, "ram_bytes": 81920,
         "checkpoints": 3, "dirty_by": "d", "accel": "TCG", "totals": {"written": 4}}
        """);
    Files.writeString(
        source.resolve("stats.csv"), "ckpt,run_ms,x\n0,25.082,1\n1,24.9,1\n2,30.000001,1\n");
  }

  private void checkpoint(int n, int... pfns) throws IOException {
    var index = ByteBuffer.allocate(8 * pfns.length).order(ByteOrder.LITTLE_ENDIAN);
    byte[] pages = new byte[4096 * pfns.length];
    for (int i = 0; i < pfns.length; i++) {
      index.putLong(pfns[i]);
      Arrays.fill(pages, 4096 * i, 4096 * (i + 1), (byte) (100 + pfns[i]));
    }
    Files.write(source.resolve("ckpt-00000" + n + ".idx"), index.array());
    Files.write(source.resolve("ckpt-00000" + n + ".pages"), pages);
  }

  private IOException refused() {
    var error =
        assertThrows(
            IOException.class, () -> FlatImport.run(source, directory.resolve("s"), Progress.NONE));
    assertFalse(Files.exists(directory.resolve("s")), "a failed import left a series");
    return error;
  }

  @Test
  void importsPagesFreeMapsTimesAndFacts() throws IOException {
    FlatImport.run(source, directory.resolve("s"), Progress.NONE);
    var series = Series.at(directory.resolve("s"));
    assertEquals(3, series.info().checkpoints());
    assertEquals(25_000_000, series.info().intervalNs());
    assertEquals("w", series.info().workload());
    assertEquals("flat", series.info().vm());
    assertEquals("d", series.info().dirtyBy());
    assertTrue(series.info().description().baseFull());
    assertEquals(
        "{accel=TCG, totals.written=4}", series.info().description().environment().toString());
    byte[] image = TestSeries.imageAfter(series, 3);
    for (int pfn = 0; pfn < 20; pfn++) {
      int expected = pfn == 0 || pfn == 3 || pfn == 7 || pfn == 19 ? 100 + pfn : pfn;
      assertEquals(expected, image[4096 * pfn]);
      assertEquals(expected, image[4096 * pfn + 4095]);
    }
    try (var cursor = series.open()) {
      var pages = new DirtyPages();
      assertTrue(cursor.nextBase(20, pages));
      assertTrue(pages.freeMap().isFree(0));
      assertTrue(cursor.nextCheckpoint(pages));
      assertEquals(25_082_000, cursor.last().guestTimeNs());
      assertTrue(cursor.nextCheckpoint(pages));
      assertEquals(0, pages.count());
      assertTrue(cursor.nextCheckpoint(pages));
      assertEquals(79_982_001, cursor.last().guestTimeNs());
      assertTrue(pages.freeMap().isFree(19));
    }
    SeriesVerifier.verify(directory.resolve("s"), Progress.NONE);
  }

  // Each of these once imported would be a series that nobody recorded.
  @Test
  void refusesMissingShortAndOddFiles() throws IOException {
    for (String name : new String[] {"base.raw", "meta.json", "ckpt-000001.idx"}) {
      byte[] intact = Files.readAllBytes(source.resolve(name));
      Files.delete(source.resolve(name));
      String message = String.valueOf(refused().getMessage());
      assertTrue(message.contains("missing"), message);
      Files.write(source.resolve(name), intact);
    }
    for (String name : new String[] {"base.raw", "ckpt-000000.idx", "ckpt-000000.pages"}) {
      byte[] intact = Files.readAllBytes(source.resolve(name));
      for (int length : new int[] {0, 1, intact.length - 1, intact.length + 1}) {
        Files.write(source.resolve(name), Arrays.copyOf(intact, length));
        String message = String.valueOf(refused().getMessage());
        // An empty index is a checkpoint without pages: its pages are then too many.
        assertTrue(
            message.contains(name) || message.contains(name.replace("idx", "pages")), message);
      }
      Files.write(source.resolve(name), intact);
    }
    FlatImport.run(source, directory.resolve("s"), Progress.NONE);
  }

  // As FORMAT.md has it; without it what was exported of a series with such maps could not be
  // imported again.
  @Test
  void framesBeyondAFreeMapAreInUse() throws IOException {
    Files.write(source.resolve("ckpt-000000.free"), new byte[] {1});
    Files.write(source.resolve("ckpt-000001.free"), new byte[0]);
    FlatImport.run(source, directory.resolve("s"), Progress.NONE);
    try (var cursor = Series.at(directory.resolve("s")).open()) {
      var pages = new DirtyPages();
      assertTrue(cursor.nextBase(20, pages));
      assertTrue(cursor.nextCheckpoint(pages));
      assertEquals(1, pages.freeMap().bits().length);
      assertTrue(pages.freeMap().isFree(0));
      assertFalse(pages.freeMap().isFree(19));
      assertTrue(cursor.nextCheckpoint(pages));
      assertNull(pages.freeMap());
    }
    Path flat = directory.resolve("exported");
    FlatExport.write(Series.at(directory.resolve("s")), flat, Progress.NONE);
    FlatImport.run(flat, directory.resolve("back"), Progress.NONE);
    assertEquals(
        SeriesDigest.of(Series.at(directory.resolve("s")), Integer.MAX_VALUE, Progress.NONE),
        SeriesDigest.of(Series.at(directory.resolve("back")), Integer.MAX_VALUE, Progress.NONE));
    Files.write(source.resolve("ckpt-000000.free"), new byte[4]);
    var error =
        assertThrows(
            IOException.class, () -> FlatImport.run(source, directory.resolve("t"), Progress.NONE));
    assertTrue(error.getMessage().contains("at most 3 bytes, found 4"), error.getMessage());
  }

  // Guest times end at 2^63 ns; without it a sum beyond would be a fault of the program, and what
  // export writes of intervals of weeks could not be imported.
  @Test
  void refusesRunTimesThatAddUpToMoreThanATimeCanBe() throws IOException {
    Path stats = source.resolve("stats.csv");
    Files.writeString(stats, "ckpt,run_ms\n0,9000000000000\n1,223372036854.775807\n2,0\n");
    assertEquals(Long.MAX_VALUE, FlatImport.guestTimes(stats, 3)[2]);
    Files.writeString(stats, "ckpt,run_ms\n0,9000000000000\n1,223372036854.775808\n2,0\n");
    var error = assertThrows(IOException.class, () -> FlatImport.guestTimes(stats, 3));
    assertTrue(error.getMessage().contains("stats.csv: row 2: "), error.getMessage());
  }

  @Test
  void refusesPageNumbersThatDoNotAscendOrLieBeyondRam() throws IOException {
    checkpoint(0, 7, 3);
    assertTrue(refused().getMessage().contains("ckpt-000000.idx: byte 8: "));
    checkpoint(0, 7, 7);
    assertTrue(refused().getMessage().contains("byte 8"));
    checkpoint(0, 7, 20);
    assertTrue(refused().getMessage().contains("byte 8"));
    checkpoint(0, -1, 7);
    assertTrue(refused().getMessage().contains("byte 0"));
  }

  // Rounded to milliseconds, a merge or a schedule of a 60 Hz recording would drift from its guest.
  @Test
  void keepsIntervalsExactly() throws IOException {
    String meta = Files.readString(source.resolve("meta.json"));
    Object[][] kept = {
      {"\"interval_ms\": 25.0", 25_000_000L, "25 ms"},
      {"\"interval_ms\": 2.5e1", 25_000_000L, "25 ms"},
      {"\"interval_ms\": 1000", 1_000_000_000L, "1000 ms"},
      {"\"interval_ms\": 16.667", 16_667_000L, "16.667 ms"},
      {"\"interval_ms\": 0.000001", 1L, "0.000001 ms"},
      {"\"interval_ns\": 16666667", 16_666_667L, "16.666667 ms"},
    };
    for (int i = 0; i < kept.length; i++) {
      Files.writeString(
          source.resolve("meta.json"), meta.replace("\"interval_ms\": 25", (String) kept[i][0]));
      Path destination = directory.resolve("s" + i);
      FlatImport.run(source, destination, Progress.NONE);
      var info = Series.at(destination).info();
      assertEquals(kept[i][1], info.intervalNs(), (String) kept[i][0]);
      assertEquals(kept[i][2], info.interval());
      assertEquals(
          3 * info.intervalNs(),
          new MergedSeries(Series.at(destination), 3).info().intervalNs(),
          (String) kept[i][0]);
    }
    String[][] refused = {
      {"\"interval_ms\": 16.6666667", "whole nanoseconds"},
      {"\"interval_ms\": -1.5", "above 0"},
      {"\"interval_ms\": \"25\"", "expected a number"},
      {"\"interval_ms\": 1e300", "whole nanoseconds"},
      {"\"interval_ms\": 25, \"interval_ns\": 25000000", "not both"},
    };
    for (String[] one : refused) {
      Files.writeString(source.resolve("meta.json"), meta.replace("\"interval_ms\": 25", one[0]));
      String message = refused().getMessage();
      assertTrue(message.contains(one[1]), message);
    }
  }

  // JSON's null as the text "null", or an object as no text, would name a VM that there is not.
  @Test
  void refusesNamesThatAreNoText() throws IOException {
    String meta = Files.readString(source.resolve("meta.json"));
    String endless = "[" + "1,".repeat(10_000) + "1]";
    for (String wrong : new String[] {"null", "7", "[\"a\"]", "{\"a\": 1}", endless}) {
      Files.writeString(
          source.resolve("meta.json"),
          meta.replace("{\"workload\"", "{\"vm\": " + wrong + ", \"workload\""));
      String message = refused().getMessage();
      assertTrue(message.contains("expected text in vm, found"), message);
      assertTrue(message.length() < 1000, () -> "of " + wrong.length() + " letters");
      Files.writeString(
          source.resolve("meta.json"),
          meta.replace("\"workload\": \"w\"", "\"workload\": " + wrong));
      message = refused().getMessage();
      assertTrue(message.contains("expected text in workload, found"), message);
    }
  }

  /**
   * Recorders say what they like of their clock, origin and place: words that are fields elsewhere.
   */
  @Test
  void wordsOfARecordersOwnAreCarriedOver() throws IOException {
    String meta = Files.readString(source.resolve("meta.json"));
    Files.writeString(
        source.resolve("meta.json"),
        meta.replace(
            "\"dirty_by\": \"d\",",
            "\"dirty_by\": \"d\", \"clock\": \"stopped while paused\", \"origin\": \"our lab\","
                + " \"calibration\": \"none\", \"environment\": \"rack 7\","));
    Path out = directory.resolve("carried");
    FlatImport.run(source, out, Progress.NONE);
    SeriesDescription description = Series.at(out).info().description();
    assertEquals("stopped while paused", description.environment().get("clock"));
    assertEquals("our lab", description.environment().get("origin"));
    assertEquals("rack 7", description.environment().get("environment"));
    assertEquals(Clock.HOST, description.clock());
    assertFalse(description.origin().synthetic());
  }

  @Test
  void refusesMetaAndStatsThatContradictTheFiles() throws IOException {
    String meta = Files.readString(source.resolve("meta.json"));
    for (String[] change :
        new String[][] {
          {"\"checkpoints\": 3", "\"checkpoints\": 4"},
          {"\"page_size\": 4096", "\"page_size\": 12288"},
          {"\"page_size\": 4096", "\"page_size\": \"64KiB\""},
          {"\"dirty_by\": \"d\",", "\"dirty_by\": \"d\", \"emulha\": {\"origin\": \"made\"},"},
          {
            "\"dirty_by\": \"d\",",
            "\"dirty_by\": \"d\", \"emulha\": {\"calibration\": {\"a\": \"b\"}},"
          },
          {"\"dirty_by\": \"d\",", "\"dirty_by\": \"d\", \"emulha\": {\"clock\": \"guest\"},"},
          {"\"dirty_by\": \"d\",", "\"dirty_by\": \"d\", \"emulha\": 1,"},
          {"81920", "81921"},
          {"\"interval_ms\": 25,", ""},
          {"\"interval_ms\": 25", "\"interval_ms\": 0"},
          {"\"interval_ms\": 25", "\"interval_ms\": \"x\""},
          {"\"dirty_by\": \"d\",", ""},
          {"{\"workload\"", "{{"},
        }) {
      Files.writeString(source.resolve("meta.json"), meta.replace(change[0], change[1]));
      assertTrue(refused().getMessage().contains("meta.json"));
    }
    // A size of pages that the RAM is a multiple of, but that its other files contradict.
    Files.writeString(source.resolve("meta.json"), meta.replace(": 4096", ": 16384"));
    assertTrue(refused().getMessage().contains("base.free"));
    Files.delete(source.resolve("base.free"));
    assertTrue(refused().getMessage().contains("expected 2 pages of 16384 bytes"));
    Files.writeString(source.resolve("meta.json"), meta);
    for (String stats :
        new String[] {
          "ckpt,run_ms\n0,25\n1,25\n",
          "ckpt,run_ms\n0,25\n1,25\n3,25\n",
          "ckpt,run_ms\n0,25\n1,x\n2,25\n",
          "ckpt,run_ms\n0,25\n1,-26\n2,25\n",
          "ckpt,run_ms\n0,25\n1,1e999999999\n2,25\n",
        }) {
      Files.writeString(source.resolve("stats.csv"), stats);
      assertTrue(refused().getMessage().contains("stats.csv"));
    }
    Files.writeString(source.resolve("stats.csv"), "ckpt,other\n0,1\n");
    FlatImport.run(source, directory.resolve("s"), Progress.NONE);
  }
}
