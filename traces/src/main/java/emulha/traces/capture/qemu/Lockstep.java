package emulha.traces.capture.qemu;

import emulha.traces.Progress;
import emulha.traces.capture.GuestGoneException;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * Guests that advance together on their own clocks: in quanta of guest time, after each of which
 * all are halted at the same instant, so that none is ever ahead of another by more than one. A
 * guest alone needs no quanta. Not thread-safe.
 */
record Lockstep(List<QemuGuest> guests) {
  /** Length of a quantum. */
  static final long QUANTUM_NS = 1_000_000;

  private static final long STEP_NS = 100_000_000;
  private static final Duration LONGEST_HALT = Duration.ofMinutes(20);

  /**
   * Lets the guests run until all are ready, and then as long as the slowest wants to settle. All
   * is decided at multiples of 100 ms of guest time, so that it is the same instant in every run.
   *
   * @param limit how long they may take, in guest time
   */
  void awaitReady(Duration limit, Progress progress, BooleanSupplier interrupted)
      throws IOException {
    long at = now();
    while (!interrupted.getAsBoolean()) {
      QemuGuest waiting = null;
      for (QemuGuest guest : guests) {
        waiting = guest.saysReady() ? waiting : guest;
      }
      if (waiting == null) {
        long settleNs = guests.stream().mapToLong(QemuGuest::settleNs).max().orElse(0);
        runTo(at + settleNs, interrupted);
        return;
      }
      if (at >= limit.toNanos()) {
        throw waiting.notReady(limit.toSeconds() + " s of guest time");
      }
      progress.step(
          waiting.name() + ": waiting for the guest, s of its time",
          at / 1_000_000_000,
          limit.toSeconds());
      at += STEP_NS;
      try {
        runTo(at, interrupted);
      } catch (GuestGoneException e) {
        throw new GuestGoneException(
            waiting.name() + ": the guest ended before it was ready; " + waiting.lastWords());
      }
    }
  }

  /**
   * Lets all guests run until this instant.
   *
   * @return false if interrupted before
   * @throws IOException if one was halted at another instant
   */
  boolean runTo(long ns, BooleanSupplier interrupted) throws IOException {
    long longest = guests.size() == 1 ? STEP_NS : QUANTUM_NS;
    for (long at = now(); at < ns; ) {
      if (interrupted.getAsBoolean()) {
        return false;
      }
      at = Math.min(ns, at + longest);
      for (QemuGuest guest : guests) {
        guest.halts().haltAt(at);
      }
      for (QemuGuest guest : guests) {
        guest.monitor().cont();
      }
      for (QemuGuest guest : guests) {
        if (!guest.monitor().halted(LONGEST_HALT, interrupted)) {
          return false;
        }
      }
      if (now() != at) {
        throw new IOException("halted at " + now() + " ns, not at " + at + " ns of guest time");
      }
    }
    return true;
  }

  /**
   * The instant at which all guests are halted, in ns.
   *
   * @throws IOException if they are not at the same one
   */
  long now() throws IOException {
    long now = guests.getFirst().halts().now();
    for (QemuGuest guest : guests) {
      long its = guest.halts().now();
      if (its != now) {
        throw new IOException(
            "%s is halted at %d ns of guest time, %s at %d ns; record with --clock host"
                .formatted(guests.getFirst().name(), now, guest.name(), its));
      }
    }
    return now;
  }
}
