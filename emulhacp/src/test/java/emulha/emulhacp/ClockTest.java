package emulha.emulhacp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/** A clock that lost what it skipped would count checkpoints late, or have the sender wait. */
class ClockTest {
  private static final long HOUR_NS = Duration.ofHours(1).toNanos();

  @Test
  void jumpsAreAddedUpAndNeverGoBack() {
    Clock clock = Clock.monotonic();
    long begin = clock.now();
    long due = begin;
    for (int hour = 1; hour <= 3; hour++) {
      due += HOUR_NS;
      clock.skipUntil(due);
      assertTrue(clock.now() >= due);
      // Less than an hour beyond, unless this test takes that long.
      assertTrue(clock.now() < due + HOUR_NS);
    }
    clock.skipUntil(begin);
    assertTrue(clock.now() >= due);
    clock.sleepUntil(due);
  }

  /** Counted, cooling the caches would make checkpoints late that are not. */
  @Test
  void whatIsDoneAsideTakesNoTime() {
    Clock clock = Clock.monotonic();
    long due = clock.now() + HOUR_NS;
    clock.aside(() -> clock.skipUntil(due));
    assertTrue(clock.now() < due);
  }

  /** What the compiler finds without use is not done, and the caches would stay warm. */
  @Test
  void otherMemoryIsTouched() {
    var other = new OtherMemory();
    other.touch();
    other.touch();
    assertEquals(2, other.touched());
  }
}
