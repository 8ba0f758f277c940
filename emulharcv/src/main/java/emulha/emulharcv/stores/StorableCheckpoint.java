package emulha.emulharcv.stores;

import emulha.memory.DirtyPages;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A checkpoint of all VMs, or a stretch of their base, decoded and proved.
 *
 * @param holds number of the checkpoint that the images hold with it, or {@link
 *     emulha.wire.Message#BASE} or {@code NOTHING}
 * @param pages by VM; not to be kept
 * @param states by VM, CPU and device state; empty if the recording has none
 * @param encoded how the pages came, where the store asks for it; not to be kept; null if it does
 *     not, or the pages came as they are
 */
public record StorableCheckpoint(
    long holds, List<DirtyPages> pages, List<byte[]> states, @Nullable EncodedPages encoded) {
  /** A checkpoint whose encoding nobody asked for. */
  StorableCheckpoint(long holds, List<DirtyPages> pages, List<byte[]> states) {
    this(holds, pages, states, null);
  }

  /** Copies the lists. */
  public StorableCheckpoint {
    pages = List.copyOf(pages);
    states = List.copyOf(states);
  }

  /** No pages: says only what the images hold. */
  public static StorableCheckpoint only(long holds, int vms) {
    return new StorableCheckpoint(
        holds, Collections.nCopies(vms, new DirtyPages()), Collections.nCopies(vms, new byte[0]));
  }

  /** Bytes of page content. */
  long contentBytes() {
    return pages.stream().mapToLong(DirtyPages::contentBytes).sum();
  }

  /** Bytes of states. */
  long stateBytes() {
    return states.stream().mapToLong(state -> state.length).sum();
  }
}
