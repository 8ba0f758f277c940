package emulha.papers;

import emulha.analysis.drawing.Width;
import emulha.experiments.plan.SweepPlan;
import emulha.experiments.sweep.Sweep;
import emulha.files.Partial;
import emulha.traces.Interval;
import emulha.traces.Progress;
import emulha.traces.Series;
import emulha.traces.capture.corpus.Corpus;
import emulha.traces.stats.Characterisation;
import emulha.traces.stats.ScanTiming;
import emulha.traces.synth.Cluster;
import emulha.traces.synth.SyntheticSeries;
import emulha.traces.views.MergedSeries;
import emulha.traces.views.SeriesCopy;
import emulha.traces.views.SlicedSeries;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Does a paper's experiments again: finds or makes the traces, sweeps, and writes the report. What
 * is already done in the directory is not done again, so a reproduction that was interrupted goes
 * on.
 */
public final class Reproduction {
  /** The recipe over the recordings of a corpus, of a paper that has one. */
  private static final String CORPUS = "corpus.json";

  private static final String FULL = "full.json";
  private static final String QUICK = "quick.json";

  /**
   * Which of a recipe's sweeps to do: those of some numbers, or the first so many. Those that were
   * begun in the same place are gone on with in any case, since the report is on all that is there.
   *
   * @param first at least 1
   * @param only the numbers, from 1 on; empty for the first ones
   */
  public record Chosen(int first, Set<Integer> only) {
    /** Every sweep of a recipe. */
    public static final Chosen ALL = new Chosen(Integer.MAX_VALUE, Set.of());

    public Chosen {
      if (first < 1) {
        throw new IllegalArgumentException("at least one sweep, got " + first);
      }
      only = Collections.unmodifiableSet(new TreeSet<>(only));
    }

    /** The numbers of the sweeps to do of so many. */
    private List<Integer> of(int sweeps, Path results) throws IOException {
      for (int number : only) {
        if (number < 1 || number > sweeps) {
          throw new IOException("no sweep %d: there are 1 to %d".formatted(number, sweeps));
        }
      }
      return IntStream.rangeClosed(1, sweeps)
          .filter(
              number ->
                  (only.isEmpty() ? number <= first : only.contains(number))
                      || Files.exists(results.resolve(directory(number))))
          .boxed()
          .toList();
    }
  }

  /**
   * What is to be reproduced.
   *
   * @param full all intervals, two minutes and six trials, instead of what takes minutes; of a
   *     corpus's recordings where {@code own} has them and the paper a recipe for them
   * @param force whether results of another environment may stand beside new ones
   * @param own directory of the reader's own series, which take the place of those of the same name
   *     and are otherwise made; or null
   * @param out directory for {@code report.html}, {@code index.md}, {@code figures/}, {@code
   *     results/} and {@code traces/}
   * @param publish where to publish the report, see {@link Publication}; or null
   */
  public record Request(
      Paper paper,
      boolean full,
      boolean force,
      Chosen sweeps,
      @Nullable Path own,
      Path out,
      @Nullable Path publish) {
    /** The numbers of the recipe's sweeps that are to be done. */
    private List<Integer> numbers(Recipe recipe) throws IOException {
      return sweeps.of(recipe.sweeps().size(), out.resolve("results"));
    }

    /** The reader's own series of that name, if there is one. */
    private @Nullable Path own(String name) throws IOException {
      if (own == null) {
        return null;
      }
      return Files.exists(own.resolve(name)) ? own.resolve(name) : Corpus.find(own, name);
    }

    /** The command that asks for it, with the directory of series called {@code CORPUS}. */
    private String command() {
      return "./emulha reproduce %s --%s%s"
          .formatted(paper.label(), full ? "full" : "quick", own == null ? "" : " --traces CORPUS");
    }
  }

  /** How sweeps are run, for the caller to show progress and choose where. */
  @FunctionalInterface
  public interface SweepRunner {
    /**
     * Runs what is left of a sweep.
     *
     * @return the number of points that failed
     */
    int run(Sweep sweep, String title) throws IOException, InterruptedException;
  }

  /** Records guests, for the caller to find recipes and the program itself. */
  @FunctionalInterface
  public interface Recorder {
    /**
     * Boots the guest of a recipe and records it, its whole RAM being the base.
     *
     * @param destination absent; the series if all goes well
     * @return why that cannot be done here, in one line, or empty
     */
    Optional<String> record(String recipe, long ramBytes, int checkpoints, Path destination)
        throws IOException, InterruptedException;
  }

  private final Request request;
  private final Recipe recipe;
  private final Path samples;
  private final Path out;

  /** Of the recipe's traces, those that are read. */
  private final Set<String> needed;

  /** Which sweeps of the paper's are {@link #recipe}'s. */
  private final List<Integer> numbers;

  /** How many the paper's recipe has. */
  private final int allSweeps;

  /** Why a trace could not be made, by its name. */
  private final Map<String, String> lacking = new TreeMap<>();

