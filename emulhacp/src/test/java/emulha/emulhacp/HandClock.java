package emulha.emulhacp;

import java.util.concurrent.atomic.AtomicLong;

/** A clock that stands still unless moved. */
final class HandClock implements Clock {
  static final long MS = 1_000_000;

  final AtomicLong now = new AtomicLong(5_000 * MS);

  /** How much too late it wakes. */
  volatile long lagMs;

  @Override
  public long now() {
    return now.get();
  }

  @Override
  public void sleepUntil(long instant) {
    now.accumulateAndGet(instant + lagMs * MS, Math::max);
  }
}
