package emulha.codecs;

/**
 * A clock to tell what an encoding costs, from outside: codecs know none of their own. The calling
 * thread's CPU clock is right but takes about a microsecond to read; a monotonic clock comes close
 * while the thread is not interrupted.
 */
@FunctionalInterface
public interface CostClock {
  /** Nanoseconds from any origin. */
  long nanos();
}
