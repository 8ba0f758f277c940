package emulha.papers;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import emulha.analysis.measures.Estimate;
import emulha.analysis.measures.Evidence;
import emulha.analysis.measures.Facts;
import emulha.analysis.measures.Statistics;
import emulha.analysis.measures.TableText;
import emulha.metrics.FlatJson;
import emulha.papers.Claim.As;
import emulha.papers.Claim.Basis;
import emulha.papers.Claim.Of;
import emulha.papers.Claim.Test;
import emulha.papers.Verdict.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.BinaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A paper's claims, in its order, under its title and its authors, venue and year. */
record Claims(String title, String reference, List<Claim> claims) {
  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .enable(MapperFeature.ACCEPT_CASE_INSENSITIVE_ENUMS)
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .addModule(new FlatJson())
          .build();

  /** Settings of which "most" says something. */
  private static final int FEWEST_FOR_MOST = 3;

  /** How many of the settings that are lacking a reason names. */
  private static final int SETTINGS_TOLD = 3;

  Claims {
    claims = List.copyOf(claims);
    Set<String> ids = new HashSet<>();
    for (Claim claim : claims) {
      if (!ids.add(claim.id())) {
        throw new IllegalArgumentException("two claims are named " + claim.id());
      }
    }
  }

  static Claims of(Paper paper) {
    try (InputStream in = paper.open("claims.json")) {
      return JSON.readValue(in, Claims.class);
    } catch (IOException e) {
      throw new UncheckedIOException(paper.label(), e);
    }
  }

  /**
   * A value found.
   *
   * @param value the estimate
   * @param traces the series that it rests on
   * @param synthetic whether one of them is
   * @param bound whether it is known but to be at most, or at least, so large
   * @param setting of which workload, VM, method and interval, whatever the series
   * @param checkpoints of the series
   */
  private record Finding(
      Estimate value,
      Set<String> traces,
      boolean synthetic,
      boolean bound,
      List<@Nullable Object> setting,
      long checkpoints) {}

  /** What a test comes to. */
  private record Outcome(Kind kind, String ours, String reason, List<Finding> found) {}

  /**
   * What the evidence says of a claim.
   *
   * @param quick whether the evidence leaves out what takes long
   */
  static Verdict judge(Claim claim, Evidence evidence, boolean quick) {
    if (claim.cannot() != null) {
      return new Verdict(Kind.CANNOT_BE_TESTED, "", claim.cannot(), "");
    }
    List<Outcome> outcomes =
        claim.tests().stream().map(test -> run(test, claim.determinedBy(), evidence)).toList();
    String ours = joined(outcomes.stream().map(Outcome::ours));
    String traces =
        outcomes.stream()
            .flatMap(outcome -> outcome.found().stream())
            .flatMap(finding -> finding.traces().stream())
            .distinct()
            .collect(Collectors.joining(", "));
    if (!claim.input().equals(Claim.NOTHING)
        && outcomes.stream()
            .flatMap(outcome -> outcome.found().stream())
            .anyMatch(Finding::synthetic)) {
      return new Verdict(
          Kind.INPUT,
          ours,
          "the trace is synthetic, and calibrated or assumed in it: " + claim.input(),
          traces);
    }
    if (claim.determinedBy() == Basis.RECORDINGS && !ours.isEmpty()) {
      return new Verdict(
          Kind.CANNOT_BE_TESTED,
          ours,
          "a property of the paper's own recordings, which are not public; these are of other guests"
              + " on another machine",
          traces);
    }
    for (Kind decisive : List.of(Kind.DOES_NOT_HOLD, Kind.NOT_IN_QUICK, Kind.CANNOT_BE_TESTED)) {
      var those = outcomes.stream().filter(outcome -> outcome.kind() == decisive).toList();
      if (!those.isEmpty()) {
        return new Verdict(
            decisive == Kind.NOT_IN_QUICK && !quick ? Kind.CANNOT_BE_TESTED : decisive,
            ours,
            joined(those.stream().map(Outcome::reason)),
            traces);
      }
    }
    return new Verdict(Kind.HOLDS, ours, "", traces);
  }

