package emulha.runs;

import emulha.files.Closing;
import emulha.memory.DirtyPages;
import emulha.memory.PageDigests;
import emulha.memory.PageSize;
import emulha.traces.Series;
import emulha.traces.SeriesCursor;
import emulha.traces.SeriesInfo;
import emulha.wire.Message;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads the series of concurrently protected VMs together: the checkpoints of the same number are
 * one. Keeps the digests by which a receiver's images are proved right. Its memory is that of the
 * largest checkpoint and 8 bytes a page frame. Not thread-safe.
 */
public final class CheckpointReader implements AutoCloseable {
  /** Most content of a VM in a stretch of the base. */
  private static final int STRETCH_BYTES = 64 << 20;

  private static final byte[] NO_STATE = new byte[0];

  /** What was read last of a VM. */
  private static final class Vm {
    final SeriesCursor cursor;
    final DirtyPages pages;
    final PageDigests image;
    long digest;
    byte[] state = NO_STATE;
    long stateDigest;

    Vm(Series series, boolean digesting) throws IOException {
      SeriesInfo info = series.info();
      pages = new DirtyPages(info.pageSize());
      image = new PageDigests(digesting ? info.description().ramPages() : 0, info.pageSize());
      cursor = series.open();
    }
  }

  private final List<Vm> vms = new ArrayList<>();
  private final boolean freeAreZero;
  private final boolean digesting;

  /** Largest number of pages of a VM in a stretch of the base: 64 MiB. */
  public static int stretchPages(PageSize pageSize) {
    return pageSize.stretch(STRETCH_BYTES);
  }

  /**
   * Opens the series.
   *
   * @param freeAreZero whether the receiver is to hold zeros where the guest held pages free
   * @param digesting whether digests are wanted
   */
  public CheckpointReader(List<Series> series, boolean freeAreZero, boolean digesting)
      throws IOException {
    this.freeAreZero = freeAreZero;
    this.digesting = digesting;
    try {
      for (Series one : series) {
        vms.add(new Vm(one, digesting));
      }
    } catch (IOException | RuntimeException e) {
      close();
      throw e;
    }
  }

  /**
   * Reads the next stretch of every VM's base. A VM whose base has ended has no pages in it.
   *
   * @param sent whether it will be sent by the method, which may leave out free pages
   * @return false when all bases are read to their ends
   */
  public boolean nextBase(boolean sent) throws IOException {
    boolean any = false;
    for (Vm vm : vms) {
      any |= vm.cursor.nextBase(stretchPages(vm.pages.pageSize()), vm.pages);
    }
    digest(sent && freeAreZero);
    return any;
  }

  /**
   * Reads the next checkpoint of every VM.
   *
   * @return false when any series has no more: replaying ends with the shortest
   */
  public boolean nextCheckpoint() throws IOException {
    for (Vm vm : vms) {
      if (!vm.cursor.nextCheckpoint(vm.pages)) {
        return false;
      }
    }
    digest(freeAreZero);
    readStates();
    return true;
  }

  private void readStates() throws IOException {
    long bytes = 0;
    for (Vm vm : vms) {
      byte[] state = vm.cursor.last().state();
      vm.state = state == null ? NO_STATE : state;
      vm.stateDigest = digesting ? PageDigests.ofState(vm.state) : 0;
      bytes += vm.state.length;
    }
    if (bytes > Message.MAX_STATE_BYTES) {
      throw new IOException(
          "a checkpoint's device states have %d bytes together; at most %d can be sent"
              .formatted(bytes, Message.MAX_STATE_BYTES));
    }
  }

  private void digest(boolean zeros) {
    if (digesting) {
      vms.forEach(vm -> vm.digest = vm.image.apply(vm.pages, zeros));
    }
  }

  /** The pages last read; changed by the next read. */
  public DirtyPages pages(int vm) {
    return vms.get(vm).pages;
  }

  /** Digest of what the receiver must make of {@link #pages}; 0 without digests. */
  public long digest(int vm) {
    return vms.get(vm).digest;
  }

  /** CPU and device state of the checkpoint last read; empty where it was not recorded. */
  public byte[] state(int vm) {
    return vms.get(vm).state;
  }

  /** Digest of {@link #state}; 0 if it is empty or without digests. */
  public long stateDigest(int vm) {
    return vms.get(vm).stateDigest;
  }

  /** By VM, digest of the whole image as of the last checkpoint; empty without digests. */
  public List<Long> imageDigests() {
    return digesting ? vms.stream().map(vm -> vm.image.ofImage()).toList() : List.of();
  }

  @Override
  public void close() throws IOException {
    try {
      Closing.all(vms, vm -> vm.cursor.close());
    } finally {
      vms.clear();
    }
  }
}