  private Reproduction(Request request, Recipe whole, Path samples) throws IOException {
    this.request = request;
    this.out = request.out();
    this.allSweeps = whole.sweeps().size();
    this.numbers = request.numbers(whole);
    this.recipe = whole.of(numbers);
    this.needed = recipe.needed();
    this.samples = samples;
  }

  /**
   * Reproduces a paper.
   *
   * @param samples directory of the bundled recordings
   * @return a line per verdict with the number of claims
   * @throws IOException if a trace, a point or a file fails; what was done stays
   */
  public static List<String> run(
      Request request, Path samples, SweepRunner sweeps, Recorder recorder, Progress progress)
      throws IOException, InterruptedException {
    var reproduction = new Reproduction(request, recipe(request), samples);
    Files.createDirectories(request.out());
    reproduction.makeTraces(recorder, progress);
    reproduction.sweep(sweeps);
    reproduction.measureTraces();
    List<String> verdicts = reproduction.report(!request.full(), reproduction.numbers);
    if (request.publish() != null) {
      reproduction.publish(request.publish(), progress);
    }
    return verdicts;
  }

  /**
   * Writes the report on what is there.
   *
   * @param done which sweeps are
   */
  private List<String> report(boolean quick, List<Integer> done) throws IOException {
    List<String> remarks = new ArrayList<>();
    if (done.size() < allSweeps) {
      remarks.add(
          "%d of %d sweeps are done%s"
              .formatted(
                  done.size(),
                  allSweeps,
                  done.getLast() == done.size() ? "" : ": " + commaSeparated(done, ", ")));
    }
    remarks.addAll(ofCorpus());
    lacking.forEach((name, reason) -> remarks.add("no trace %s: %s".formatted(name, reason)));
    return Report.write(request.paper(), out.resolve("results"), out, Width.SINGLE, quick, remarks);
  }

  /** How long the recordings of each corpus are: beginnings are replayed as well. */
  private List<String> ofCorpus() throws IOException {
    Map<String, List<String>> lengths = new TreeMap<>();
    for (Map.Entry<String, Recipe.Trace> entry : recipe.traces().entrySet()) {
      String corpus = entry.getValue().corpus();
      if (corpus != null && needed.contains(entry.getKey())) {
        var info = Series.at(path(entry.getKey())).info();
        lengths
            .computeIfAbsent(corpus, name -> new ArrayList<>())
            .add(
                "%s %.0f s"
                    .formatted(entry.getKey(), info.checkpoints() * info.intervalNs() / 1e9));
      }
    }
    return lengths.entrySet().stream()
        .map(
            each ->
                "of the corpus %s: %s".formatted(each.getKey(), String.join(", ", each.getValue())))
        .toList();
  }

  private void publish(Path destination, Progress progress) throws IOException {
    Map<String, Path> recordings = new TreeMap<>();
    for (String name : recipe.replayed()) {
      if (!lacking.containsKey(name)) {
        recordings.put(name, path(name));
      }
    }
    String which =
        numbers.size() == allSweeps
            ? ""
            : numbers.getLast() == numbers.size()
                ? " --sweeps " + numbers.size()
                : " --only " + commaSeparated(numbers, ",");
    Publication.write(out, request.command() + which, recordings, destination, progress);
  }

  private static Recipe recipe(Request request) throws IOException {
    Paper paper = request.paper();
    Path own = request.own();
    if (request.full() && own != null && paper.has(CORPUS)) {
      Recipe recipe = Recipe.read(paper, CORPUS);
      Set<String> needed = recipe.of(request.numbers(recipe)).needed();
      List<String> lacking = new ArrayList<>();
      List<String> there = new ArrayList<>();
      for (Map.Entry<String, Recipe.Trace> entry : recipe.traces().entrySet()) {
        String name = entry.getKey();
        if (entry.getValue().corpus() != null && needed.contains(name)) {
          (request.own(name) == null ? lacking : there).add(name);
        }
      }
      if (lacking.isEmpty()) {
        return recipe;
      }
      if (!there.isEmpty() || !paper.has(FULL)) {
        throw new IOException(
            ("%s: lacks %s of the corpus%s; 'emulha traces corpus' records them, and 'emulha traces"
                    + " capture uml' what ends in -uml")
                .formatted(
                    own,
                    String.join(", ", lacking),
                    there.isEmpty() ? "" : " and has " + String.join(", ", there)));
      }
    }
    String file = request.full() ? FULL : QUICK;
    if (!paper.has(file)) {
      throw new IOException(
          ("%s is of recordings alone: give --full, and with --traces their directory;"
                  + " docs/REPRODUCING.md says which")
              .formatted(paper.label()));
    }
    return Recipe.read(paper, file);
  }

  /** Where a trace is to be made that neither the reader has nor was made before, or null. */
  private @Nullable Path toMake(String name) throws IOException {
    Path place = out.resolve("traces").resolve(name);
    return needed.contains(name) && request.own(name) == null && !Files.exists(place)
        ? place
        : null;
  }