  private static String joined(Stream<String> texts) {
    return texts.filter(text -> !text.isEmpty()).distinct().collect(Collectors.joining("; "));
  }

  private static Outcome run(Test test, Basis basis, Evidence evidence) {
    // What a machine does in a short time is evidence of the machine; what a guest does is not.
    boolean brief = basis == Basis.MACHINE || basis == Basis.RECORDINGS;
    int fewest = brief ? 0 : fewestCheckpoints(test);
    List<Finding> found = new ArrayList<>();
    List<String> lacking = new ArrayList<>();
    boolean tooShort = false;
    for (Map<String, JsonNode> setting : settings(test.rows().over())) {
      List<Finding> ofSetting = find(test, setting, fewest, evidence);
      found.addAll(ofSetting);
      if (ofSetting.isEmpty()) {
        lacking.add(describe(setting));
        tooShort |= fewest > 0 && !find(test, setting, 0, evidence).isEmpty();
      }
    }
    List<Estimate> values =
        found.stream().map(finding -> finding.value().times(test.quantity().scale())).toList();
    Claim.Expected expected = test.expected();
    Kind settled = settled(values, lacking.isEmpty(), expected);
    if (!lacking.isEmpty()) {
      String why =
          tooShort
              ? "the recordings have fewer than %d checkpoints at these intervals"
                  .formatted(fewestCheckpoints(test))
              : "no results for %s (%s)"
                  .formatted(test.quantity().what(), missing(test, found, lacking));
      long asClaimed =
          settled == null ? values.size() : values.stream().filter(expected::inside).count();
      return new Outcome(
          settled == null ? Kind.NOT_IN_QUICK : settled,
          found.isEmpty() ? "" : ours(test, values, Of.EACH, asClaimed),
          settled == null ? why : "one setting is enough; " + why,
          found);
    }
    if (expected.of() == Of.MOST && found.size() < FEWEST_FOR_MOST) {
      return new Outcome(
          Kind.CANNOT_BE_TESTED,
          ours(test, values, Of.EACH, found.size()),
          "most of %d settings says little; at least %d are needed"
              .formatted(found.size(), FEWEST_FOR_MOST),
          found);
    }
    List<Estimate> deciding =
        switch (expected.of()) {
          case EACH, MOST, SOME -> values;
          case MIN -> List.of(quantile(0, values));
          case MAX -> List.of(quantile(1, values));
        };
    long inside = deciding.stream().filter(expected::inside).count();
    long outside = deciding.stream().filter(expected::outside).count();
    long all = deciding.size();
    String ours = ours(test, deciding, expected.of(), inside);
    if (settled == null && !deciding.stream().allMatch(Estimate::decides)) {
      return new Outcome(
          Kind.NOT_IN_QUICK,
          ours,
          "a range of trials is no interval: it takes 6 undisturbed ones or more in fresh pairs of"
              + " JVMs",
          found);
    }
    Kind kind =
        settled != null
            ? settled
            : switch (expected.of()) {
              case SOME -> outside == all ? Kind.DOES_NOT_HOLD : Kind.CANNOT_BE_TESTED;
              case MOST -> Kind.CANNOT_BE_TESTED;
              case EACH, MIN, MAX ->
                  inside == all
                      ? Kind.HOLDS
                      : outside > 0 ? Kind.DOES_NOT_HOLD : Kind.CANNOT_BE_TESTED;
            };
    return new Outcome(
        kind, ours, kind == Kind.CANNOT_BE_TESTED ? "the interval holds the bound" : "", found);
  }

  /**
   * What one setting settles, whatever the others come to: one that is not so refutes what is said
   * of each, one that is confirms what is said of some. Of most a majority does, if there are all.
   * Null if nothing does.
   */
  private static @Nullable Kind settled(
      List<Estimate> values, boolean complete, Claim.Expected expected) {
    Double min = expected.min();
    Double max = expected.max();
    List<Estimate> deciding = values.stream().filter(Estimate::decides).toList();
    long inside = deciding.stream().filter(expected::inside).count();
    long outside = deciding.stream().filter(expected::outside).count();
    boolean refuted =
        switch (expected.of()) {
          case EACH -> outside > 0;
          case SOME -> false;
          case MAX -> max != null && deciding.stream().anyMatch(v -> v.low() > max);
          case MIN -> min != null && deciding.stream().anyMatch(v -> v.high() < min);
          case MOST -> complete && 2 * outside >= values.size();
        };
    boolean confirmed =
        switch (expected.of()) {
          case SOME -> inside > 0;
          case MOST -> complete && 2 * inside > values.size();
          case EACH, MAX, MIN -> false;
        };
    return refuted ? Kind.DOES_NOT_HOLD : confirmed ? Kind.HOLDS : null;
  }

