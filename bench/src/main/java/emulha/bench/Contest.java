package emulha.bench;

/**
 * The same work done by this project and by a peer.
 *
 * @param name what is done
 * @param peerName who else does it
 * @param goal the ratio of our time to the peer's that is aimed at, at most; NaN: none is
 * @param pages pages that one run works on
 * @param ours this project's side
 * @param peer the other side
 */
record Contest(String name, String peerName, double goal, int pages, Work ours, Work peer) {
  /** Does the work on all pages once. */
  @FunctionalInterface
  interface Work {
    /** Returns a number that depends on all of the work; bytes produced, where both sides agree. */
    long run() throws Throwable;
  }
}
