package emulha.testsupport;

import emulha.memory.DirtyPages;
import emulha.traces.Series;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** A recorded VM's memory over time, copied page by page and by no code of the receiver's. */
public final class Images {
  private Images() {}

  /**
   * The memory after a checkpoint.
   *
   * @param checkpoint -1 for the base
   */
  public static byte[] after(Series series, long checkpoint) throws IOException {
    return of(series, checkpoint, new ArrayList<>());
  }

  /** The memory after the base, and after each checkpoint. */
  public static List<byte[]> all(Series series) throws IOException {
    List<byte[]> images = new ArrayList<>();
    images.add(of(series, series.info().checkpoints() - 1, images));
    return images;
  }

  /** Adds the images before that after a checkpoint, which is returned. */
  private static byte[] of(Series series, long checkpoint, List<byte[]> before) throws IOException {
    byte[] image = new byte[Math.toIntExact(series.info().ramBytes())];
    var pages = new DirtyPages();
    try (var cursor = series.open()) {
      while (cursor.nextBase(777, pages)) {
        copy(pages, image);
      }
      for (long next = 0; next <= checkpoint; next++) {
        before.add(image.clone());
        if (!cursor.nextCheckpoint(pages)) {
          throw new IllegalStateException("only " + next + " checkpoints");
        }
        copy(pages, image);
      }
    }
    return image;
  }

  private static void copy(DirtyPages pages, byte[] image) {
    int bytes = pages.pageSize().bytes();
    for (int i = 0; i < pages.count(); i++) {
      int at = Math.toIntExact(pages.pfn(i) * bytes);
      System.arraycopy(pages.slab(i), pages.offset(i), image, at, bytes);
    }
  }
}