  /** What is lacking, or, if all is, only which rows were looked for. */
  private static String missing(Test test, List<Finding> found, List<String> lacking) {
    if (found.isEmpty()) {
      return Stream.of(describe(test.rows().where()), describe(test.rows().over()))
          .filter(text -> !text.isEmpty())
          .collect(Collectors.joining(", "));
    }
    return lacking.size() <= SETTINGS_TOLD
        ? String.join("; ", lacking)
        : "%s and %d more"
            .formatted(
                String.join("; ", lacking.subList(0, SETTINGS_TOLD)),
                lacking.size() - SETTINGS_TOLD);
  }

  /** Every combination of the values of each column. */
  private static List<Map<String, JsonNode>> settings(Map<String, List<JsonNode>> over) {
    List<Map<String, JsonNode>> all = List.of(Map.of());
    for (Map.Entry<String, List<JsonNode>> column : over.entrySet()) {
      List<Map<String, JsonNode>> longer = new ArrayList<>();
      for (Map<String, JsonNode> one : all) {
        for (JsonNode value : column.getValue()) {
          Map<String, JsonNode> more = new LinkedHashMap<>(one);
          more.put(column.getKey(), value);
          longer.add(more);
        }
      }
      all = longer;
    }
    return all;
  }

  private static int fewestCheckpoints(Test test) {
    Integer own = test.rows().fewestCheckpoints();
    return own == null ? Claim.Rows.FEWEST_CHECKPOINTS : own;
  }

  /**
   * Values of a setting: of recordings with so many checkpoints, or, if there are none, of
   * synthetic series. What was both replayed and reduced is one setting, not two.
   */
  private static List<Finding> find(
      Test test, Map<String, JsonNode> setting, int fewestCheckpoints, Evidence evidence) {
    List<Facts> table = evidence.facts(test.quantity().table());
    Map<List<Object>, Finding> found = new LinkedHashMap<>();
    for (Facts one : table) {
      Estimate value = one.estimate(test.quantity().value());
      if (value == null
          || !matches(one, setting)
          || !matches(one, test.rows().where())
          || (!one.synthetic() && one.checkpoints() < fewestCheckpoints)) {
        continue;
      }
      if (test.pairing().against() == null) {
        add(found, one.identity(), finding(value, one, one.synthetic(), isBound(one, test)));
        continue;
      }
      List<@Nullable Object> key = key(one, test);
      for (Facts other : table) {
        Estimate base = other.estimate(test.quantity().value());
        // Against itself it would always be as large.
        if (base != null
            && !one.identity().equals(other.identity())
            && matches(other, test.pairing().against())
            && key.equals(key(other, test))) {
          Estimate set = set(value, base, test.pairing().as());
          if (set != null) {
            List<Object> both = new ArrayList<>(one.identity());
            both.addAll(other.identity());
            boolean synthetic = one.synthetic() || other.synthetic();
            boolean bound = isBound(one, test) || isBound(other, test);
            add(found, both, finding(set, one, synthetic, bound));
          }
        }
      }
    }
    List<Finding> recorded =
        found.values().stream().filter(finding -> !finding.synthetic()).toList();
    return longest(recorded.isEmpty() ? List.copyOf(found.values()) : recorded);
  }

  private static boolean isBound(Facts facts, Test test) {
    return facts.bounds().contains(test.quantity().value());
  }

  private static Finding finding(Estimate value, Facts of, boolean synthetic, boolean bound) {
    return new Finding(
        value,
        of.of(),
        synthetic,
        bound,
        Stream.of("workload", "vm", "method", "interval_ns").map(of.values()::get).toList(),
        of.checkpoints());
  }

