package emulha.experiments.advise;

/**
 * What a method may take. The checkpointing interval limits the transfer time.
 *
 * @param linkBitsPerSecond speed of the Ethernet between sender and receiver, above 0
 * @param cpuShare CPU time of the sender, as a share of one core; above 0
 * @param memoryBytes memory of the sender's key data structures (Hou §3.2) at its largest; above 0
 */
public record Limits(long linkBitsPerSecond, double cpuShare, long memoryBytes) {
  public Limits {
    if (linkBitsPerSecond <= 0 || !(cpuShare > 0) || memoryBytes <= 0) {
      throw new IllegalArgumentException(
          "limits must be above 0: link %d bit/s, CPU %s, memory %d bytes"
              .formatted(linkBitsPerSecond, cpuShare, memoryBytes));
    }
  }
}
