package emulha.emulharcv.stores;

import emulha.wire.Message;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What ended sessions left in a receiver, by their VMs, so that who introduces itself with other
 * VMs takes nothing away. Images of senders that were lost and are nowhere else are given up last,
 * and never for one that merely claims much RAM. Used by one thread at a time.
 */
public final class HeldImages {
  /** Most that are held, and most whose images a receiver writes. */
  public static final int MAX = 16;

  private final Map<List<Message.Vm>, Held> held = new LinkedHashMap<>();
  private final List<List<Message.Vm>> numbered = new ArrayList<>();

  /**
   * A store that a session left.
   *
   * @param lost whether its sender was lost, with whole images
   * @param written whether they are in files
   */
  public record Held(StoreLocation.Opened opened, boolean lost, boolean written) {
    /** Whether they are needed, and nowhere else. */
    boolean needed() {
      return lost && !written;
    }

    long contentBytes() {
      return opened.store().images().images().stream()
          .mapToLong(image -> image.pageSize().bytesOf(image.residentPages()))
          .sum();
    }
  }

  /** Takes what is held of these VMs. */
  public @Nullable Held take(List<Message.Vm> vms) {
    return held.remove(vms);
  }

  /** Whether anything is held. */
  public boolean isEmpty() {
    return held.isEmpty();
  }

  /** Holds what a session left; gives up another if there are too many. */
  public void put(List<Message.Vm> vms, Held left) throws IOException {
    held.put(vms, left);
    if (held.size() > MAX) {
      List<Message.Vm> least =
          held.entrySet().stream()
              .min(
                  Comparator.comparing(
                          (Map.Entry<List<Message.Vm>, Held> e) -> e.getValue().needed())
                      .thenComparingLong(e -> e.getValue().contentBytes()))
              .orElseThrow()
              .getKey();
      drop(least);
    }
  }

  private void drop(List<Message.Vm> vms) throws IOException {
    Held dropped = held.remove(vms);
    if (dropped != null) {
      dropped.opened().close();
    }
  }

  /**
   * Makes room for a session's images.
   *
   * @return whether there is room
   */
  public boolean makeRoom(long bytes, long maxBytes) throws IOException {
    for (var entry : List.copyOf(held.entrySet())) {
      if (fits(bytes, maxBytes)) {
        return true;
      }
      if (!entry.getValue().needed()) {
        drop(entry.getKey());
      }
    }
    return fits(bytes, maxBytes);
  }

  private boolean fits(long bytes, long maxBytes) {
    return held.values().stream().mapToLong(Held::contentBytes).sum() <= maxBytes - bytes;
  }

  /**
   * Number of these VMs among those whose images this receiver writes, from 0, so that none are
   * written over others'; -1 if there are too many. Asked for when there are images to write: a
   * number is never another's.
   */
  public int number(List<Message.Vm> vms) {
    int number = numbered.indexOf(vms);
    if (number < 0 && numbered.size() < MAX) {
      number = numbered.size();
      numbered.add(vms);
    }
    return number;
  }

  /** All that are held. */
  public List<Held> all() {
    return List.copyOf(held.values());
  }

  /** Closes all. */
  public void close() throws IOException {
    for (List<Message.Vm> vms : List.copyOf(held.keySet())) {
      drop(vms);
    }
  }
}
