package emulha.emulharcv;

import emulha.codecs.CheckpointKind;
import emulha.codecs.Method;
import emulha.codecs.SharedChunks;
import emulha.codecs.pipeline.CheckpointDecoder;
import emulha.emulharcv.stores.CheckpointStore;
import emulha.emulharcv.stores.EncodedPages;
import emulha.emulharcv.stores.FailOverImages;
import emulha.emulharcv.stores.StorableCheckpoint;
import emulha.files.Closing;
import emulha.linux.Scheduling;
import emulha.memory.DirtyPages;
import emulha.memory.PageDigests;
import emulha.memory.PageSize;
import emulha.runs.ImageMismatchException;
import emulha.wire.FrameWriter;
import emulha.wire.Message;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Decodes and stores received checkpoints in a thread of its own, one at a time. A checkpoint is
 * decoded beside the images, compared with the sender's digest, and only then stored, so the images
 * never hold part of a checkpoint or a wrong one.
 */
final class Storer implements AutoCloseable {
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  /** In place of a checkpoint: the base is whole. */
  private static final ReceivedCheckpoint WHOLE_BASE = new ReceivedCheckpoint(0, PageSize.SMALL);

  private final CheckpointStore store;
  private final @Nullable EncodedPages encodings;
  private final CheckpointDecoder decoder;
  private final boolean verify;
  private final FrameWriter writer;
  private final DirtyPages[] decoded;
  private final Thread thread;

  // Guarded by this.
  private @Nullable ReceivedCheckpoint storing;
  private @Nullable Throwable failure;
  private Scheduling.@Nullable Watched watched;
  private long lastVerifyNs;
  private boolean closed;

  /**
   * @param store is not cleared while this works
   * @param table that the method shares with other hosts; null if it does not
   */
  Storer(
      Method method,
      CheckpointStore store,
      boolean verify,
      FrameWriter writer,
      @Nullable SharedChunks table) {
    FailOverImages images = store.images();
    long[] ramPages = images.vms().stream().mapToLong(Message.Vm::ramPages).toArray();
    this.store = store;
    this.verify = verify;
    this.writer = writer;
    encodings = store.keepsEncodings() ? new EncodedPages(method, ramPages.length) : null;
    PageSize pageSize = images.vms().getFirst().pageSize();
    decoder = CheckpointDecoder.of(method, pageSize, ramPages, images::read, encodings, table);
    decoded = new DirtyPages[ramPages.length];
    Arrays.setAll(decoded, vm -> new DirtyPages(pageSize));
    thread = Thread.ofPlatform().daemon().name("storing").start(this::work);
  }

  /**
   * Gets what a received checkpoint names and does not carry.
   *
   * @return what the sender must supply
   */
  BitSet fetch(ReceivedCheckpoint checkpoint) throws IOException {
    return decoder.fetch(checkpoint.encoded);
  }

  /**
   * How long a checkpoint waited to be handed over.
   *
   * @param waitedNs time until the one before was stored
   * @param verifyNs time that verifying the one before took; before the second checkpoint, that
   *     saying that the base is whole took
   */
  record Wait(long waitedNs, long verifyNs) {}

  /**
   * Hands over a checkpoint to be stored; waits while another is. The caller has it back when the
   * next call returns.
   *
   * @throws IOException if an earlier one could not be stored
   */
  synchronized Wait store(ReceivedCheckpoint checkpoint) throws IOException {
    boolean waits = storing != null;
    long start = System.nanoTime();
    awaitStored();
    Wait wait = new Wait(waits ? System.nanoTime() - start : 0, waits ? lastVerifyNs : 0);
    storing = checkpoint;
    notifyAll();
    return wait;
  }

  /**
   * Has the store say that the base is whole, beside what is received meanwhile: it is of the base,
   * and must not delay the first ACK.
   *
   * @throws IOException if the base could not be stored
   */
  void baseIsWhole() throws IOException {
    Wait _ = store(WHOLE_BASE);
  }

