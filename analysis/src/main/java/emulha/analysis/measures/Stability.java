package emulha.analysis.measures;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/** Warnings about results that are not to be trusted as they stand. */
public final class Stability {
  private static final double SPREAD_LIMIT = 0.1;
  private static final List<Measure> TIMED =
      List.of(
          Measure.SENDER_CPU_NS_PER_PAGE, Measure.RECEIVER_CPU_NS_PER_PAGE, Measure.TRANSFER_NS);
  private static final List<Measure> DETERMINISTIC =
      List.of(Measure.TRAFFIC_REDUCTION, Measure.CHECKPOINT_BYTES);

  private Stability() {}

  /**
   * What to be careful about, a line each: what {@link #bindings} finds, what disturbed runs, as
   * their manifests say, and what {@link #warnings(List)} finds in the results.
   */
  public static List<String> warnings(Evidence evidence) {
    List<String> warnings = new ArrayList<>(bindings(evidence.results()));
    warnings.addAll(warnings(evidence.summaries(), evidence.manifests()));
    return warnings;
  }

  /** The same without what was encoded by different implementations. */
  public static List<String> warnings(List<Summary> summaries, List<Manifest> manifests) {
    List<String> warnings = new ArrayList<>();
    for (Manifest.Disturbance one : Manifest.Disturbance.values()) {
      long[] told =
          manifests.stream()
              .map(run -> run.disturbance(one))
              .flatMapToLong(OptionalLong::stream)
              .toArray();
      double[] above =
          LongStream.of(told)
              .filter(value -> value > one.limit)
              .mapToDouble(value -> value / one.scale)
              .toArray();
      if (above.length > 0) {
        warnings.add(
            "in %d of %d runs %s, at most %s %s: do not trust their times"
                .formatted(
                    above.length,
                    told.length,
                    one.what,
                    TableText.rounded(Statistics.quantile(1, above)),
                    one.unit));
      }
    }
    warnings.addAll(warnings(summaries));
    return warnings;
  }

  /**
   * What to be careful about, a line each: trials of a timed measure that spread by more than a
   * tenth of their median, trials far from the others, trials whose bytes differ although nothing
   * should, a single trial, and pages that were not verified.
   */
  public static List<String> warnings(List<Summary> summaries) {
    List<String> warnings = new ArrayList<>(disturbed(summaries));
    warnings.addAll(keptApart(summaries));
    for (Summary summary : summaries) {
      if (!summary.wholeSet()) {
        continue;
      }
      String link = Labels.link(summary.setting());
      String where = summary.setting().inShort() + (link.isEmpty() ? "" : ", " + link);
      if (!summary.extent().verified()) {
        warnings.add(where + ": not every checkpoint was verified");
      }
      // Where all trials were disturbed, that is said above.
      if (summary.trials() > 0
          && Statistics.medianCoverage(summary.trials()) < Estimate.COVERAGE
          && TIMED.stream().anyMatch(m -> summary.get(m).isPresent())) {
        warnings.add(
            where
                + ": times and CPU have no interval, only the range of n = %d; one takes 6 trials"
                    .formatted(summary.trials()));
      }
      for (Measure measure : TIMED) {
        timed(where, measure, summary.perTrial(measure), warnings);
      }
      for (Measure measure : DETERMINISTIC) {
        // The interval of many trials leaves out the few that are off.
        if (summary.get(measure).map(Estimate::hasInterval).orElse(false)
            || Arrays.stream(summary.perTrial(measure)).distinct().count() > 1) {
          warnings.add(where + ": " + measure.column() + " differs between trials");
        }
      }
    }
    return warnings;
  }

  /**
   * Which results rest on disturbed trials, or left such out, a line each: for whatever shows a
   * time.
   */
  public static List<String> disturbed(List<Summary> summaries) {
    List<String> lines = new ArrayList<>();
    for (Summary summary : summaries) {
      if (summary.wholeSet() && summary.extent().disturbed() > 0) {
        lines.add(
            "%s: %d of %d trials %s"
                .formatted(
                    summary.setting().inShort(),
                    summary.extent().disturbed(),
                    summary.extent().disturbed() + summary.trials(),
                    summary.restsOnDisturbed()
                        ? "waited for a processor that something else had: its times rest on"
                            + " disturbed trials alone"
                        : "waited for a processor that something else had and are left out"));
      }
    }
    return lines;
  }

  /** What was kept apart because it ran under other conditions, a line each. */
  static List<String> keptApart(List<Summary> summaries) {
    return Groups.by(Setting::withoutConditions, summaries.stream().map(Summary::setting).toList())
        .values()
        .stream()
        .map(
            some ->
                some.stream()
                    .map(Setting::conditionsText)
                    .collect(Collectors.toCollection(LinkedHashSet::new)))
        .filter(some -> some.size() > 1)
        .distinct()
        .map(some -> "kept apart, not pooled as trials: " + String.join(" / ", some))
        .toList();
  }

  /**
   * Which runs of one setting were encoded by different implementations, of another version of a
   * library say, a line each.
   */
  public static List<String> bindings(Results results) {
    List<String> lines = new ArrayList<>();
    Groups.by(Setting::of, results.runs())
        .forEach(
            (setting, runs) -> {
              var bindings = new LinkedHashSet<String>();
              runs.forEach(run -> bindings.add(run.row().setting().binding()));
              if (bindings.size() > 1) {
                lines.add(
                    "%s: trials of different implementations are pooled: %s"
                        .formatted(setting.inShort(), String.join(" / ", bindings)));
              }
            });
    return lines;
  }

  private static void timed(String where, Measure measure, double[] trials, List<String> warnings) {
    if (trials.length < 2) {
      return;
    }
    double spread = Statistics.spread(trials);
    if (spread > SPREAD_LIMIT) {
      warnings.add(
          String.format(
              Locale.ROOT,
              "%s: %s spreads by %.0f %% of its median over %d trials",
              where,
              measure.column(),
              100 * spread,
              trials.length));
    }
    for (int trial : Statistics.outliers(trials)) {
      if (Math.abs(trials[trial] / Statistics.quantile(0.5, trials) - 1) > SPREAD_LIMIT) {
        warnings.add(
            "%s: %s of trial %d of %d lies far from the others"
                .formatted(where, measure.column(), trial + 1, trials.length));
      }
    }
  }
}
