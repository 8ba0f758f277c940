package emulha.emulhacp;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** A clock that stands still unless moved. */
final class HandClock implements Clock {
  static final long MS = 1_000_000;

  final AtomicLong now = new AtomicLong(5_000 * MS);

  /** How often somebody slept. */
  final AtomicInteger slept = new AtomicInteger();

  /** How much too late it wakes. */
  volatile long lagMs;

  @Override
  public long now() {
    return now.get();
  }

  @Override
  public void sleepUntil(long instant) {
    slept.incrementAndGet();
    now.accumulateAndGet(instant + lagMs * MS, Math::max);
  }

  @Override
  public void skipUntil(long instant) {
    now.accumulateAndGet(instant, Math::max);
  }

  @Override
  public void aside(Runnable work) {
    work.run();
  }
}
