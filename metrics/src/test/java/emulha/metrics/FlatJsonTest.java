package emulha.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/** A misspelt key that is passed over would leave a default in its place, unseen. */
final class FlatJsonTest {
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .addModule(new FlatJson())
          .build();

  record Inner(int deep, Map<String, Integer> counts) {}

  record Part(@JsonUnwrapped Inner inner, String text) {}

  record Whole(String first, @JsonUnwrapped Part part, long last) {}

  record Several(List<Whole> all) {}

  private static final String LINE =
      """
      {"first":"a","deep":1,"counts":{"x":2,"first":3},"text":"t","last":4}""";

  private static final Whole VALUE =
      new Whole("a", new Part(new Inner(1, Map.of("x", 2, "first", 3)), "t"), 4);

  @Test
  void partsStandSideBySideInTheirOrder() throws JsonProcessingException {
    assertEquals(VALUE, JSON.readValue(LINE, Whole.class));
    assertEquals(
        new Several(List.of(VALUE, VALUE)),
        JSON.readValue("{\"all\":[%s,%s]}".formatted(LINE, LINE), Several.class));
    assertEquals(
        List.of("first", "deep", "counts", "text", "last"),
        JSON.valueToTree(VALUE).propertyStream().map(Map.Entry::getKey).toList());
  }

  @Test
  void refusesKeysThatNoPartHas() {
    String misspelt = LINE.replace("\"text\"", "\n\"txt\":1,\"text\"");
    for (String json : List.of(misspelt, "{\"all\":[%s,\n%s]}".formatted(LINE, misspelt))) {
      Class<?> type = json.equals(misspelt) ? Whole.class : Several.class;
      var e = assertThrows(UnrecognizedPropertyException.class, () -> JSON.readValue(json, type));
      assertEquals("txt", e.getPropertyName());
      assertEquals(json.lines().count(), e.getLocation().getLineNr());
      assertEquals(
          List.of("first", "deep", "counts", "text", "last"), List.copyOf(e.getKnownPropertyIds()));
    }
  }

  @Test
  void refusesANumberThatIsMissing() {
    var e =
        assertThrows(
            MismatchedInputException.class,
            () -> JSON.readValue(LINE.replace("\"deep\":1,", ""), Whole.class));
    assertTrue(e.getOriginalMessage().contains("null"), e.getOriginalMessage());
  }

  @Test
  void tellsTheLineOfAKey() {
    byte[] text = "{\n\"a\": \"b\",\n\"b\" : 1}".getBytes(StandardCharsets.UTF_8);
    assertEquals(OptionalLong.of(3), FlatJson.line(text, "b"));
    assertEquals(OptionalLong.empty(), FlatJson.line(text, "c"));
  }
}
