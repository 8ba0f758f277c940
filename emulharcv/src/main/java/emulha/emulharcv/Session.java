package emulha.emulharcv;

import emulha.codecs.CheckpointKind;
import emulha.codecs.EncodedCheckpoint;
import emulha.codecs.Method;
import emulha.emulharcv.stores.CheckpointStore;
import emulha.emulharcv.stores.FailOverImages;
import emulha.emulharcv.stores.ImageDescription;
import emulha.linux.Scheduling;
import emulha.redis.RedisChunks;
import emulha.runs.CheckpointReader;
import emulha.runs.Environment;
import emulha.runs.ImageMismatchException;
import emulha.runs.RawPages;
import emulha.wire.Connection;
import emulha.wire.FrameSource;
import emulha.wire.FrameType;
import emulha.wire.FrameWriter;
import emulha.wire.Message;
import emulha.wire.Spun;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.net.ProtocolException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A session with one sender, after the hello: receives checkpoints in the calling thread,
 * acknowledges each when all of it has arrived, and hands it to a {@link Storer}.
 */
final class Session {
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  /** Of its content, what an encoding of a page may take beyond: frame number, tags, pointers. */
  private static final int OVERHEAD_SHARE = 8;

  private FrameSource reader;
  private final FrameWriter writer;
  private final Message.Hello hello;
  private final Method method;
  private final ReceiverListener listener;
  private final long[] ramPages;
  private final RawPages rawPages;
  private ReceivedCheckpoint[] buffers;

  /** The device state that is coming, in lane 0. */
  private final EncodedCheckpoint state = new EncodedCheckpoint();

  private final Supplier<@Nullable Path> imageOut;
  private final @Nullable RedisChunks table;
  private final BooleanSupplier stopping;
  private final CheckpointStore store;
  private final String storeKind;
  private int begun;
  private int replays;

  /** Whether the images as they are now were written to files. */
  private boolean written;

  /** CPU time of this thread that is already counted. */
  private long cpuNs;

  /**
   * Where a session's checkpoints go.
   *
   * @param kind name of the store, for results
   * @param imageOut where images go when the sender is lost, null for nowhere; asked for when there
   *     are some
   */
  record Kept(CheckpointStore store, String kind, Supplier<@Nullable Path> imageOut) {}

  /**
   * @param kept where the checkpoints of these VMs go
   * @param table that the method shares with other hosts; null if it does not
   * @param stopping whether the connection ends since the receiver does
   */
  Session(
      Connection connection,
      Message.Hello hello,
      Method method,
      ReceiverListener listener,
      Kept kept,
      @Nullable RedisChunks table,
      BooleanSupplier stopping) {
    this.table = table;
    this.stopping = stopping;
    this.store = kept.store;
    this.storeKind = kept.kind;
    this.imageOut = kept.imageOut;
    this.reader = connection.reader();
    this.writer = connection.writer();
    this.hello = hello;
    this.method = method;
    this.listener = listener;
    this.rawPages = new RawPages(hello.pageSize());
    this.ramPages = hello.vms().stream().mapToLong(Message.Vm::ramPages).toArray();
    this.buffers =
        new ReceivedCheckpoint[] {
          new ReceivedCheckpoint(ramPages.length, hello.pageSize()),
          new ReceivedCheckpoint(ramPages.length, hello.pageSize())
        };
  }

  /**
   * Serves replays until the sender says good-bye.
   *
   * @param source what the sender sends, on all connections of the session
   */
  void run(FrameSource source) throws IOException {
    reader = source;
    while (true) {
      switch (reader.nextMessage()) {
        case Message.Start start -> replay(start.after());
        case Message.Bye bye -> {
          return;
        }
        case Message other -> throw unexpected("START or BYE", other.type());
      }
    }
  }

  /** Whether the images as they are now were written to files. */
  boolean written() {
    return written;
  }