  /**
   * Without what was counted of a part of a recording where there is more of it: the part, which
   * serves to take times, would have a second vote.
   */
  private static List<Finding> longest(List<Finding> found) {
    return found.stream()
        .filter(
            one ->
                one.value().trials() != Estimate.COUNTED
                    || found.stream()
                        .noneMatch(
                            other ->
                                other.setting().equals(one.setting())
                                    && other.checkpoints() > one.checkpoints()))
        .toList();
  }

  /**
   * Of two results of one setting, keeps one that decides by itself, or else that of more trials.
   */
  private static void add(
      Map<List<Object>, Finding> found, List<Object> identity, Finding finding) {
    Comparator<Finding> better =
        Comparator.comparing((Finding one) -> one.value().decides() && !one.bound())
            .thenComparingInt(one -> one.value().trials());
    found.merge(identity, finding, BinaryOperator.maxBy(better));
  }

  private static List<@Nullable Object> key(Facts facts, Test test) {
    List<@Nullable Object> key = new ArrayList<>();
    Objects.requireNonNull(test.pairing().pairedOn())
        .forEach(column -> key.add(facts.values().get(column)));
    return key;
  }

  private static @Nullable Estimate set(Estimate a, Estimate b, @Nullable As as) {
    if (as == As.DIFFERENCE) {
      return a.minus(b);
    }
    // Ratios of quantities that are never negative; a base of 0 has none.
    return b.value() > 0 ? a.over(b) : null;
  }

  private static boolean matches(Facts facts, Map<String, JsonNode> where) {
    return where.entrySet().stream().allMatch(e -> matches(facts.text(e.getKey()), e.getValue()));
  }

  /** Whether a column's value is what a claim wants of it. */
  static boolean matches(@Nullable String text, JsonNode wanted) {
    if (text == null) {
      return false;
    }
    if (wanted.isArray()) {
      return wanted.valueStream().anyMatch(one -> matches(text, one));
    }
    if (wanted.isObject()) {
      double value = Double.parseDouble(text);
      return (!wanted.has("min") || value >= wanted.get("min").asDouble())
          && (!wanted.has("max") || value <= wanted.get("max").asDouble());
    }
    if (wanted.isNumber()) {
      return Double.parseDouble(text) == wanted.asDouble();
    }
    return glob(wanted.asText()).matcher(text).matches();
  }

  private static Pattern glob(String glob) {
    return Pattern.compile(
        Stream.of(glob.split("\\*", -1)).map(Pattern::quote).collect(Collectors.joining(".*")),
        Pattern.CASE_INSENSITIVE);
  }

  /** Of all their values, lower and upper ends. */
  private static Estimate quantile(double p, List<Estimate> values) {
    return new Estimate(
        Statistics.quantile(p, values.stream().mapToDouble(Estimate::value).toArray()),
        Statistics.quantile(p, values.stream().mapToDouble(Estimate::low).toArray()),
        Statistics.quantile(p, values.stream().mapToDouble(Estimate::high).toArray()),
        values.stream().mapToInt(Estimate::trials).reduce(Estimate.COUNTED, Estimate::fewest));
  }

  private static String ours(Test test, List<Estimate> values, Of of, long inside) {
    String unit = test.quantity().unit();
    String text;
    if (values.size() == 1) {
      Estimate one = values.getFirst();
      text = TableText.rounded(one.value()) + unit + TableText.interval(one);
    } else {
      var statistics = values.stream().mapToDouble(Estimate::value).summaryStatistics();
      text =
          "%s to %s%s in %d settings"
              .formatted(
                  TableText.rounded(statistics.getMin()),
                  TableText.rounded(statistics.getMax()),
                  unit,
                  values.size());
      if (of == Of.MOST || of == Of.SOME || inside < values.size()) {
        text += ", %d as claimed".formatted(inside);
      }
    }
    return test.quantity().what() + ": " + text;
  }

  /** Columns, each with a value or several, in words. */
  private static String describe(Map<String, ?> columns) {
    return columns.entrySet().stream()
        .map(e -> e.getKey() + " " + e.getValue().toString().replace("\"", ""))
        .collect(Collectors.joining(", "));
  }
}