  /** Waits until all that was handed over is stored. */
  synchronized void awaitStored() throws IOException {
    try {
      while (storing != null && failure == null) {
        wait();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while a checkpoint is stored");
    }
    requireWell();
  }

  /**
   * @throws IOException if a checkpoint could not be stored
   */
  synchronized void requireWell() throws IOException {
    switch (failure) {
      case null -> {}
      case ImageMismatchException e -> throw e;
      case IOException e -> throw new IOException(e.getMessage(), e);
      case Throwable e -> throw new IOException("cannot store a checkpoint: " + e, e);
    }
  }

  private synchronized @Nullable ReceivedCheckpoint next() throws InterruptedException {
    while (storing == null && !closed) {
      wait();
    }
    return storing;
  }

  private synchronized void stored(@Nullable Throwable failure, long verifyNs) {
    this.failure = failure;
    lastVerifyNs = verifyNs;
    storing = null;
    notifyAll();
  }

  /** How its thread was scheduled since it began; null where the machine does not tell. */
  synchronized @Nullable Scheduling scheduling() {
    return watched == null ? null : watched.now();
  }

  private void work() {
    try (decoder) {
      synchronized (this) {
        watched = Scheduling.ofThisThread();
      }
      for (var checkpoint = next(); checkpoint != null; checkpoint = next()) {
        if (checkpoint == WHOLE_BASE) {
          long start = System.nanoTime();
          store.store(StorableCheckpoint.only(Message.BASE, decoded.length));
          stored(null, System.nanoTime() - start);
        } else {
          Message.Stored figures = decodeAndStore(checkpoint);
          stored(null, figures.verifyNs());
          report(figures);
        }
      }
    } catch (IOException | InterruptedException | RuntimeException | Error e) {
      stored(e, 0);
    }
  }

  private void report(Message.Stored figures) {
    try {
      writer.send(figures);
    } catch (IOException e) {
      // The connection is lost, which the receiving thread notices; the checkpoint is stored.
    }
  }

  private Message.Stored decodeAndStore(ReceivedCheckpoint checkpoint) throws IOException {
    int vms = decoded.length;
    long[] cpuNs = checkpoint.cpuNs;
    long[] codecCpuNs = new long[vms];
    long start = System.nanoTime();
    long cpu = THREADS.getCurrentThreadCpuTime();
    boolean priming = checkpoint.kind == CheckpointKind.PRIMING;
    EncodedPages shown = encodings;
    if (shown != null) {
      shown.clear(checkpoint.kind);
    }
    decoder.begin(checkpoint.kind, checkpoint.encoded);
    DirtyPages[] pages = priming ? checkpoint.raw : decoded;
    for (int vm = 0; vm < vms; vm++) {
      if (!priming) {
        pages[vm].clear();
      }
      decoder.decode(vm, pages[vm]);
      cpu = countCpu(codecCpuNs, vm, cpu);
      if (pages[vm].count() != checkpoint.pages[vm]) {
        throw new ImageMismatchException(
            "%s: %d pages, the sender has %d"
                .formatted(name(checkpoint, vm), pages[vm].count(), checkpoint.pages[vm]));
      }
    }
    decoder.end();
    countCpu(codecCpuNs, 0, cpu);
    for (int vm = 0; vm < vms; vm++) {
      cpuNs[vm] += codecCpuNs[vm];
    }
    long verifyStart = System.nanoTime();
    if (verify) {
      for (int vm = 0; vm < vms; vm++) {
        if (PageDigests.ofCheckpoint(pages[vm]) != checkpoint.digests[vm]) {
          throw new ImageMismatchException(
              name(checkpoint, vm) + ": the decoded pages are not those of the recording");
        }
        if (PageDigests.ofState(checkpoint.states[vm]) != checkpoint.stateDigests[vm]) {
          throw new ImageMismatchException(
              name(checkpoint, vm) + ": the device state is not that of the recording");
        }
      }
    }
    long verifyEnd = System.nanoTime();
    cpu = THREADS.getCurrentThreadCpuTime();
    boolean incremental = checkpoint.kind == CheckpointKind.INCREMENTAL;
    long writtenBytes =
        store.store(
            new StorableCheckpoint(
                incremental ? checkpoint.number : Message.NOTHING,
                List.of(pages),
                List.of(checkpoint.states),
                priming ? null : shown));
    countCpu(cpuNs, 0, cpu);
    long storeNs = System.nanoTime() - start - (verifyEnd - verifyStart);
    return new Message.Stored(
        checkpoint.kind,
        checkpoint.number,
        storeNs,
        verifyEnd - verifyStart,
        new Message.Stored.Memory(decoder.retainedBytes(), decoder.allocatedBytes()),
        new Message.Stored.Written(writtenBytes, System.nanoTime() - verifyEnd),
        list(cpuNs),
        list(codecCpuNs));
  }

  private static List<Long> list(long[] values) {
    return Arrays.stream(values).boxed().toList();
  }

  private static long countCpu(long[] cpuNs, int vm, long since) {
    long now = THREADS.getCurrentThreadCpuTime();
    cpuNs[vm] += now - since;
    return now;
  }

  private static String name(ReceivedCheckpoint checkpoint, int vm) {
    return "VM "
        + vm
        + switch (checkpoint.kind) {
          case PRIMING, FULL -> ", stretch " + checkpoint.number + " of the base";
          case INCREMENTAL -> ", checkpoint " + checkpoint.number;
        };
  }

  /** Lets the thread finish what was handed over, and end. */
  @Override
  public void close() {
    synchronized (this) {
      closed = true;
      notifyAll();
    }
    Closing.join(thread);
  }
}
