package emulha.commands;

import emulha.memory.DirtyPages;
import emulha.memory.Page;
import emulha.traces.CheckpointHeader;
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

/** Series of one small VM, and the images that they lead to. */
final class MadeSeries {
  private MadeSeries() {}

  /**
   * Writes a series of random pages.
   *
   * @param state by number of the checkpoint, its device state, or null
   * @return the image after the base and after each checkpoint
   */
  static List<byte[]> write(
      Path path, int ramPages, int checkpoints, Random random, IntFunction<byte @Nullable []> state)
      throws IOException {
    var description =
        new SeriesDescription(
            "vm",
            "made-up",
            10_000_000,
            ramPages * 4096L,
            ramPages,
            "construction",
            true,
            Map.of(),
            Map.of());
    List<byte[]> images = new ArrayList<>();
    byte[] image = new byte[ramPages * Page.BYTES];
    var pages = new DirtyPages();
    try (var writer = SeriesWriter.create(path, description)) {
      for (int n = -1; n < checkpoints; n++) {
        pages.clear();
        for (int pfn = 0; pfn < ramPages; pfn += n < 0 ? 1 : 1 + random.nextInt(20)) {
          byte[] page = new byte[Page.BYTES];
          random.nextBytes(page);
          Arrays.fill(page, 0, 3000, (byte) n);
          pages.append(pfn, page, 0);
          System.arraycopy(page, 0, image, pfn * Page.BYTES, Page.BYTES);
        }
        if (n < 0) {
          writer.writeBase(pages);
        } else {
          writer.writeCheckpoint(pages, CheckpointHeader.UNKNOWN_GUEST_TIME, state.apply(n));
        }
        images.add(image.clone());
      }
      writer.finish();
    }
    return images;
  }
}
