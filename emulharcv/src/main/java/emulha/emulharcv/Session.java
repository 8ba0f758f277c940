package emulha.emulharcv;

import emulha.codecs.CheckpointKind;
import emulha.codecs.EncodedCheckpoint;
import emulha.codecs.Method;
import emulha.memory.Page;
import emulha.replication.CheckpointReader;
import emulha.replication.Connection;
import emulha.replication.Environment;
import emulha.replication.FrameReader;
import emulha.replication.FrameType;
import emulha.replication.FrameWriter;
import emulha.replication.ImageMismatchException;
import emulha.replication.Message;
import emulha.replication.RawPages;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.net.ProtocolException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A session with one sender, after the hello: receives checkpoints in the calling thread,
 * acknowledges each when all of it has arrived, and hands it to a {@link Storer}.
 */
final class Session {
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  /** Bytes of encoding beyond its content that a page may take: frame number, tags, pointers. */
  private static final int OVERHEAD_BYTES_PER_PAGE = 512;

  private final FrameReader reader;
  private final FrameWriter writer;
  private final Message.Hello hello;
  private final Method method;
  private final ReceiverListener listener;
  private final long[] ramPages;
  private final RawPages rawPages = new RawPages();
  private final ReceivedCheckpoint[] buffers;
  private final @Nullable Path imageOut;
  private @Nullable FailOverImages images;
  private int replays;

  /** CPU time of this thread that is already counted. */
  private long cpuNs;

  /**
   * @param held images of the same VMs from an earlier session
   * @param imageOut where images go when the sender is lost
   */
  Session(
      Connection connection,
      Message.Hello hello,
      Method method,
      ReceiverListener listener,
      @Nullable FailOverImages held,
      @Nullable Path imageOut) {
    this.images = held;
    this.imageOut = imageOut;
    this.reader = connection.reader();
    this.writer = connection.writer();
    this.hello = hello;
    this.method = method;
    this.listener = listener;
    this.ramPages = hello.vms().stream().mapToLong(Message.Vm::ramPages).toArray();
    this.buffers =
        new ReceivedCheckpoint[] {
          new ReceivedCheckpoint(ramPages.length), new ReceivedCheckpoint(ramPages.length)
        };
  }

  /** Serves replays until the sender says good-bye. */
  void run() throws IOException {
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

  /** The images as the session left them, if it had any. */
  @Nullable FailOverImages images() {
    return images;
  }

  private void replay(long after) throws IOException {
    FailOverImages current = imagesToGoOnFrom(after);
    try (var storer = new Storer(method, current, hello.verify(), writer)) {
      try {
        replay(current, storer);
      } catch (IOException e) {
        failOver(current, storer, e);
        throw e;
      }
    } catch (OutOfMemoryError e) {
      throw new IOException("out of memory for a checkpoint; give the receiver more (-Xmx)", e);
    }
  }

  private FailOverImages imagesToGoOnFrom(long after) throws IOException {
    FailOverImages held = images;
    if (after == Message.NOTHING) {
      if (held != null) {
        held.close();
        images = null;
      }
      try {
        FailOverImages fresh = new FailOverImages(hello.vms());
        images = fresh;
        return fresh;
      } catch (OutOfMemoryError e) {
        throw new IOException("out of memory for the fail-over images", e);
      }
    }
    if (held == null || held.checkpoint() != after) {
      throw new IOException(
          "cannot go on after %s, the images of these VMs hold %s"
              .formatted(name(after), name(held == null ? Message.NOTHING : held.checkpoint())));
    }
    return held;
  }

  private static String name(long checkpoint) {
    return checkpoint == Message.NOTHING
        ? "nothing"
        : checkpoint == Message.BASE ? "the base" : "checkpoint " + checkpoint;
  }

  private void replay(FailOverImages current, Storer storer) throws IOException {
    long processCpuNs = Environment.processCpuNs();
    writer.send(new Message.Started());
    cpuNs = THREADS.getCurrentThreadCpuTime();
    Storer.Wait wait = new Storer.Wait(0, 0);
    long next = current.checkpoint() + 1;
    for (int turn = 0; ; turn ^= 1) {
      switch (reader.nextMessage()) {
        case Message.Begin begin -> {
          if (begin.kind() == CheckpointKind.INCREMENTAL) {
            if (current.checkpoint() == Message.NOTHING) {
              // The sender waits for the base to be stored, so nothing else touches the images now.
              storer.awaitStored();
              current.nowHold(Message.BASE);
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
        }
        case Message.Finish finish -> {
          storer.awaitStored();
          verifyImages(finish, current);
          long spent = Environment.processCpuNs() - processCpuNs;
          listener.replayed(replays++, current);
          writer.send(new Message.Finished(spent));
          return;
        }
        case Message other -> throw unexpected("BEGIN or FINISH", other.type());
      }
    }
  }

  /** Makes the images usable: what was received completely is stored, and they are written. */
  private void failOver(FailOverImages current, Storer storer, IOException cause)
      throws IOException {
    long lost = System.nanoTime();
    try {
      storer.awaitStored();
    } catch (IOException e) {
      // A checkpoint that is not proved is not stored; the images hold the one before.
    }
    storer.close();
    long usable = System.nanoTime();
    List<Long> digests = new ArrayList<>();
    List<Path> files = new ArrayList<>();
    for (int vm = 0; vm < ramPages.length; vm++) {
      digests.add(current.digest(vm));
      Path out = imageOut;
      if (out != null && current.checkpoint() != Message.NOTHING) {
        Path file = ramPages.length == 1 ? out : out.resolveSibling(out.getFileName() + "." + vm);
        current.write(vm, file);
        files.add(file);
      }
    }
    listener.failedOver(
        new FailOver(
            current.checkpoint(),
            digests,
            lost - reader.heardAt(),
            usable - lost,
            files,
            String.valueOf(cause.getMessage())));
  }

  /** Receives a checkpoint up to its END. */
  private void receive(ReceivedCheckpoint checkpoint) throws IOException {
    long room = roomBytes(checkpoint.kind);
    while (true) {
      reader.requireNext();
      switch (reader.type()) {
        case LANE -> {
          room -= reader.length();
          if (room < 0 || reader.lane() >= EncodedCheckpoint.MAX_LANES) {
            throw new ProtocolException(
                "checkpoint %d is larger than any of these VMs can have, or has lane %d"
                    .formatted(checkpoint.number, reader.lane()));
          }
          int at = checkpoint.encoded.extend(reader.lane(), reader.length());
          reader.readBody(checkpoint.encoded.bytes(reader.lane()), at);
        }
        case RAW_PAGES -> {
          if (checkpoint.kind != CheckpointKind.PRIMING) {
            throw unexpected("LANE, VM_END or END", FrameType.RAW_PAGES);
          }
          rawPages.receive(reader, checkpoint.raw, ramPages);
        }
        default -> {
          switch (reader.readMessage()) {
            case Message.VmEnd end
                when end.vm() == checkpoint.vms && end.vm() < ramPages.length -> {
              int vm = checkpoint.vms++;
              checkpoint.pages[vm] = end.pages();
              checkpoint.digests[vm] = end.digest();
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

  private long roomBytes(CheckpointKind kind) {
    long room = 1 << 20;
    for (long pages : ramPages) {
      long most =
          kind == CheckpointKind.INCREMENTAL
              ? pages
              : Math.min(pages, CheckpointReader.STRETCH_PAGES);
      room += most * (Page.BYTES + OVERHEAD_BYTES_PER_PAGE);
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
