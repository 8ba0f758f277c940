package emulha.testsupport;

import emulha.memory.DirtyPages;
import emulha.memory.Page;
import emulha.traces.CheckpointHeader;
import emulha.traces.Clock;
import emulha.traces.SeriesDescription;
import emulha.traces.SeriesWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/** A series of one VM that is written page by page, and the images that it leads to. */
public final class MadeSeries implements AutoCloseable {
  private static final long INTERVAL_NS = 10_000_000;

  private final SeriesWriter writer;
  private final DirtyPages pages = new DirtyPages();
  private final byte[] image;
  private final List<byte[]> images = new ArrayList<>();

  /**
   * A series with a checkpoint every 10 ms.
   *
   * @param path where it is written
   * @param basePages how many pages its base has
   */
  public MadeSeries(Path path, int ramPages, int basePages) throws IOException {
    writer = SeriesWriter.create(path, description(ramPages, basePages, INTERVAL_NS));
    image = new byte[ramPages * Page.BYTES];
  }

  /** Of the VM {@code vm}, of which every write was seen. */
  public static SeriesDescription description(int ramPages, int basePages, long intervalNs) {
    return new SeriesDescription(
        "vm",
        "made-up",
        intervalNs,
        new SeriesDescription.Memory((long) ramPages * Page.BYTES, basePages),
        new SeriesDescription.Origin("construction", true, Map.of(), Map.of()),
        Clock.HOST);
  }

  /**
   * Writes a series of five checkpoints of a VM of 1 MiB, every 10 ms; always the same.
   *
   * @return the directory, for one call after another
   */
  public static Path small(Path directory) throws IOException {
    int ramPages = 256;
    var random = new Random(7);
    try (var series = new MadeSeries(directory, ramPages, ramPages)) {
      for (int n = -1; n < 5; n++) {
        byte[] page = new byte[Page.BYTES];
        for (int pfn = 0; pfn < ramPages; pfn += n < 0 ? 1 : 3) {
          page[random.nextInt(Page.BYTES)] = (byte) random.nextInt();
          series.add(pfn, page);
        }
        series.write(null);
      }
      series.finish();
    }
    return directory;
  }

  /**
   * Writes a series of pages that are mostly random.
   *
   * @param state by number of the checkpoint, its device state, or null
   * @return the image after the base and after each checkpoint
   */
  public static List<byte[]> random(
      Path path, int ramPages, int checkpoints, Random random, IntFunction<byte @Nullable []> state)
      throws IOException {
    try (var series = new MadeSeries(path, ramPages, ramPages)) {
      for (int n = -1; n < checkpoints; n++) {
        for (int pfn = 0; pfn < ramPages; pfn += n < 0 ? 1 : 1 + random.nextInt(20)) {
          byte[] page = new byte[Page.BYTES];
          random.nextBytes(page);
          Arrays.fill(page, 0, 3000, (byte) n);
          series.add(pfn, page);
        }
        series.write(n < 0 ? null : state.apply(n));
      }
      return series.finish();
    }
  }

  /** Adds a page to what is written next; by rising page frames. */
  public void add(int pfn, byte[] page) {
    pages.append(pfn, page, 0);
    System.arraycopy(page, 0, image, pfn * Page.BYTES, Page.BYTES);
  }

  /**
   * Writes the pages that were added: the base at first, then a checkpoint each time.
   *
   * @param state of the VM's devices, if a checkpoint has one
   */
  public void write(byte @Nullable [] state) throws IOException {
    if (images.isEmpty()) {
      writer.writeBase(pages);
    } else {
      writer.writeCheckpoint(pages, CheckpointHeader.UNKNOWN_GUEST_TIME, state);
    }
    pages.clear();
    images.add(image.clone());
  }

  /**
   * Makes the series whole.
   *
   * @return the image after the base and after each checkpoint
   */
  public List<byte[]> finish() throws IOException {
    writer.finish();
    return images;
  }

  @Override
  public void close() throws IOException {
    writer.close();
  }
}
