package emulha.emulharcv;

import emulha.codecs.CheckpointKind;
import emulha.codecs.EncodedCheckpoint;
import emulha.memory.DirtyPages;
import emulha.memory.PageSize;
import java.util.Arrays;

/** A completely received checkpoint of all VMs, as it came: a reusable buffer. */
final class ReceivedCheckpoint {
  private static final byte[] NO_STATE = new byte[0];

  final EncodedCheckpoint encoded = new EncodedCheckpoint();

  /** By VM, the pages of a stretch that was sent raw. */
  final DirtyPages[] raw;

  /** By VM, number of pages that the sender says it has. */
  final int[] pages;

  /** By VM, digest of the pages at the sender. */
  final long[] digests;

  /** By VM, its CPU and device state as far as it has come; empty if the recording has none. */
  final byte[][] states;

  /** By VM, digest of the state at the sender. */
  final long[] stateDigests;

  /** By VM, CPU time to receive it. */
  final long[] cpuNs;

  /** VMs of which all has arrived. */
  int vms;

  CheckpointKind kind = CheckpointKind.INCREMENTAL;
  long number;

  ReceivedCheckpoint(int vms, PageSize pageSize) {
    raw = new DirtyPages[vms];
    Arrays.setAll(raw, vm -> new DirtyPages(pageSize));
    pages = new int[vms];
    digests = new long[vms];
    states = new byte[vms][];
    Arrays.fill(states, NO_STATE);
    stateDigests = new long[vms];
    cpuNs = new long[vms];
  }

  void clear(CheckpointKind kind, long number) {
    this.kind = kind;
    this.number = number;
    vms = 0;
    encoded.clear();
    for (DirtyPages one : raw) {
      one.clear();
    }
    Arrays.fill(states, NO_STATE);
    Arrays.fill(cpuNs, 0);
  }
}
