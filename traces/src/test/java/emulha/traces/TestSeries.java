package emulha.traces;

import emulha.memory.DirtyPages;
import emulha.memory.FreeMap;
import emulha.memory.Page;
import emulha.memory.RamImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Random;
import java.util.TreeSet;

/** Small seeded series, and what a reader of them must see. */
public final class TestSeries {
  private TestSeries() {}

  public static SeriesDescription description(long ramPages, long basePages, long intervalMs) {
    var environment = new LinkedHashMap<String, String>();
    environment.put("hypervisor", "none");
    environment.put("clock", "a \"quoted\" text, and ü");
    return new SeriesDescription(
        "vm1",
        "test",
        Interval.ofMilliseconds(intervalMs),
        new SeriesDescription.Memory(ramPages * Page.BYTES, basePages),
        SeriesDescription.Origin.recorded("by construction", environment),
        Clock.HOST);
  }

  /** A series with a full base, written into {@code directory}. */
  public static void write(Path directory, int ramPages, int checkpoints, long seed)
      throws IOException {
    var random = new Random(seed);
    try (var writer = SeriesWriter.create(directory, description(ramPages, ramPages, 25))) {
      var pages = new DirtyPages();
      for (int from = 0; from < ramPages; from += 10) {
        pages.clear();
        for (int pfn = from; pfn < Math.min(ramPages, from + 10); pfn++) {
          pages.append(pfn, content(random), 0);
        }
        pages.setFreeMap(new FreeMap(freeBits(random, ramPages)));
        writer.writeBase(pages);
      }
      for (int n = 0; n < checkpoints; n++) {
        checkpoint(random, ramPages, n, pages);
        byte[] state = n % 3 == 0 ? null : content(random);
        writer.writeCheckpoint(pages, (n + 1) * 25_000_000L, state);
      }
      writer.finish();
    }
  }

  /** Fills {@code pages} with a random checkpoint; every third has no free map. */
  static void checkpoint(Random random, int ramPages, int n, DirtyPages pages) {
    var pfns = new TreeSet<Integer>();
    for (int i = random.nextInt(ramPages); i > 0; i--) {
      pfns.add(random.nextInt(ramPages));
    }
    pages.clear();
    for (int pfn : pfns) {
      pages.append(pfn, content(random), 0);
    }
    if (n % 3 != 1) {
      pages.setFreeMap(new FreeMap(freeBits(random, ramPages)));
    }
  }

  /** A page: zero, repetitive or random. */
  static byte[] content(Random random) {
    byte[] page = new byte[Page.BYTES];
    switch (random.nextInt(3)) {
      case 0 -> {}
      case 1 -> java.util.Arrays.fill(page, (byte) random.nextInt());
      default -> random.nextBytes(page);
    }
    return page;
  }

  private static byte[] freeBits(Random random, int ramPages) {
    byte[] bits = new byte[(ramPages + 7) / 8];
    random.nextBytes(bits);
    return bits;
  }

  /** All that a cursor yields, as text. */
  public static String dump(Series series) throws IOException {
    var text = new StringBuilder(series.info().description().toString());
    try (var cursor = series.open()) {
      var pages = new DirtyPages();
      while (cursor.nextBase(7, pages)) {
        append(text, pages);
      }
      while (cursor.nextCheckpoint(pages)) {
        CheckpointHeader header = cursor.last();
        text.append("\ncheckpoint ").append(header.sequence()).append(" at ");
        text.append(header.guestTimeNs()).append(" state ");
        text.append(java.util.Arrays.hashCode(header.state()));
        append(text, pages);
      }
    }
    return text.toString();
  }

  private static void append(StringBuilder text, DirtyPages pages) {
    for (int i = 0; i < pages.count(); i++) {
      text.append('\n').append(pages.pfn(i)).append(' ').append(hash(pages, i));
    }
    var map = pages.freeMap();
    text.append("\nfree ").append(map == null ? "-" : java.util.Arrays.hashCode(map.bits()));
  }

  private static int hash(DirtyPages pages, int i) {
    return java.util.Arrays.hashCode(
        java.util.Arrays.copyOfRange(pages.slab(i), pages.offset(i), pages.offset(i) + Page.BYTES));
  }

  /** The RAM image after this many checkpoints, as one array. */
  public static byte[] imageAfter(Series series, int checkpoints) throws IOException {
    try (var image = new RamImage(series.info().ramBytes());
        var cursor = series.open()) {
      var pages = new DirtyPages();
      while (cursor.nextBase(64, pages)) {
        image.apply(pages);
      }
      for (int n = 0; n < checkpoints; n++) {
        if (!cursor.nextCheckpoint(pages)) {
          throw new IllegalStateException("only " + n + " checkpoints");
        }
        image.apply(pages);
      }
      return image.asSegment().toArray(java.lang.foreign.ValueLayout.JAVA_BYTE);
    }
  }
}
