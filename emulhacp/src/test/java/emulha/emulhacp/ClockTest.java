package emulha.emulhacp;

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
}
