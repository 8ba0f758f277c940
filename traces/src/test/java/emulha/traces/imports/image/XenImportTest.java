package emulha.traces.imports.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.github.luben.zstd.ZstdInputStream;
import emulha.memory.DirtyPages;
import emulha.memory.PageSize;
import emulha.traces.Progress;
import emulha.traces.Provenance;
import emulha.traces.Series;
import emulha.traces.SeriesVerifier;
import emulha.traces.TestSeries;
import emulha.traces.imports.Damage;
import emulha.traces.imports.ImportFormat;
import emulha.traces.imports.ImportTrial;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Streams of Xen, made by hand after its specifications, and one of Remus by Debian's Xen 4.17.5,
 * built with shadow paging, in {@code xen-4.17.tar.zst}: a PV guest of 4 MiB that stops itself
 * after every 20 writes, by turns to 96 pages from frame 0x15 on. Write n puts n into the page's
 * first word, or leaves what is there if n mod 8 is 5. Beside it the RAM of the stopped guest
 * before two of its checkpoints, out of {@code xl dump-core}.
 */
class XenImportTest {
  private static final int NO_CONTENT = -1;

  @TempDir Path directory;

  /** How much of the layers around libxc's stream there is. */
  enum Layers {
    LIBXC,
    LIBXL,
    XL
  }

  /** A page of a record: its content is a byte, repeated. */
  private record Sent(int type, long frame, int content) {
    static Sent plain(long frame, int content) {
      return new Sent(0, frame, content);
    }
  }

  /** A stream. */
  private static final class Stream {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final Layers layers;

    Stream(Layers layers, int version, int guest) {
      this.layers = layers;
      if (layers == Layers.XL) {
        out.writeBytes("Xen saved domain, xl format\n \0 \r".getBytes(StandardCharsets.US_ASCII));
        little(16).putInt(0x01020304).putInt(3).putInt(0).putInt(13);
        out.writeBytes(buffer.array());
        out.writeBytes("\11\0\0\0{config}\0".getBytes(StandardCharsets.US_ASCII));
      }
      if (layers != Layers.LIBXC) {
        out.writeBytes("LibxlFmt\0\0\0\2\0\0\0\0".getBytes(StandardCharsets.US_ASCII));
        record(0x80000005, new byte[3]);
        record(1);
      }
      out.writeBytes(
          ByteBuffer.allocate(24).putLong(-1).putInt(0x58454e46).putInt(version).array());
      little(16).putInt(guest).putShort((short) 12).putShort((short) 0).putInt(4).putInt(17);
      out.writeBytes(buffer.array());
      if (guest == 1) {
        record(2, 8, 4, 0, 0, 0, 0, 0, 0);
        record(0x11, 1, 2, 3);
      }
      if (version == 3) {
        record(0x10);
      }
      if (guest == 1) {
        little(16).putInt(0).putInt(15).putLong(7);
        record(3, buffer.array());
      }
    }

    private ByteBuffer buffer = ByteBuffer.allocate(0);

    private ByteBuffer little(int bytes) {
      buffer = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
      return buffer;
    }

    Stream record(int type, int... body) {
      byte[] bytes = new byte[body.length];
      for (int i = 0; i < bytes.length; i++) {
        bytes[i] = (byte) body[i];
      }
      return record(type, bytes);
    }

    private Stream record(int type, byte[] body) {
      little(8).putInt(type).putInt(body.length);
      out.writeBytes(buffer.array());
      out.writeBytes(body);
      out.writeBytes(new byte[-body.length & 7]);
      return this;
    }

    Stream pages(Sent... pages) {
      int contents = (int) Arrays.stream(pages).filter(page -> page.content != NO_CONTENT).count();
      little(8 + 8 * pages.length + 4096 * contents).putInt(pages.length).putInt(0);
      for (Sent page : pages) {
        buffer.putLong((long) page.type << 60 | page.frame);
      }
      for (Sent page : pages) {
        if (page.content != NO_CONTENT) {
          buffer.put(full(page.content));
        }
      }
      return record(1, buffer.array());
    }

    /** CPUs' state, then the end of a checkpoint. */
    Stream checkpoint() {
      record(4, new byte[5164]);
      record(0x0e);
      if (layers != Layers.LIBXC) {
        record(2, 2, 0, 0, 0, 0, 0, 0, 0, 'k', 0, 'v', 0);
        record(4);
      }
      return this;
    }

