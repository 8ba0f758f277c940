package emulha.runs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WarmupTest {
  @Test
  void isANumberOfReplaysOrATime() {
    assertEquals(Warmup.NONE, Warmup.parse("0"));
    assertEquals(Warmup.NONE, Warmup.parse("0s"));
    assertEquals(new Warmup(12, 0), Warmup.parse("12"));
    assertEquals(new Warmup(1, 5000), Warmup.parse("5s"));
    assertEquals(new Warmup(1, 250), Warmup.parse("250ms"));
    assertTrue(Warmup.parse(Warmup.DEFAULT).timed());
  }

  @Test
  void isOverWhenBothAreReached() {
    assertTrue(Warmup.NONE.over(0, 0));
    assertFalse(Warmup.parse("2").over(1, Long.MAX_VALUE));
    assertTrue(Warmup.parse("2").over(2, 0));
    assertFalse(Warmup.parse("5s").over(0, 6_000_000_000L));
    assertFalse(Warmup.parse("5s").over(900, 4_999_999_999L));
    assertTrue(Warmup.parse("5s").over(1, 5_000_000_000L));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "-1", "5m", "5 s", "1.0005s", "1234567", "s"})
  void refusesWhatIsNeither(String text) {
    String message =
        assertThrows(IllegalArgumentException.class, () -> Warmup.parse(text)).getMessage();
    assertTrue(message.contains("such as 5s"), message);
  }
}