  /** Makes what is not there, and slices of it after that. */
  private void makeTraces(Recorder recorder, Progress progress)
      throws IOException, InterruptedException {
    for (Map.Entry<String, Recipe.Trace> entry : recipe.traces().entrySet()) {
      Path place = toMake(entry.getKey());
      Recipe.Synthetic synthetic = entry.getValue().synthesise();
      Recipe.Guest guest = entry.getValue().record();
      if (synthetic != null && place != null) {
        try (var partial = Partial.of(place)) {
          var options =
              new SyntheticSeries.Options(
                  synthetic.ramBytes(),
                  synthetic.intervalMs(),
                  synthetic.durationMs(),
                  synthetic.scale() == null ? 1 : synthetic.scale(),
                  synthetic.wholeBase(),
                  1);
          Cluster.of(synthetic.cluster(), null).write(options, partial.path(), progress);
          partial.commit();
        }
      } else if (guest != null && place != null) {
        Files.createDirectories(place.getParent());
        recorder
            .record(guest.recipe(), guest.ramBytes(), guest.checkpoints(), place)
            .ifPresent(reason -> lacking.put(entry.getKey(), reason));
      }
    }
    for (Map.Entry<String, Recipe.Trace> entry : recipe.traces().entrySet()) {
      Recipe.Slice slice = entry.getValue().slice();
      Path place = toMake(entry.getKey());
      if (slice != null && place != null) {
        Series whole = Series.at(path(slice.of())).readAhead();
        if (slice.intervalMs() != null) {
          whole = MergedSeries.atInterval(whole, Interval.ofMilliseconds(slice.intervalMs()));
        }
        int taken = Math.min(slice.checkpoints(), whole.info().checkpoints());
        try (var partial = Partial.of(place)) {
          SeriesCopy.run(SlicedSeries.of(whole, 0, taken), partial.path(), progress);
          partial.commit();
        }
      }
    }
  }

  private void sweep(SweepRunner runner) throws IOException, InterruptedException {
    int failed = 0;
    for (int i = 0; i < numbers.size(); i++) {
      SweepPlan named = SweepPlan.of(recipe.sweeps().get(i));
      if (named.traces().stream().flatMap(List::stream).anyMatch(lacking::containsKey)) {
        continue;
      }
      List<List<String>> sets = new ArrayList<>();
      for (List<String> set : named.traces()) {
        List<String> paths = new ArrayList<>();
        for (String name : set) {
          paths.add(path(name).toString());
        }
        sets.add(paths);
      }
      SweepPlan plan = named.of(sets);
      Path directory = out.resolve("results").resolve(directory(numbers.get(i)));
      Sweep sweep =
          Files.exists(directory.resolve("sweep.json"))
              ? Sweep.resume(plan, directory, request.force())
              : Sweep.create(plan, directory);
      boolean unfinished = !plan.points().stream().allMatch(sweep::isDone);
      String title = "sweep %d of %d".formatted(numbers.get(i), allSweeps);
      failed += runner.run(sweep, title);
      if (sweep.hasDisturbed() && sweep.otherEnvironment().isEmpty()) {
        // Once: what is disturbed then, too, is shown as such. Trials of another program would not
        // go with the others of their settings.
        failed += runner.run(sweep.repeatingDisturbed(), title + ", disturbed trials again");
      }
      if (request.full() && unfinished && failed == 0 && i + 1 < numbers.size()) {
        // Early, for who waits hours for the rest.
        report(false, numbers.subList(0, i + 1));
      }
    }
    if (failed > 0) {
      throw new IOException(
          "%d points failed, see %s/*/*.failed; run again to try those once more"
              .formatted(failed, out.resolve("results")));
    }
  }

  /** Where a sweep's results are, in that of all. */
  private static String directory(int number) {
    return "sweep-" + number;
  }

  private static String commaSeparated(List<Integer> numbers, String comma) {
    return numbers.stream().map(String::valueOf).collect(Collectors.joining(comma));
  }

  private void measureTraces() throws IOException {
    // Each by itself: series of different workloads were never protected together.
    for (String name : recipe.statistics()) {
      Path place = out.resolve("results").resolve("statistics").resolve(name.replace('/', '-'));
      if (!Files.exists(place)) {
        try (var partial = Partial.of(place)) {
          Characterisation.write(
              List.of(Series.at(path(name)).readAhead()), Files.createDirectory(partial.path()));
          partial.commit();
        }
      }
    }
    Path scanned = out.resolve("results").resolve("scans");
    Recipe.Scans scans = recipe.scans();
    if (scans != null && !Files.exists(scanned.resolve("bitmap_scan.csv"))) {
      ScanTiming.write(scans.ramBytes(), scans.dirtyPpm(), scans.scans(), scanned);
    }
  }

  /** Where the series of a recipe's name is. */
  private Path path(String name) throws IOException {
    Path found = request.own(name);
    if (found != null) {
      return found;
    }
    String first = Recipe.traceOf(name);
    Recipe.Trace trace = recipe.traces().get(first);
    if (trace == null) {
      throw new IllegalStateException(
          request.paper().label() + ": the recipe has no trace " + first);
    }
    String sample = trace.sample();
    return sample == null
        ? out.resolve("traces").resolve(name)
        : samples.resolve(sample + ".tar.zst");
  }
}