    byte[] end() {
      record(7, new byte[4096]);
      record(0);
      if (layers != Layers.LIBXC) {
        record(0);
      }
      return bytes();
    }

    byte[] bytes() {
      return out.toByteArray();
    }

    int size() {
      return out.size();
    }
  }

  private static byte[] full(int... values) {
    byte[] pages = new byte[4096 * values.length];
    for (int i = 0; i < values.length; i++) {
      Arrays.fill(pages, 4096 * i, 4096 * (i + 1), (byte) values[i]);
    }
    return pages;
  }

  private static void run(Path source, Path destination) throws IOException {
    run(source, destination, ImportTrial.MADE);
  }

  private static void run(Path source, Path destination, Provenance provenance) throws IOException {
    ImportFormat.named("xen")
        .importer()
        .run(
            new ImportRequest(
                List.of(source), destination, provenance, OptionalLong.empty(), null, false),
            Progress.NONE);
  }

  private Series imported(String name, byte[] stream) throws IOException {
    Path file = directory.resolve(name);
    Files.write(file, stream);
    Path series = directory.resolve("s-" + name);
    run(file, series);
    SeriesVerifier.verify(series, Progress.NONE);
    return Series.at(series);
  }

  private String refused(byte[] stream) throws IOException {
    Path file = directory.resolve("refused");
    Files.write(file, stream);
    Path none = directory.resolve("none");
    var error = assertThrows(IOException.class, () -> run(file, none));
    assertFalse(Files.exists(none));
    return String.valueOf(error.getMessage());
  }

  /**
   * A stream of Remus: pages sent twice while the guest ran, one that comes later, one given up.
   *
   * @param ends takes where each of the three states ends
   */
  private static Stream remus(Layers layers, int guest, int[] ends) {
    var stream =
        new Stream(layers, 3, guest)
            .pages(Sent.plain(0, 1), Sent.plain(1, 2), new Sent(0xf, 2, NO_CONTENT))
            .pages(Sent.plain(3, 3), Sent.plain(1, 4))
            .pages(new Sent(0xe, 5, NO_CONTENT), Sent.plain(6, 5))
            .pages(new Sent(0xf, 6, NO_CONTENT), new Sent(0xd, 9, NO_CONTENT))
            .checkpoint();
    ends[0] = stream.size();
    stream.pages(Sent.plain(3, 3), Sent.plain(0, 6)).checkpoint();
    ends[1] = stream.size();
    stream.pages(Sent.plain(2, 7), new Sent(0xf, 1, NO_CONTENT)).record(0x80000001, 1).checkpoint();
    ends[2] = stream.size();
    return stream;
  }

  // The pages of frames 0, 1, 2, 3 and 5: 4 was never sent, and 6 had gone when the base was whole.
  private static final byte[][] REMUS = {
    full(1, 4, 0, 3, 0), full(6, 4, 0, 3, 0), full(6, 4, 7, 3, 0)
  };

  // A page of an earlier round, or of another checkpoint, would make a base that no guest had; a
  // page sent again with the content it had is dirty.
  @ParameterizedTest
  @CsvSource({"LIBXC, 1", "LIBXL, 1", "XL, 1", "LIBXC, 2", "LIBXL, 2", "XL, 2"})
  void readsBaseAndCheckpointsOfRemus(Layers layers, int guest) throws IOException {
    int[] ends = new int[3];
    byte[] stream = remus(layers, guest, ends).bytes();
    var series = imported("remus", stream);
    assertEquals(2, series.info().checkpoints());
    for (int n = 0; n < 3; n++) {
      assertArrayEquals(REMUS[n], TestSeries.imageAfter(series, n), "state " + n);
    }
    try (var cursor = series.open()) {
      var pages = new DirtyPages();
      while (cursor.nextBase(100, pages)) {
        // read on
      }
      assertTrue(cursor.nextCheckpoint(pages));
      assertEquals(2, pages.count());
      assertEquals(3, pages.pfn(1));
    }
    Map<String, String> environment = series.info().description().environment();
    assertEquals("0-4000 5000-6000", environment.get("address_ranges"));
    assertEquals(
        "4.17, stream version 3, guest x86 " + (guest == 1 ? "PV" : "HVM or PVH"),
        environment.get("xen"));
    assertEquals(guest == 1, environment.containsKey("page_tables"));
    assertEquals(
        "what pages held that were sent as allocated, without content: 1, zeros in the base;"
            + " that checkpoints gave up pages, which keep their last content: 1",
        environment.get("left_out"));
  }

