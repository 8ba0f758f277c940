package emulha.emulhacp;

import java.util.concurrent.locks.LockSupport;

/** A monotonic clock to measure and wait by. */
interface Clock {
  /** The machine's monotonic clock; setting the wall clock does not touch it. */
  Clock MONOTONIC =
      new Clock() {
        @Override
        public long now() {
          return System.nanoTime();
        }

        @Override
        public void sleepUntil(long instant) {
          for (long left = instant - now(); left > 0; left = instant - now()) {
            LockSupport.parkNanos(left);
          }
        }
      };

  /** Nanoseconds since some fixed instant. */
  long now();

  /** Returns when {@link #now} has reached {@code instant}. */
  void sleepUntil(long instant);
}
