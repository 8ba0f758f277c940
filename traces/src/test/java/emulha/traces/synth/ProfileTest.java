package emulha.traces.synth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

final class ProfileTest {
  static List<String> names() {
    return Profile.names();
  }

  private static String text(String name) throws IOException {
    try (var in = Profile.class.getResourceAsStream(name + ".json")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static Profile read(String json) throws IOException {
    return Profile.read(
        new ByteArrayInputStream(json.getBytes(StandardCharsets.UTF_8)), "mine.json");
  }

  /** A profile that does not parse, or says of a number nothing about its source, is useless. */
  @ParameterizedTest
  @MethodSource("names")
  void everyProfileSaysWhereItsNumbersComeFrom(String name) throws IOException {
    Profile profile = Profile.named(name);
    assertEquals(ContentClass.values().length + 6, profile.calibration().size());
    profile
        .calibration()
        .forEach((property, value) -> assertTrue(value.contains("; "), property + ": " + value));
    profile.written().content().values().forEach(share -> assertFalse(share.source().isBlank()));
  }

  static List<Arguments> mistakes() {
    return List.of(
        Arguments.of("{", "{ \"werkload\": 1,", "unknown key 'werkload'"),
        Arguments.of("\"silent\": {", "\"silent\": { \"sahre\": 1,", "unknown key 'sahre'"),
        Arguments.of("\"zero\": {", "\"zeroes\": {", "zeroes"),
        Arguments.of("\"zero\": {", "\"zero\": {}, \"zero\": {", "zero"),
        Arguments.of("\"fill_byte\": 0", "\"fill_byte\": 256", "fill_byte must be 0..255"),
        Arguments.of("\"interval_ms\": 25", "\"interval_ms\": \"soon\"", "soon"),
        Arguments.of("\"share\": 0.2337", "\"share\": 1.5", "share must be 0..1"),
        Arguments.of("\"share\": 0.8", "\"share\": 0.7", "must add up to 1"),
        Arguments.of("\"bytes\": 2193205", "\"bytes\": 999999999", "bytes must be between"));
  }

  /** A key that is misspelt and ignored would leave a default in its place, unseen. */
  @ParameterizedTest
  @MethodSource("mistakes")
  void refusesWhatItDoesNotKnow(String old, String now, String expected) throws IOException {
    String json = text("rubis");
    assertTrue(json.contains(old), old);
    var e = assertThrows(IOException.class, () -> read(json.replaceFirst(Pattern.quote(old), now)));
    assertTrue(e.getMessage().startsWith("mine.json"), e.getMessage());
    assertTrue(e.getMessage().contains(expected), e.getMessage());
    assertEquals(1, e.getMessage().lines().count(), e.getMessage());
  }

  /** The library knows no place of a value in a part, and would name the file's end. */
  @Test
  void tellsTheLineOfAValue() throws IOException {
    String json = text("rubis");
    long line = 1 + json.lines().takeWhile(text -> !text.contains("\"fill_byte\"")).count();
    var e =
        assertThrows(
            IOException.class,
            () -> read(json.replace("\"fill_byte\": 0", "\"fill_byte\": \"no\"")));
    assertTrue(
        e.getMessage().startsWith("mine.json line %d at fill_byte: ".formatted(line)),
        e.getMessage());
  }

  /** A missing key must not become 0. */
  @Test
  void refusesAMissingKey() throws IOException {
    String json = text("rubis").replaceAll("\"fill_byte\": 0,", "");
    var e = assertThrows(IOException.class, () -> read(json));
    assertTrue(e.getMessage().endsWith("key 'fill_byte' is missing"), e.getMessage());
    assertThrows(IOException.class, () -> read("{}"));
    assertThrows(IOException.class, () -> read(""));
    assertThrows(IOException.class, () -> read("[1]"));
    assertThrows(IOException.class, () -> read(text("rubis") + "{}"));
  }

  /** The message must name what there is. */
  @Test
  void unknownNameListsTheOthers() {
    var e = assertThrows(IllegalArgumentException.class, () -> Profile.named("hpc"));
    assertTrue(e.getMessage().contains("hpcc, rubis"), e.getMessage());
  }
}
