package emulha.commands;

import emulha.memory.DirtyPages;
import emulha.memory.Page;
import emulha.traces.CheckpointHeader;
import emulha.traces.SeriesDescription;
import emulha.traces.SeriesWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;

/** A series of five checkpoints of a VM of 1 MiB, every 10 ms; always the same. */
final class SmallSeries {
  private static final int RAM_PAGES = 256;

  private SmallSeries() {}

  /** Writes it into a new directory, and returns that. */
  static Path write(Path directory) throws IOException {
    var random = new Random(7);
    var description =
        new SeriesDescription(
            "vm",
            "made-up",
            10_000_000,
            RAM_PAGES * 4096L,
            RAM_PAGES,
            "construction",
            true,
            Map.of(),
            Map.of());
    var pages = new DirtyPages();
    try (var writer = SeriesWriter.create(directory, description)) {
      fill(pages, 1, random);
      writer.writeBase(pages);
      for (int i = 0; i < 5; i++) {
        fill(pages, 3, random);
        writer.writeCheckpoint(pages, CheckpointHeader.UNKNOWN_GUEST_TIME, null);
      }
      writer.finish();
    }
    return directory;
  }

  private static void fill(DirtyPages pages, int stride, Random random) {
    pages.clear();
    byte[] page = new byte[Page.BYTES];
    for (int pfn = 0; pfn < RAM_PAGES; pfn += stride) {
      page[random.nextInt(Page.BYTES)] = (byte) random.nextInt();
      pages.append(pfn, page, 0);
    }
  }
}
