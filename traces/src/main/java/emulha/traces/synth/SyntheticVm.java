package emulha.traces.synth;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * A VM to synthesise.
 *
 * @param vm its name
 * @param profile name of its profile, or the profile's file
 * @param sharesWith by name of a group of VMs of the same profile, in the order of the names: share
 *     of the VM's checkpoints that the other VMs of the group write too, at the same times, and
 *     that nothing in the VM itself repeats
 */
public record SyntheticVm(String vm, String profile, Map<String, Double> sharesWith) {
  public SyntheticVm {
    sharesWith = Collections.unmodifiableSortedMap(new TreeMap<>(sharesWith));
    double sum = sharesWith.values().stream().mapToDouble(Double::doubleValue).sum();
    if (sharesWith.values().stream().anyMatch(share -> share < 0) || sum > 1) {
      throw new IllegalArgumentException(vm + ": shares with groups must be 0..1 together");
    }
  }
}
