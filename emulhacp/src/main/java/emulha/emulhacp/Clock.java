package emulha.emulhacp;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/** A monotonic clock to measure and wait by. All threads may read it, one may make it jump. */
interface Clock {
  /** The machine's monotonic clock, until it jumps; setting the wall clock does not touch it. */
  static Clock monotonic() {
    return new Clock() {
      private final AtomicLong skippedNs = new AtomicLong();

      @Override
      public long now() {
        return System.nanoTime() + skippedNs.get();
      }

      @Override
      public void sleepUntil(long instant) {
        for (long left = instant - now(); left > 0; left = instant - now()) {
          LockSupport.parkNanos(left);
        }
      }

      @Override
      public void skipUntil(long instant) {
        skippedNs.addAndGet(Math.max(0, instant - now()));
      }

      @Override
      public void aside(Runnable work) {
        long before = now();
        work.run();
        skippedNs.addAndGet(before - now());
      }
    };
  }

  /** Nanoseconds since some fixed instant. */
  long now();

  /** Returns when {@link #now} has reached {@code instant}. */
  void sleepUntil(long instant);

  /** Makes {@link #now} at least {@code instant}, without waiting. */
  void skipUntil(long instant);

  /** Does something that takes no time here. */
  void aside(Runnable work);
}