  // The host of a protected guest fails in the middle of a checkpoint. Half of one taken for a
  // whole is a RAM that the guest never had; whole ones thrown away are a recording lost.
  @ParameterizedTest
  @ValueSource(strings = {"LIBXC", "XL"})
  void takesWholeCheckpointsOfTornStream(Layers layers) throws IOException {
    int[] ends = new int[3];
    byte[] stream = remus(layers, 1, ends).bytes();
    for (int length = 1; length <= stream.length; length += length > 400 ? 1187 : 7) {
      byte[] torn = Arrays.copyOf(stream, length);
      if (length < ends[0]) {
        String message = refused(torn);
        assertTrue(message.contains("found the end") && message.contains("byte "), message);
        continue;
      }
      var series = imported("torn-" + length, torn);
      int whole = length < ends[1] ? 0 : length < ends[2] ? 1 : 2;
      assertEquals(whole, series.info().checkpoints(), "of " + length + " bytes");
      byte[][] expected = {full(1, 4, 3, 0), full(6, 4, 3, 0), REMUS[2]};
      assertArrayEquals(expected[whole], TestSeries.imageAfter(series, whole));
      int left = length - ends[whole];
      String told = series.info().description().environment().get("left_out");
      assertEquals(
          left > 0, told.contains("%d bytes after the last whole state of RAM".formatted(left)));
    }
  }

  /** A guest of which all pages are sent once, stopped: a page table among them. */
  private static byte[] saved(int version, int second) {
    return new Stream(Layers.XL, version, 1)
        .pages(Sent.plain(0, 1), new Sent(0xb, 1, second), new Sent(1, 2, 3))
        .record(0x0d)
        .pages(Sent.plain(0, 9))
        .end();
  }

  // The pages after VERIFY are there to find errors of the sender, who must not have its RAM
  // replaced by them.
  @Test
  void readsSavedGuestsInBothVersions() throws IOException {
    for (int version : new int[] {2, 3}) {
      var series = imported("v" + version, saved(version, 2));
      assertEquals(0, series.info().checkpoints());
      assertArrayEquals(full(1, 2, 3), TestSeries.imageAfter(series, 0));
      assertNull(series.info().description().environment().get("left_out"));
    }
    byte[] stream = saved(3, 2);
    for (int length = 0; length < stream.length; length += length > 400 ? 999 : 1) {
      String message = refused(Arrays.copyOf(stream, length));
      assertTrue(message.contains("byte ") && message.contains("found "), message);
    }
    byte[] more = Arrays.copyOf(stream, stream.length + 8);
    assertEquals(
        "8 bytes after the last whole state of RAM",
        imported("more", more).info().description().environment().get("left_out"));
  }

  @Test
  void comparesSavedGuestsOfDirectory() throws IOException {
    Path saves = Files.createDirectory(directory.resolve("saves"));
    Files.write(saves.resolve("9"), saved(3, 2));
    Files.write(saves.resolve("10"), saved(3, 5));
    Path series = directory.resolve("series");
    run(saves, series);
    SeriesVerifier.verify(series, Progress.NONE);
    assertEquals(1, Series.at(series).info().checkpoints());
    assertArrayEquals(full(1, 2, 3), TestSeries.imageAfter(Series.at(series), 0));
    assertArrayEquals(full(1, 5, 3), TestSeries.imageAfter(Series.at(series), 1));

    Files.write(saves.resolve("11"), remus(Layers.XL, 1, new int[3]).bytes());
    Path none = directory.resolve("none");
    String message =
        String.valueOf(assertThrows(IOException.class, () -> run(saves, none)).getMessage());
    assertTrue(message.contains("11: byte ") && message.contains("as a file of its own"), message);
  }

  /** A guest of one page, whose counter stood at these times at each state. */
  private static byte[] timed(long... timesNs) {
    var stream = new Stream(Layers.LIBXC, 3, 1);
    for (long time : timesNs) {
      stream.pages(Sent.plain(0, 1));
      stream.little(24).putInt(0).putInt(2_000_000).putLong(time).putInt(1).putInt(0);
      stream.record(8, stream.buffer.array()).checkpoint();
    }
    return stream.bytes();
  }