  private void replay(long after) throws IOException {
    prepare(after);
    Storer storer = null;
    try {
      if (table != null) {
        table.beginReplay(begun++);
      }
      storer = new Storer(method, store, hello.verify(), writer, table);
      replay(storer);
    } catch (IOException | RuntimeException | Error e) {
      throw failedOver(storer, e);
    } finally {
      if (storer != null) {
        storer.close();
      }
    }
  }

  /** Makes the store what the replay goes on from. */
  private void prepare(long after) throws IOException {
    if (after == Message.NOTHING) {
      store.clear();
    } else if (store.images().checkpoint() != after) {
      throw new IOException(
          "cannot go on after %s, the images of these VMs hold %s"
              .formatted(
                  FailOverImages.name(after), FailOverImages.name(store.images().checkpoint())));
    }
  }

  private void replay(Storer storer) throws IOException {
    long processCpuNs = Environment.processCpuNs();
    Scheduling.Watched own = Scheduling.ofThisThread();
    Scheduling before = own.now();
    Spun spunBefore = reader.spun();
    FailOverImages current = store.images();
    writer.send(new Message.Started());
    cpuNs = THREADS.getCurrentThreadCpuTime();
    Storer.Wait wait = new Storer.Wait(0, 0);
    long next = current.checkpoint() + 1;
    boolean toProtect = false;
    for (int turn = 0; ; turn ^= 1) {
      switch (reader.nextMessage()) {
        case Message.Begin begin -> {
          if (begin.kind() == CheckpointKind.INCREMENTAL) {
            if (current.checkpoint() == Message.NOTHING) {
              storer.baseIsWhole();
              toProtect = true;
              next = 0;
            }
            if (begin.number() != next++) {
              throw new ProtocolException(
                  "expected checkpoint %d, found %d".formatted(next - 1, begin.number()));
            }
          } else if (current.checkpoint() != Message.NOTHING) {
            throw new ProtocolException("found a stretch of the base after it was whole");
          }
          ReceivedCheckpoint checkpoint = buffers[turn];
          checkpoint.clear(begin.kind(), begin.number());
          receive(checkpoint);
          complete(checkpoint, storer.fetch(checkpoint));
          storer.requireWell();
          checkpoint.cpuNs[0] += cpuSinceLast();
          Message.Ack ack =
              new Message.Ack(begin.kind(), begin.number(), wait.waitedNs(), wait.verifyNs());
          // Even if the ACK cannot be sent: all pages of the checkpoint have arrived.
          try {
            writer.send(ack);
          } finally {
            wait = storer.store(checkpoint);
          }
          if (toProtect) {
            toProtect = false;
            // Telling somebody is no part of receiving a checkpoint.
            long told = THREADS.getCurrentThreadCpuTime();
            listener.protectedFromNow();
            cpuNs += THREADS.getCurrentThreadCpuTime() - told;
          }
          if (begin.kind() != CheckpointKind.INCREMENTAL) {
            // The sender sends nothing before this is stored, so no later frame would tell a
            // failure.
            storer.awaitStored();
          }
        }
        case Message.Finish finish -> {
          storer.awaitStored();
          verifyImages(finish, current);
          Spun spun = reader.spun().since(spunBefore);
          long spent = Environment.processCpuNs() - processCpuNs;
          listener.replayed(replays++, current);
          Scheduling scheduling =
              Scheduling.sum(Scheduling.since(before, own.now()), storer.scheduling());
          writer.send(finished(spent, current, scheduling, spun));
          return;
        }
        case Message other -> throw unexpected("BEGIN or FINISH", other.type());
      }
    }
  }

  /** Makes the images usable, whatever ended the replay, and gives the reason to report. */
  private IOException failedOver(@Nullable Storer storer, Throwable cause) {
    long lost = System.nanoTime();
    IOException reason = SessionFailure.of(cause, stopping.getAsBoolean());
    try {
      if (storer != null) {
        try {
          storer.awaitStored();
        } catch (IOException e) {
          // A checkpoint that is not proved is not stored; the images hold the one before.
        }
        storer.close();
      }
      store.images().settle();
      // If it was memory that lacked, the images need some.
      buffers = new ReceivedCheckpoint[0];
      failOver(String.valueOf(reason.getMessage()), lost);
      return reason;
    } catch (IOException | RuntimeException | Error e) {
      return new IOException(
          reason.getMessage() + "; and " + SessionFailure.of(e).getMessage(), reason);
    }
  }

