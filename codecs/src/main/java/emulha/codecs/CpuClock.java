package emulha.codecs;

/** CPU time of the calling thread, from outside: codecs know no clock of their own. */
@FunctionalInterface
public interface CpuClock {
  /** CPU time that the calling thread has used, in nanoseconds, from any origin. */
  long nanos();
}
