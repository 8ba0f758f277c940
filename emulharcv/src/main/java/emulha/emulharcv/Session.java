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
import java.util.List;

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
  private int replays;

  /** CPU time of this thread that is already counted. */
  private long cpuNs;

  Session(Connection connection, Message.Hello hello, Method method, ReceiverListener listener) {
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
        case Message.Start start -> replay();
        case Message.Bye bye -> {
          return;
        }
        case Message other -> throw unexpected("START or BYE", other.type());
      }
    }
  }

  private void replay() throws IOException {
    long processCpuNs = Environment.processCpuNs();
    try (var images = new FailOverImages(ramPages);
        var storer = new Storer(method, ramPages, images, hello.verify(), writer)) {
      writer.send(new Message.Started());
      cpuNs = THREADS.getCurrentThreadCpuTime();
      Storer.Wait wait = new Storer.Wait(0, 0);
      for (int turn = 0; ; turn ^= 1) {
        switch (reader.nextMessage()) {
          case Message.Begin begin -> {
            ReceivedCheckpoint checkpoint = buffers[turn];
            checkpoint.clear(begin.kind(), begin.number());
            receive(checkpoint);
            storer.requireWell();
            writer.send(
                new Message.Ack(begin.kind(), begin.number(), wait.waitedNs(), wait.verifyNs()));
            checkpoint.cpuNs[0] += cpuSinceLast();
            wait = storer.store(checkpoint);
          }
          case Message.Finish finish -> {
            storer.awaitStored();
            verifyImages(finish, images);
            long spent = Environment.processCpuNs() - processCpuNs;
            listener.replayed(replays++, images);
            writer.send(new Message.Finished(spent));
            return;
          }
          case Message other -> throw unexpected("BEGIN or FINISH", other.type());
        }
      }
    } catch (OutOfMemoryError e) {
      throw new IOException(
          "out of memory for the fail-over images or a checkpoint; give the receiver more (-Xmx)",
          e);
    }
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