  private void failOver(String cause, long lost) throws IOException {
    FailOverImages images = store.images();
    if (images.checkpoint() != Message.NOTHING || store.usable()) {
      failOver(images, cause, lost);
      return;
    }
    // A checkpoint may be stored that did not come into the images whole.
    try (FailOverImages recovered = recovered()) {
      failOver(recovered == null ? images : recovered, cause, lost);
    }
  }

  private @Nullable FailOverImages recovered() throws IOException {
    try {
      return store.recover();
    } catch (IOException e) {
      throw new IOException(
          "the images are in the store %s alone; when that works again, emulha recover gives them: %s"
              .formatted(storeKind, e.getMessage()),
          e);
    }
  }

  /** Writes images, and tells of them. */
  private void failOver(FailOverImages images, String cause, long lost) throws IOException {
    long usable = System.nanoTime();
    List<String> digests = new ArrayList<>();
    List<Path> files = new ArrayList<>();
    boolean whole = images.checkpoint() != Message.NOTHING;
    Path out = whole ? imageOut.get() : null;
    IOException failure = null;
    for (int vm = 0; whole && vm < ramPages.length; vm++) {
      var description =
          ImageDescription.of(images, vm, lost - reader.heardAt(), usable - lost, cause);
      digests.add(description.imageDigest());
      if (out != null) {
        try {
          files.add(description.write(images, vm, out));
        } catch (IOException e) {
          // The others may be written yet.
          failure = e;
        }
      }
    }
    if (failure != null) {
      throw failure;
    }
    written = !files.isEmpty();
    listener.failedOver(
        new FailOver(
            images.checkpoint(), digests, lost - reader.heardAt(), usable - lost, files, cause));
  }

  /** Receives a checkpoint up to its END. */
  private void receive(ReceivedCheckpoint checkpoint) throws IOException {
    long room = roomBytes(checkpoint.kind);
    long stateRoom = Message.MAX_STATE_BYTES;
    state.clear();
    while (true) {
      reader.requireNext();
      switch (reader.type()) {
        case LANE -> {
          room -= reader.length();
          appendLane(checkpoint, room);
        }
        case RAW_PAGES -> {
          if (checkpoint.kind != CheckpointKind.PRIMING) {
            throw unexpected("LANE, VM_END or END", FrameType.RAW_PAGES);
          }
          rawPages.receive(reader, checkpoint.raw, ramPages);
        }
        case STATE -> {
          stateRoom -= reader.length();
          if (stateRoom < 0
              || checkpoint.kind != CheckpointKind.INCREMENTAL
              || checkpoint.vms == ramPages.length) {
            throw new ProtocolException(
                "device state in a base, after the last VM, or of more than %d bytes"
                    .formatted(Message.MAX_STATE_BYTES));
          }
          int at = state.extend(0, reader.length());
          reader.readBody(state.bytes(0), at);
        }
        default -> {
          switch (reader.readMessage()) {
            case Message.VmEnd end
                when end.vm() == checkpoint.vms
                    && end.vm() < ramPages.length
                    && end.stateBytes() == state.size(0) -> {
              rawPages.requireWhole();
              int vm = checkpoint.vms++;
              checkpoint.pages[vm] = end.pages();
              checkpoint.digests[vm] = end.digest();
              checkpoint.states[vm] = state.copy(0);
              checkpoint.stateDigests[vm] = end.stateDigest();
              state.clear();
              checkpoint.cpuNs[vm] += cpuSinceLast();
            }
            case Message.End end
                when checkpoint.vms == ramPages.length
                    && end.kind() == checkpoint.kind
                    && end.number() == checkpoint.number -> {
              return;
            }
            case Message other ->
                throw unexpected("the next frame of checkpoint " + checkpoint.number, other.type());
          }
        }
      }
    }
  }