  // Remus waits its interval after each checkpoint is done: taken for the distance of checkpoints,
  // it may be short by several times.
  @Test
  void tellsTimesByGuestsCounter() throws IOException {
    var none = new Provenance("vm", "made", OptionalLong.empty(), PageSize.SMALL);
    Path file = directory.resolve("timed");
    Files.write(file, timed(5_000_000_000L, 5_300_000_000L, 5_700_000_001L));
    Path told = directory.resolve("told");
    run(file, told, none);
    assertEquals(350_000_000, Series.at(told).info().description().intervalNs());
    try (var cursor = Series.at(told).open()) {
      var pages = new DirtyPages();
      while (cursor.nextBase(100, pages)) {
        // read on
      }
      assertTrue(cursor.nextCheckpoint(pages));
      assertEquals(300_000_000, cursor.last().guestTimeNs());
      assertTrue(cursor.nextCheckpoint(pages));
      assertEquals(700_000_001, cursor.last().guestTimeNs());
    }
    Path given = directory.resolve("given");
    run(file, given);
    assertEquals(50_000_000, Series.at(given).info().description().intervalNs());
    for (byte[] stream : new byte[][] {timed(0, 0), timed(5), timed(7, 6), timed(7, 7)}) {
      Files.write(file, stream);
      var error =
          assertThrows(
              IllegalArgumentException.class, () -> run(file, directory.resolve("no"), none));
      assertTrue(String.valueOf(error.getMessage()).contains("--interval"), error::getMessage);
    }
  }

  private static byte[] with(byte[] stream, int at, int value) {
    byte[] changed = stream.clone();
    changed[at] = (byte) value;
    return changed;
  }

  // Each of these, read on, would give RAM of wrong bytes.
  @Test
  void refusesWhatItCannotRead() throws IOException {
    byte[] plain = new Stream(Layers.LIBXC, 3, 1).pages(Sent.plain(0, 1)).end();
    assertRefused(with(plain, 8, 'Y'), 0, "expected the magic");
    assertRefused(with(plain, 15, 4), 12, "expected version 2 or 3, found 4");
    assertRefused(with(plain, 17, 1), 16, "found a big-endian one");
    assertRefused(with(plain, 24, 3), 24, "expected a guest of type 1 (x86 PV) or 2 (x86 HVM)");
    assertRefused(with(plain, 28, 16), 28, "expected pages of 2^12 bytes, found 2^16");
    byte[] xl = saved(3, 2);
    assertRefused(with(xl, 32, 1), 32, "expected the byte order 01020304, found 01020301");
    assertRefused(with(xl, 36, 1), 36, "a stream of Xen 4.5 or earlier");
    assertRefused(with(xl, 48 + 13, 'l'), 61, "expected the magic \"LibxlFmt\"");
    assertRefused(with(xl, 61 + 11, 3), 69, "expected version 2, found 3");
    assertRefused(with(xl, 61 + 15, 1), 73, "found a big-endian one");

    int start = new Stream(Layers.LIBXC, 3, 1).size();
    assertRefused(
        new Stream(Layers.LIBXC, 3, 1).record(0x13).end(),
        start,
        "unknown record 13, which may not");
    assertRefused(new Stream(Layers.LIBXC, 3, 1).record(0x0f).end(), start, "a stream of COLO");
    assertRefused(
        new Stream(Layers.LIBXC, 3, 1).record(0x0e, 1).end(), start + 4, "without a body");
    assertRefused(
        new Stream(Layers.LIBXC, 3, 1).pages(new Sent(5, 0, 1)).end(),
        start + 16,
        "unknown type of page 5");
    assertRefused(
        new Stream(Layers.LIBXC, 3, 1).pages(Sent.plain(3, 1), Sent.plain(16, 1)).end(),
        start + 24,
        "page frame 10 lies beyond the guest's memory");
    assertRefused(
        new Stream(Layers.LIBXC, 3, 1).record(1, 0, 0, 0, 0, 0, 0, 0, 0).end(),
        start + 4,
        "expected pages, found 0 in 8 bytes");
    assertRefused(
        with(new Stream(Layers.LIBXC, 3, 1).pages(Sent.plain(0, 1)).end(), start + 23, 0xf0),
        start + 4,
        "expected a record of 16 bytes, found 4112");
    assertRefused(new Stream(Layers.LIBXC, 3, 1).end(), -1, "expected RAM, found none");
    start = new Stream(Layers.LIBXC, 3, 2).size();
    assertRefused(
        new Stream(Layers.LIBXC, 3, 2).pages(new Sent(4, 0, 1)).end(),
        start + 16,
        "unknown type of page 4");
    assertRefused(
        new Stream(Layers.LIBXC, 3, 2).pages(Sent.plain(1L << 40, 1)).end(),
        start + 16,
        "beyond the guest's memory");
    Path raw = directory.resolve("raw");
    Files.write(raw, xl);
    String message =
        String.valueOf(
            assertThrows(
                    IOException.class,
                    () ->
                        ImageImport.run(
                            raw,
                            ImageFormat.RAW,
                            directory.resolve("none"),
                            ImportTrial.MADE,
                            Progress.NONE))
                .getMessage());
    assertTrue(message.contains("a file of xl save; import it with: traces import xen"), message);
  }

