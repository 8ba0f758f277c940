package emulha.papers;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import emulha.experiments.plan.SweepPlan;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What a paper's experiments are, as its data files {@code quick.json}, {@code full.json} and
 * {@code corpus.json} say.
 *
 * @param traces by name; a series inside a cluster is named {@code CLUSTER/VM}
 * @param sweeps the plans, with names of traces for paths
 * @param statistics names of the series to characterise
 * @param scans bitmap scans to time, or null
 */
record Recipe(
    Map<String, Trace> traces,
    List<JsonNode> sweeps,
    List<String> statistics,
    @Nullable Scans scans) {
  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  /**
   * A trace that an experiment needs; one is given.
   *
   * @param sample name of a bundled recording
   * @param corpus name of the corpus that the reader has recorded, which has it under the trace's
   *     name
   * @param slice part of another trace
   * @param synthesise what it is made of
   * @param record the guest to record
   */
  record Trace(
      @Nullable String sample,
      @Nullable String corpus,
      @Nullable Slice slice,
      @Nullable Synthetic synthesise,
      @Nullable Guest record) {}

  /**
   * The first checkpoints of the trace {@code of}.
   *
   * @param intervalMs at this interval, a multiple of the trace's; null for its own
   */
  record Slice(String of, @Nullable Long intervalMs, int checkpoints) {}

  /**
   * A synthetic trace.
   *
   * @param cluster profile or cluster
   * @param scale factor to the profile's checkpoint sizes; null for 1
   * @param wholeBase whether the base holds all of RAM
   */
  record Synthetic(
      String cluster,
      @Nullable Long ramBytes,
      @Nullable Long intervalMs,
      @Nullable Long durationMs,
      @Nullable Double scale,
      boolean wholeBase) {}

  /** A guest to record whole. */
  record Guest(String recipe, long ramBytes, int checkpoints) {}

  /** Sizes of RAM and densities at which bitmap scans are timed. */
  record Scans(List<Long> ramBytes, List<Integer> dirtyPpm, int scans) {}

  static Recipe read(Paper paper, String name) throws IOException {
    try (InputStream in = paper.open(name)) {
      return JSON.readValue(in, Recipe.class);
    }
  }

  /**
   * The same with some of its sweeps alone; traces are measured with the first of all.
   *
   * @param numbers of the sweeps, from 1 on
   */
  Recipe of(List<Integer> numbers) {
    boolean first = numbers.contains(1);
    return new Recipe(
        traces,
        numbers.stream().map(number -> sweeps.get(number - 1)).toList(),
        first ? statistics : List.of(),
        first ? scans : null);
  }

  /** Names of the series that the sweeps replay. */
  Set<String> replayed() throws IOException {
    Set<String> names = new TreeSet<>();
    for (JsonNode sweep : sweeps) {
      SweepPlan.of(sweep).traces().forEach(names::addAll);
    }
    return names;
  }

  /** The traces that the sweeps and statistics read, and those of which they are slices. */
  Set<String> needed() throws IOException {
    Set<String> names = replayed();
    names.addAll(statistics);
    Set<String> needed = new TreeSet<>();
    for (String name : names) {
      needed.add(traceOf(name));
      Trace trace = traces.get(traceOf(name));
      if (trace != null && trace.slice() != null) {
        needed.add(trace.slice().of());
      }
    }
    return needed;
  }

  /** The trace of a recipe that holds a series: all of a cluster for one inside it. */
  static String traceOf(String name) {
    return name.contains("/") ? name.substring(0, name.indexOf('/')) : name;
  }
}
