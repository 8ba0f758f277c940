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
import java.util.Arrays;
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

  private final List<SeriesCursor> cursors = new ArrayList<>();
  private final List<DirtyPages> pages = new ArrayList<>();
  private final List<PageDigests> images = new ArrayList<>();
  private final long[] digests;
  private final byte[][] states;
  private final long[] stateDigests;
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
    digests = new long[series.size()];
    states = new byte[series.size()][];
    stateDigests = new long[series.size()];
    Arrays.fill(states, NO_STATE);
    try {
      for (Series one : series) {
        SeriesInfo info = one.info();
        cursors.add(one.open());
        pages.add(new DirtyPages(info.pageSize()));
        images.add(new PageDigests(digesting ? info.description().ramPages() : 0, info.pageSize()));
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
    for (int vm = 0; vm < cursors.size(); vm++) {
      DirtyPages part = pages.get(vm);
      any |= cursors.get(vm).nextBase(stretchPages(part.pageSize()), part);
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
    for (int vm = 0; vm < cursors.size(); vm++) {
      if (!cursors.get(vm).nextCheckpoint(pages.get(vm))) {
        return false;
      }
    }
    digest(freeAreZero);
    readStates();
    return true;
  }

  private void readStates() throws IOException {
    long bytes = 0;
    for (int vm = 0; vm < states.length; vm++) {
      byte[] state = cursors.get(vm).last().state();
      states[vm] = state == null ? NO_STATE : state;
      stateDigests[vm] = digesting ? PageDigests.ofState(states[vm]) : 0;
      bytes += states[vm].length;
    }
    if (bytes > Message.MAX_STATE_BYTES) {
      throw new IOException(
          "a checkpoint's device states have %d bytes together; at most %d can be sent"
              .formatted(bytes, Message.MAX_STATE_BYTES));
    }
  }

  private void digest(boolean zeros) {
    for (int vm = 0; digesting && vm < digests.length; vm++) {
      digests[vm] = images.get(vm).apply(pages.get(vm), zeros);
    }
  }

  /** The pages last read; changed by the next read. */
  public DirtyPages pages(int vm) {
    return pages.get(vm);
  }

  /** Digest of what the receiver must make of {@link #pages}; 0 without digests. */
  public long digest(int vm) {
    return digests[vm];
  }

  /** CPU and device state of the checkpoint last read; empty where it was not recorded. */
  public byte[] state(int vm) {
    return states[vm];
  }

  /** Digest of {@link #state}; 0 if it is empty or without digests. */
  public long stateDigest(int vm) {
    return stateDigests[vm];
  }

  /** By VM, digest of the whole image as of the last checkpoint; empty without digests. */
  public List<Long> imageDigests() {
    return digesting ? images.stream().map(PageDigests::ofImage).toList() : List.of();
  }

  @Override
  public void close() throws IOException {
    try {
      Closing.all(cursors, SeriesCursor::close);
    } finally {
      cursors.clear();
    }
  }
}
