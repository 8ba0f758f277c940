package emulha.bench;

import emulha.codecs.delta.Kernels;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Runs both sides of each contest in turns in one thread, on the pages of each series by itself,
 * and prints as a table in Markdown the medians of their CPU times per page and of the ratio of the
 * two in each round.
 *
 * <p>Arguments: the series to take pages from. The system property {@code only} picks contests by
 * the beginning of their name, {@code rounds} sets the number of rounds, {@code pages} the number
 * of pages of each series.
 */
public final class Ratios {
  /** Both sides are warm after this; again before the rounds on each further series. */
  private static final long WARM_UP_NS = 3_000_000_000L;

  private static final long WARM_UP_AGAIN_NS = 500_000_000L;

  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private Ratios() {}

  /** Runs the contests. */
  public static void main(String[] series) throws Throwable {
    if (series.length == 0) {
      System.err.println("give the series to take pages from, for example traces/samples/*.zst");
      System.exit(2);
    }
    int rounds = Integer.getInteger("rounds", 41);
    String only = System.getProperty("only", "");
    System.out.printf(
        Locale.ROOT,
        "%d rounds, %s, Java %s, kernels: %s%n%n",
        rounds,
        System.getProperty("os.arch"),
        Runtime.version(),
        Kernels.differences().binding());
    System.out.println(
        "| work | peer | recording | ours ns/page | peer ns/page | ratio | goal | |");
    System.out.println("|---|---|---|--:|--:|--:|--:|---|");
    List<List<Contest>> contests = new ArrayList<>();
    for (String path : series) {
      RecordedPages pages = pagesOf(List.of(Path.of(path)));
      contests.add(Contests.on(pages).stream().filter(c -> c.name().startsWith(only)).toList());
    }
    for (int c = 0; c < contests.getFirst().size(); c++) {
      // All recordings are seen before any is measured: code compiled for one alone is another.
      for (List<Contest> ofOne : contests) {
        warmUp(ofOne.get(c), WARM_UP_NS / series.length);
      }
      for (int s = 0; s < series.length; s++) {
        Contest contest = contests.get(s).get(c);
        warmUp(contest, WARM_UP_AGAIN_NS);
        run(contest, Path.of(series[s]).getFileName().toString().replace(".tar.zst", ""), rounds);
      }
    }
  }

  static RecordedPages pagesOf(List<Path> series) throws IOException {
    return RecordedPages.of(series, Integer.getInteger("pages", 2048));
  }

  private static void run(Contest contest, String recording, int rounds) throws Throwable {
    double[] ours = new double[rounds];
    double[] peer = new double[rounds];
    double[] ratio = new double[rounds];
    long check = 0;
    for (int i = 0; i < rounds; i++) {
      long start = THREADS.getCurrentThreadCpuTime();
      check = contest.ours().run();
      long middle = THREADS.getCurrentThreadCpuTime();
      check -= contest.peer().run();
      long end = THREADS.getCurrentThreadCpuTime();
      ours[i] = (double) (middle - start) / contest.pages();
      peer[i] = (double) (end - middle) / contest.pages();
      ratio[i] = ours[i] / peer[i];
    }
    boolean aimed = !Double.isNaN(contest.goal());
    System.out.printf(
        Locale.ROOT,
        "| %s | %s | %s | %.0f | %.0f | %.2f | %s | %s |%n",
        contest.name(),
        contest.peerName(),
        recording,
        median(ours),
        median(peer),
        median(ratio),
        aimed ? String.format(Locale.ROOT, "%.2f", contest.goal()) : "",
        !aimed ? "" : median(ratio) <= contest.goal() ? "met" : "missed");
    if (check != 0) {
      System.err.printf(
          Locale.ROOT,
          "%s, %s: the two sides differ by %d bytes%n",
          contest.name(),
          recording,
          check);
    }
  }

  private static void warmUp(Contest contest, long ns) throws Throwable {
    long until = System.nanoTime() + ns;
    long ignored = 0;
    do {
      ignored += contest.ours().run();
      ignored += contest.peer().run();
    } while (System.nanoTime() < until);
    if (ignored == Long.MIN_VALUE) {
      System.err.println(ignored);
    }
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }
}
