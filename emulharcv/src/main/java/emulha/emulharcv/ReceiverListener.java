package emulha.emulharcv;

import emulha.emulharcv.stores.FailOverImages;

/** Is told what a receiver does. Called by the session's thread; several sessions follow. */
interface ReceiverListener {
  /** A line for the user. */
  default void note(String line) {}

  /** The base is whole, and the first checkpoint acknowledged: the VMs are protected. */
  default void protectedFromNow() {}

  /** A replay ended, its images proved. */
  default void replayed(int number, FailOverImages images) {}

  /** A sender was lost in a replay, and the images were made usable. */
  default void failedOver(FailOver failOver) {}
}
