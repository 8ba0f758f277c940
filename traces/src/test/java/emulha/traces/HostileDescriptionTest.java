package emulha.traces;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/**
 * Descriptions of series that somebody made to do harm, with digests that are right. Without this,
 * a small archive could take all memory, or its error would fill the screen.
 */
class HostileDescriptionTest {
  private static String refusal(String json) {
    byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
    byte[] digest = SeriesJson.formatDigest(bytes).getBytes(StandardCharsets.ISO_8859_1);
    String message =
        String.valueOf(
            assertThrows(IOException.class, () -> SeriesJson.parse(bytes, digest, "series"))
                .getMessage());
    assertTrue(message.length() < 400, message.length() + " characters");
    return message;
  }

  private static String description(String vm, String ramBytes) {
    return """
        {"format": "emulha series", "version": %d, "vm": %s, "workload": "w", "interval_ms": 10,
         "page_size": 4096, "ram_bytes": %s, "checkpoints": 0, "base": "full", "base_pages": 1,
         "dirty_by": "made", "origin": "recording", "calibration": {}, "environment": {},
         "files": []}"""
        .formatted(PageFile.VERSION, vm, ramBytes);
  }

  @Test
  void aLongValueOfTheWrongTypeIsNotShownWhole() {
    assertTrue(
        refusal(description("[" + "0,".repeat(2_000_000) + "0]", "4096"))
            .endsWith("expected text in \"vm\", found a list of 2000001"));
    assertTrue(
        refusal(description("9".repeat(900), "4096")).contains("expected text in \"vm\", found 9"));
    assertTrue(
        refusal(description("\"v\"", "\"" + "x".repeat(5_000_000) + "\""))
            .contains("expected an integer in \"ram_bytes\", found"));
    assertTrue(
        refusal("{\"format\": \"" + "y".repeat(5_000_000) + "\"}").contains("expected \"format\""));
  }

  /** Five bytes of text are a hundred of a tree. */
  @Test
  void aTreeOfMoreThanAnySeriesNeedsIsNotBuilt() {
    assertTrue(
        refusal(description("[" + "{},".repeat(3_000_000) + "{}]", "4096"))
            .contains("not JSON: Token count"));
    assertTrue(refusal("[".repeat(1_000_000)).contains("not JSON: Document nesting depth"));
  }

  // Without it -2^64 ns and a little would be taken for the little.
  @Test
  void anIntervalBeforeTheBeginningOfTimeIsRefused() {
    for (String milliseconds : new String[] {"-18446744073709", "18446744073710"}) {
      String message =
          refusal(
              description("\"v\"", "4096")
                  .replace("\"interval_ms\": 10", "\"interval_ms\": " + milliseconds));
      assertTrue(message.endsWith("impossible \"interval_ms\": " + milliseconds), message);
    }
  }

  @Test
  void memoryThatCannotBeCountedIsRefused() {
    for (String bytes :
        new String[] {"4611686018427387904", "9223372036854771712", "8796093022208"}) {
      String message = refusal(description("\"v\"", bytes));
      assertTrue(message.contains("RAM size must be") && message.endsWith("got " + bytes), message);
    }
    assertEquals(8796093022208L, 1L << 43);
  }
}
