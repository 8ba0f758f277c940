package emulha.papers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import emulha.codecs.Method;
import emulha.metrics.RunRow;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The claims' data files against the recipes', read as they are. */
final class ClaimedMethodsTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  private static JsonNode resource(Paper paper, String name) throws IOException {
    try (InputStream in = paper.open(name)) {
      return JSON.readTree(in);
    }
  }

  private static Set<String> texts(JsonNode node) {
    Set<String> texts = new LinkedHashSet<>();
    if (node.isTextual()) {
      texts.add(node.textValue());
    }
    node.forEach(inner -> texts.addAll(texts(inner)));
    return texts;
  }

  private static JsonNode recipe(Paper paper, String size) throws IOException {
    return resource(paper, size + ".json");
  }

  /** Analysis, which knows no codec, would take every method for one that compresses. */
  @Test
  void analysisKnowsTheBaseline() {
    assertEquals(Method.NONE, RunRow.Setting.NONE);
  }

  /** A claim about a method that nothing runs would read "no results" for ever. */
  @ParameterizedTest
  @EnumSource(Paper.class)
  void recipesRunEveryMethodOfAClaim(Paper paper) throws IOException {
    assertFalse(sizes(paper, "quick", "full", "corpus").isEmpty());
    assertRunsEveryMethod(paper, sizes(paper, "quick", "full"));
    assertRunsEveryMethod(paper, sizes(paper, "corpus"));
  }

  /** Those of some that a paper has. */
  private static List<String> sizes(Paper paper, String... some) {
    return Stream.of(some).filter(size -> paper.has(size + ".json")).toList();
  }

  private static void assertRunsEveryMethod(Paper paper, List<String> sizes) throws IOException {
    if (sizes.isEmpty()) {
      return;
    }
    Set<String> run = new LinkedHashSet<>();
    for (String size : sizes) {
      recipe(paper, size).path("sweeps").forEach(sweep -> run.addAll(texts(sweep.path("methods"))));
    }
    List<String> neverRun = new ArrayList<>();
    for (JsonNode claim : resource(paper, "claims.json").path("claims")) {
      for (JsonNode test : claim.path("tests")) {
        for (String where : List.of("over", "where", "against")) {
          for (String method : texts(test.path(where).path("method"))) {
            Pattern glob = Pattern.compile(Pattern.quote(method).replace("*", "\\E.*\\Q"));
            if (run.stream().noneMatch(one -> glob.matcher(one).matches())) {
              neverRun.add(claim.path("id").textValue() + " " + method);
            }
          }
        }
      }
    }
    assertEquals(List.of(), neverRun);
  }

  /** Of fewer trials a claim about time is never decided, however long all of it takes. */
  @ParameterizedTest
  @EnumSource(Paper.class)
  void recipesRunEnoughTrials(Paper paper) throws IOException {
    for (String size : sizes(paper, "quick", "full", "corpus")) {
      for (JsonNode sweep : recipe(paper, size).path("sweeps")) {
        if (!sweep.path("reduce_only").asBoolean()) {
          assertEquals(true, sweep.path("trials").asInt() >= 6, size + " " + sweep);
        }
      }
    }
  }
}
