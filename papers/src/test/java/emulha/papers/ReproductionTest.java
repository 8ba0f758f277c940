package emulha.papers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import emulha.experiments.plan.Point;
import emulha.experiments.plan.SweepPlan;
import emulha.testsupport.MadeSeries;
import emulha.traces.Progress;
import emulha.traces.Series;
import emulha.traces.SeriesInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ReproductionTest {
  private static final List<String> CORPUS =
      List.of(
          "hpcc",
          "webshop",
          "ffmpeg",
          "oltp",
          "cluster-vm1",
          "cluster-vm2",
          "cluster-vm3",
          "cluster-vm4");

  @TempDir Path directory;

  /** As the reader has recorded them: in full, or the beginning alone. */
  private static String file(String name) {
    return name.equals("oltp") ? "oltp-first-210.tar.zst" : name;
  }

  private Path corpus(List<String> names, int checkpoints) throws IOException {
    Path corpus = directory.resolve("corpus");
    for (String name : names) {
      MadeSeries.random(
          corpus.resolve(file(name)), 8, checkpoints, new Random(name.hashCode()), n -> null);
    }
    return corpus;
  }

  private IOException run(Path corpus, Set<Path> asked, Reproduction.Chosen sweeps) {
    return assertThrows(
        IOException.class,
        () ->
            Reproduction.run(
                new Reproduction.Request(
                    Paper.HOU2013, true, false, sweeps, corpus, directory.resolve("out"), null),
                directory,
                (sweep, title) -> {
                  sweep
                      .plan()
                      .traces()
                      .forEach(set -> set.forEach(trace -> asked.add(Path.of(trace))));
                  return 1;
                },
                (recipe, ramBytes, checkpoints, destination) -> Optional.of("not here"),
                Progress.NONE));
  }

  /** Those that a paper has, by file. */
  private static Map<String, Recipe> recipes(Paper paper) throws IOException {
    Map<String, Recipe> recipes = new LinkedHashMap<>();
    for (String size : List.of("quick.json", "full.json", "corpus.json")) {
      if (paper.has(size)) {
        recipes.put(size, Recipe.read(paper, size));
      }
    }
    return recipes;
  }

  // A recipe that cannot be read would be found after the hours of another one.
  @ParameterizedTest
  @EnumSource(Paper.class)
  void recipesNameTheirTraces(Paper paper) throws IOException {
    for (Map.Entry<String, Recipe> each : recipes(paper).entrySet()) {
      String size = each.getKey();
      Recipe recipe = each.getValue();
      for (Recipe.Trace trace : recipe.traces().values()) {
        assertEquals(
            1,
            Stream.of(
                    trace.sample(),
                    trace.corpus(),
                    trace.slice(),
                    trace.synthesise(),
                    trace.record())
                .filter(Objects::nonNull)
                .count(),
            size + " " + trace);
      }
      for (JsonNode sweep : recipe.sweeps()) {
        for (List<String> set : SweepPlan.of(sweep).traces()) {
          for (String name : set) {
            assertTrue(recipe.traces().containsKey(name.replaceAll("/.*", "")), name);
          }
        }
      }
    }
  }

  // Read together, a result that stands in two places is refused: after the last sweep, too.
  @ParameterizedTest
  @EnumSource(Paper.class)
  void recipesRunNothingTwice(Paper paper) throws IOException {
    for (Map.Entry<String, Recipe> each : recipes(paper).entrySet()) {
      List<String> twice = new ArrayList<>();
      Set<String> ids = new LinkedHashSet<>();
      for (JsonNode sweep : each.getValue().sweeps()) {
        for (Point point : SweepPlan.of(sweep).points()) {
          if (!ids.add(point.id())) {
            twice.add(point.id());
          }
        }
      }
      assertEquals(List.of(), twice, each.getKey());
    }
  }

  // Synthetic series in place of the recordings that were given would be presented as evidence.
  @Test
  void recordingsOfACorpusAloneAreReplayed() throws IOException {
    Path corpus = corpus(CORPUS, 210);
    Set<Path> asked = new LinkedHashSet<>();
    IOException failed = run(corpus, asked, Reproduction.Chosen.ALL);
    assertTrue(String.valueOf(failed.getMessage()).contains("14 points failed"), failed::toString);
    List<Path> expected = new ArrayList<>();
    CORPUS.forEach(name -> expected.add(corpus.resolve(file(name))));
    Path traces = directory.resolve("out/traces");
    for (String slice : List.of("-5s", "-5s-25ms", "-10s", "-20s", "-50s")) {
      CORPUS.subList(0, 4).forEach(name -> expected.add(traces.resolve(name + slice)));
    }
    expected.remove(traces.resolve("ffmpeg-10s"));
    assertEquals(Set.copyOf(expected), asked);
    SeriesInfo fine = Series.at(traces.resolve("oltp-10s")).info();
    assertEquals(210, fine.checkpoints(), "all there are");
    SeriesInfo merged = Series.at(traces.resolve("oltp-20s")).info();
    assertEquals(2, merged.checkpoints(), "whole seconds of the recording");
    assertEquals(100 * fine.intervalNs(), merged.intervalNs());
  }

  // Without it one who wants the bytes alone would wait for hours of measurements.
  @Test
  void theFirstSweepsAloneAreDone() throws IOException {
    Path corpus = corpus(CORPUS, 2);
    Set<Path> asked = new LinkedHashSet<>();
    IOException failed = run(corpus, asked, new Reproduction.Chosen(3, Set.of()));
    assertTrue(String.valueOf(failed.getMessage()).contains("3 points failed"), failed::toString);
    assertEquals(
        CORPUS.stream().map(name -> corpus.resolve(file(name))).collect(Collectors.toSet()), asked);
    assertFalse(Files.exists(directory.resolve("out/traces")), "what only the others take");
  }

  @Test
  void sweepsOfSomeNumbersAloneAreDone() throws IOException {
    Path corpus = corpus(CORPUS.subList(0, 4), 210);
    Path traces = directory.resolve("out/traces");
    Set<Path> asked = new LinkedHashSet<>();
    IOException failed = run(corpus, asked, only(13, 7));
    assertTrue(String.valueOf(failed.getMessage()).contains("2 points failed"), failed::toString);
    assertEquals(
        CORPUS.subList(0, 4).stream()
            .map(name -> traces.resolve(name + "-50s"))
            .collect(Collectors.toSet()),
        asked);
    assertFalse(Files.exists(traces.resolve("oltp-20s")), "what only the others take");
    assertTrue(Files.exists(directory.resolve("out/results/sweep-13")));
    // The report would else call done what is not, or leave out what its figures show.
    failed = run(corpus, asked, only(6));
    assertTrue(String.valueOf(failed.getMessage()).contains("3 points failed"), failed::toString);
    assertTrue(asked.contains(traces.resolve("oltp-20s")), "and what was begun is gone on with");
  }

  @Test
  void sweepsThatARecipeLacksAreRefused() throws IOException {
    Path corpus = corpus(CORPUS, 2);
    for (int number : List.of(0, 15)) {
      IOException refused = run(corpus, new LinkedHashSet<>(), only(number));
      assertEquals("no sweep %d: there are 1 to 14".formatted(number), refused.getMessage());
    }
    assertFalse(Files.exists(directory.resolve("out")));
  }

  private static Reproduction.Chosen only(Integer... numbers) {
    return new Reproduction.Chosen(1, Set.of(numbers));
  }

  // A file that is missing from the program would not say that recordings are.
  @Test
  void recordingsThatNothingCanStandInForAreAskedFor() throws IOException {
    Path corpus = corpus(List.of("hpcc-uml", "hpcc", "webshop", "ffmpeg"), 2);
    for (boolean full : List.of(false, true)) {
      var request =
          new Reproduction.Request(
              Paper.NATIVE_RATES,
              full,
              false,
              new Reproduction.Chosen(1, Set.of()),
              corpus,
              directory.resolve("out"),
              null);
      String refusal =
          assertThrows(
                  IOException.class,
                  () ->
                      Reproduction.run(
                          request,
                          directory,
                          (sweep, title) -> 0,
                          (recipe, ramBytes, checkpoints, destination) -> Optional.of("not here"),
                          Progress.NONE))
              .getMessage();
      String expected =
          full
              ? "lacks webshop-uml, ffmpeg-uml of the corpus and has hpcc-uml"
              : "give --full, and with --traces";
      assertTrue(String.valueOf(refusal).contains(expected), refusal);
    }
  }

  @Test
  void partOfACorpusIsRefused() throws IOException {
    Path corpus = corpus(CORPUS.subList(1, 8), 2);
    IOException refused = run(corpus, new LinkedHashSet<>(), Reproduction.Chosen.ALL);
    String message = String.valueOf(refused.getMessage());
    assertTrue(message.contains("lacks hpcc of the corpus and has webshop, "), message);
    assertTrue(message.contains("; 'emulha traces corpus' records them"), message);
    assertFalse(Files.exists(directory.resolve("out")));
  }
}
