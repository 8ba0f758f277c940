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
import java.util.stream.Stream;

/**
 * Runs both sides of each contest in turns in one thread, on the pages of each series by itself,
 * and prints a row for each in a table in Markdown. A cell has, of one recording, the median over
 * the rounds of the ratio of their CPU times, and in brackets that of ours for a page, in
 * nanoseconds.
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
    List<String> recordings =
        Stream.of(series)
            .map(path -> Path.of(path).getFileName().toString().replace(".tar.zst", ""))
            .toList();
    System.out.println("| work | peer | goal | " + String.join(" | ", recordings) + " |");
    System.out.println("|---|---|--:|" + "--:|".repeat(series.length));
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
      Contest first = contests.getFirst().get(c);
      var row = new StringBuilder("| %s | %s |".formatted(first.name(), first.peerName()));
      row.append(
          Double.isNaN(first.goal()) ? " |" : String.format(Locale.ROOT, " %.2f |", first.goal()));
      for (int s = 0; s < series.length; s++) {
        Contest contest = contests.get(s).get(c);
        warmUp(contest, WARM_UP_AGAIN_NS);
        row.append(run(contest, recordings.get(s), rounds));
      }
      System.out.println(row);
    }
  }

  static RecordedPages pagesOf(List<Path> series) throws IOException {
    return RecordedPages.of(series, Integer.getInteger("pages", 2048));
  }

  /** A cell: the median of the ratios, and that of our times for a page. */
  private static String run(Contest contest, String recording, int rounds) throws Throwable {
    double[] ours = new double[rounds];
    double[] ratio = new double[rounds];
    long check = 0;
    for (int i = 0; i < rounds; i++) {
      long start = THREADS.getCurrentThreadCpuTime();
      check = contest.ours().run();
      long middle = THREADS.getCurrentThreadCpuTime();
      check -= contest.peer().run();
      long end = THREADS.getCurrentThreadCpuTime();
      ours[i] = (double) (middle - start) / contest.pages();
      ratio[i] = (double) (middle - start) / (end - middle);
    }
    if (check != 0) {
      System.err.printf(
          Locale.ROOT,
          "%s, %s: the two sides differ by %d bytes%n",
          contest.name(),
          recording,
          check);
    }
    return String.format(Locale.ROOT, " %.2f (%.0f) |", median(ratio), median(ours));
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

  static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int n = sorted.length;
    return (sorted[n / 2] + sorted[(n - 1) / 2]) / 2;
  }
}