  private void assertRefused(byte[] stream, int at, String reason) throws IOException {
    String message = refused(stream);
    assertTrue(message.contains(reason), message);
    assertTrue(at < 0 || message.contains("byte " + at + ":"), message);
  }

  @ParameterizedTest
  @ValueSource(strings = {"LIBXC", "XL"})
  void survivesDamage(Layers layers) throws IOException {
    Path file = directory.resolve("damaged");
    Files.write(file, remus(layers, 1, new int[3]).bytes());
    int refused = Damage.fuzz(file, 400, 120, 51, directory, target -> run(file, target));
    assertTrue(refused > 40, "only " + refused + " refused");
  }

  // Of a few megabytes, 8 bytes a page frame that have 500 kept for each, memory would run out.
  @Test
  void refusesPagesScatteredOverMoreThanTheFileCouldHold() throws IOException {
    var scattered = new Sent[(1 << 15) + 1];
    Arrays.setAll(scattered, i -> new Sent(0xf, 64L * i, NO_CONTENT));
    String message = refused(new Stream(Layers.LIBXC, 3, 2).pages(scattered).end());
    assertTrue(message.contains("page frames without content, scattered"), message);
    scattered[1 << 15] = Sent.plain(0, 7);
    imported("few", new Stream(Layers.LIBXC, 3, 2).pages(scattered).checkpoint().bytes());
  }

  // What only a real producer does: several records in a live phase, page tables among the dirty
  // pages, and the layers of xl around them.
  @Test
  void readsRemusOfXen() throws IOException {
    var files = new HashMap<String, byte[]>();
    try (InputStream in = XenImportTest.class.getResourceAsStream("xen-4.17.tar.zst");
        var tar =
            new TarArchiveInputStream(
                new ZstdInputStream(Objects.requireNonNull(in)).setLongMax(27))) {
      for (var entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
        files.put(entry.getName(), tar.readAllBytes());
      }
    }
    var series = imported("remus", Objects.requireNonNull(files.get("remus")));
    assertEquals(7, series.info().checkpoints());
    long written = 0;
    for (int n = 0; n <= 7; n++) {
      ByteBuffer ram =
          ByteBuffer.wrap(TestSeries.imageAfter(series, n)).order(ByteOrder.LITTLE_ENDIAN);
      assertEquals(4 << 20, ram.capacity());
      if (n == 0) {
        for (int page = 6; page < 96; page++) { // those before held noise at first
          written = Math.max(written, ram.getLong((0x15 + page) << 12));
        }
      } else {
        written += 20;
      }
      for (int page = 6; page < 96; page++) {
        long last = page % 8 == 5 ? 0 : written - Math.floorMod(written - page, 96L);
        assertEquals(
            Math.max(last, 0), ram.getLong((0x15 + page) << 12), "page " + page + " in state " + n);
      }
      byte[] expected = files.get("checkpoint-" + n + ".ram");
      if (expected != null) {
        var differ = new TreeSet<Integer>();
        for (int page = 0; page < 1024; page++) {
          if (!Arrays.equals(
              expected, page << 12, (page + 1) << 12, ram.array(), page << 12, (page + 1) << 12)) {
            differ.add(page);
          }
        }
        assertEquals(Set.of(0x7a, 0x7b, 0x7c, 0x7d, 0x7e), differ, "page tables of 4 MiB");
      }
    }
    var counts = new ArrayList<Integer>();
    try (var cursor = series.open()) {
      var pages = new DirtyPages();
      while (cursor.nextBase(100, pages)) {
        // read on
      }
      while (cursor.nextCheckpoint(pages)) {
        counts.add(pages.count());
      }
      assertEquals(102_586_328_895L - 43_076_110_971L, cursor.last().guestTimeNs());
    }
    assertEquals(List.of(21, 21, 21, 21, 20, 20, 20), counts);
  }
}
