package emulha.runs;

import emulha.codecs.Counters;

/**
 * What encoding one VM's part of a checkpoint came to.
 *
 * @param pages dirty pages
 * @param payloadBytes encoded page content
 * @param stateBytes CPU and device state; 0 where it was not recorded
 * @param wireBytes bytes given to the connection; 0 without one
 * @param cpuNs CPU time of the sender's threads
 * @param codecCpuNs of it, what the connection did not take
 * @param counters what the method counted
 */
public record VmPart(
    long pages,
    long payloadBytes,
    long stateBytes,
    long wireBytes,
    long cpuNs,
    long codecCpuNs,
    Counters counters) {
  /** This part and another of the same VM taken together. */
  public VmPart plus(VmPart other) {
    return new VmPart(
        pages + other.pages,
        payloadBytes + other.payloadBytes,
        stateBytes + other.stateBytes,
        wireBytes + other.wireBytes,
        cpuNs + other.cpuNs,
        codecCpuNs + other.codecCpuNs,
        counters.plus(other.counters));
  }

  /** Of all that this part counts, what came since an earlier look. */
  public VmPart since(VmPart earlier) {
    return new VmPart(
        pages - earlier.pages,
        payloadBytes - earlier.payloadBytes,
        stateBytes - earlier.stateBytes,
        wireBytes - earlier.wireBytes,
        cpuNs - earlier.cpuNs,
        codecCpuNs - earlier.codecCpuNs,
        counters.since(earlier.counters));
  }
}
