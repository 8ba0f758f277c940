package emulha.emulharcv;

/** Is told what a receiver does. Called by the session's thread; several sessions follow. */
interface ReceiverListener {
  /** A line for the user. */
  default void note(String line) {}

  /** A replay ended, its images proved. */
  default void replayed(int number, FailOverImages images) {}
}
