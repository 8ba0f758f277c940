package emulha.bench;

import emulha.memory.DirtyPages;
import emulha.traces.Series;
import emulha.traces.SeriesCursor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;

/**
 * Reads packed series ahead, in turns with {@code zstd -dc} of the same archive to {@code
 * /dev/null}, and prints both in megabytes of page content a second, as a table in Markdown: the
 * medians, and the median of the ratio in each round. What is timed is time that passes.
 *
 * <p>Arguments: the archives. The system property {@code rounds} sets the number of rounds.
 */
public final class Reading {
  private static final long WARM_UP_NS = 3_000_000_000L;

  private Reading() {}

  /** Runs the contests. */
  public static void main(String[] archives) throws IOException, InterruptedException {
    if (archives.length == 0) {
      System.err.println("give packed series, for example traces/samples/*.tar.zst");
      System.exit(2);
    }
    int rounds = Integer.getInteger("rounds", 21);
    System.out.println("| archive | MB | ours MB/s | zstd -dc MB/s | ratio |");
    System.out.println("|---|---|---|---|---|");
    for (String archive : archives) {
      run(Path.of(archive), rounds);
    }
  }

  private static void run(Path archive, int rounds) throws IOException, InterruptedException {
    Series series = Series.at(archive).readAhead();
    var pages = new DirtyPages();
    long bytes = 0;
    long end = System.nanoTime() + WARM_UP_NS;
    do {
      bytes = read(series, pages);
    } while (System.nanoTime() - end < 0);
    double[] ours = new double[rounds];
    double[] peer = new double[rounds];
    double[] ratio = new double[rounds];
    for (int i = 0; i < rounds; i++) {
      long start = System.nanoTime();
      read(series, pages);
      long middle = System.nanoTime();
      decompress(archive);
      long done = System.nanoTime();
      ours[i] = bytes * 1e3 / (middle - start);
      peer[i] = bytes * 1e3 / (done - middle);
      ratio[i] = ours[i] / peer[i];
    }
    System.out.printf(
        Locale.ROOT,
        "| %s | %.1f | %.0f | %.0f | %.2f |%n",
        archive.getFileName(),
        bytes / 1e6,
        Ratios.median(ours),
        Ratios.median(peer),
        Ratios.median(ratio));
  }

  /** Reads all of a series; bytes of its pages. */
  private static long read(Series series, DirtyPages pages) throws IOException {
    long bytes = 0;
    try (SeriesCursor cursor = series.open()) {
      while (cursor.nextBase(1 << 14, pages)) {
        bytes += pages.contentBytes();
      }
      while (cursor.nextCheckpoint(pages)) {
        bytes += pages.contentBytes();
      }
    }
    return bytes;
  }

  private static void decompress(Path archive) throws IOException, InterruptedException {
    int exit =
        new ProcessBuilder("zstd", "-dcq", "--long=31", archive.toString())
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start()
            .waitFor();
    if (exit != 0) {
      throw new IOException("zstd -dc fails on " + archive);
    }
  }
}