  /** Has the sender supply what is missing. */
  private void complete(ReceivedCheckpoint checkpoint, BitSet missing) throws IOException {
    if (missing.isEmpty()) {
      return;
    }
    for (int from = 0; from < missing.length(); from += Message.MISSING_PART) {
      int end = from + Message.MISSING_PART;
      writer.send(new Message.Missing(end < missing.length(), missing.get(from, end)));
    }
    long room = (long) missing.cardinality() * hello.pageSize().bytes();
    while (true) {
      reader.requireNext();
      if (reader.type() == FrameType.LANE) {
        room -= reader.length();
        appendLane(checkpoint, room);
      } else if (reader.readMessage() instanceof Message.End end
          && end.kind() == checkpoint.kind
          && end.number() == checkpoint.number) {
        return;
      } else {
        throw unexpected("what checkpoint %d lacks".formatted(checkpoint.number), reader.type());
      }
    }
  }

  private void appendLane(ReceivedCheckpoint checkpoint, long room) throws IOException {
    if (room < 0 || reader.lane() >= EncodedCheckpoint.MAX_LANES) {
      throw new ProtocolException(
          "checkpoint %d is larger than any of these VMs can have, or has lane %d"
              .formatted(checkpoint.number, reader.lane()));
    }
    int at = checkpoint.encoded.extend(reader.lane(), reader.length());
    reader.readBody(checkpoint.encoded.bytes(reader.lane()), at);
  }

  private long roomBytes(CheckpointKind kind) {
    long room = 1 << 20;
    int pageBytes = hello.pageSize().bytes();
    for (long pages : ramPages) {
      long most =
          kind == CheckpointKind.INCREMENTAL
              ? pages
              : Math.min(pages, CheckpointReader.stretchPages(hello.pageSize()));
      room += most * (pageBytes + pageBytes / OVERHEAD_SHARE);
    }
    return room;
  }

  private void verifyImages(Message.Finish finish, FailOverImages images)
      throws ImageMismatchException, ProtocolException {
    List<Long> digests = finish.digests();
    if (digests.size() != (hello.verify() ? ramPages.length : 0)) {
      throw new ProtocolException("FINISH with " + digests.size() + " digests");
    }
    for (int vm = 0; vm < digests.size(); vm++) {
      if (images.digest(vm) != digests.get(vm)) {
        throw new ImageMismatchException(
            "VM %d (%s): the whole image at the end is not that of the recording"
                .formatted(vm, hello.vms().get(vm).name()));
      }
    }
  }

  /** The store's figures: its size, and how long the images take to rebuild from it, proved. */
  private Message.Finished finished(
      long processCpuNs, FailOverImages current, @Nullable Scheduling scheduling, Spun spun)
      throws IOException {
    CheckpointStore.Size size = store.size();
    Long peak = size.peakBytes();
    if (hello.verify()) {
      store.requireDurable();
    }
    long start = System.nanoTime();
    try (FailOverImages recovered = store.recover()) {
      long recoveryNs = recovered == null ? Message.UNKNOWN : System.nanoTime() - start;
      for (int vm = 0; recovered != null && hello.verify() && vm < ramPages.length; vm++) {
        if (recovered.digest(vm) != current.digest(vm)
            || recovered.checkpoint() != current.checkpoint()) {
          throw new ImageMismatchException(
              "VM %d (%s): what the store %s keeps is not the image"
                  .formatted(vm, hello.vms().get(vm).name(), storeKind));
        }
      }
      return new Message.Finished(
          processCpuNs,
          storeKind,
          size.bytes(),
          peak == null ? Message.UNKNOWN : peak,
          recoveryNs,
          scheduling,
          spun);
    }
  }

  private long cpuSinceLast() {
    long now = THREADS.getCurrentThreadCpuTime();
    long since = now - cpuNs;
    cpuNs = now;
    return since;
  }

  private static ProtocolException unexpected(String expected, FrameType found) {
    return new ProtocolException("expected %s, found %s".formatted(expected, found));
  }
}
