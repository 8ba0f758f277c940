package emulha.emulhacp;

import emulha.codecs.CheckpointKind;
import emulha.codecs.SharedChunks;
import emulha.codecs.pipeline.CheckpointEncoder;
import emulha.linux.Scheduling;
import emulha.memory.DirtyPages;
import emulha.runs.Base;
import emulha.runs.CheckpointReader;
import emulha.runs.CheckpointRows;
import emulha.runs.Pace;
import emulha.runs.RawPages;
import emulha.runs.RunDescription;
import emulha.runs.RunSummary;
import emulha.runs.Transfer;
import emulha.runs.VmPart;
import emulha.traces.Series;
import emulha.wire.Connection;
import emulha.wire.Connections;
import emulha.wire.Encryption;
import emulha.wire.FrameOutput;
import emulha.wire.Message;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.net.ProtocolException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One replay of the series over a connection, from nothing: new encoder here, new decoder and
 * images there. A complete checkpoint is read into memory first; from then until its ACK is its
 * transfer time. One thread does all, but for the method's encoder threads. Reading, digesting and
 * the listener are in no figure: where they hold up the next checkpoint, they are taken out of the
 * elapsed interval too.
 */
final class Replay implements AutoCloseable {
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  /** More would speak of more chunks than a checkpoint can have. */
  private static final int MAX_MISSING_PARTS = 1 << 12;

  private static final byte[] NO_STATE = new byte[0];

  private final Connections connection;
  private final Connection receiver;
  private final Network network;
  private final FrameOutput writer;
  private final RunDescription run;
  private final int trial;
  private final long mostNs;
  private final Clock clock;
  private final SenderListener listener;
  private final CheckpointReader checkpoints;
  private final EncoderThreads threads;
  private final CheckpointEncoder encoder;
  private final RawPages rawPages;
  private final Deque<Sent> unstored = new ArrayDeque<>();
  private long incrementalNs;

  /** When the last ACK came, for the wait that the next one reports. */
  private long lastAckAt;

  /** A checkpoint whose row lacks the receiver's figures. */
  private static final class Sent {
    final CheckpointKind kind;
    final long number;
    final List<VmPart> parts = new ArrayList<>();
    final List<Message.Stored> stored = new ArrayList<>(1);
    long start;
    long sendingNs;
    long transferNs;
    long memoryBytes;
    long allocatedBytes;
    @Nullable Long elapsedIntervalNs;
    @Nullable Boolean late;
    @Nullable Long releaseDelayNs;
    @Nullable Encryption encryption;

    Sent(CheckpointKind kind, long number) {
      this.kind = kind;
      this.number = number;
    }

    Transfer transfer() {
      return new Transfer(
          sendingNs, transferNs, elapsedIntervalNs, late, releaseDelayNs, encryption);
    }
  }

  /**
   * Which of a run's replays it is.
   *
   * @param trial number of the counted trial from 1; below, the replay is to warm up
   * @param mostNs after so long the checkpoint that the replay is at is its last, bases apart
   */
  record Turn(int trial, long mostNs) {}

  /**
   * @param table that the method shares with other hosts; null if it does not
   */
  Replay(
      Connections connection,
      Network network,
      RunDescription run,
      List<Series> series,
      Turn turn,
      Clock clock,
      SenderListener listener,
      @Nullable SharedChunks table)
      throws IOException {
    this.connection = connection;
    this.receiver = connection.first();
    this.network = network;
    this.writer = connection.writer();
    this.run = run;
    trial = turn.trial();
    mostNs = turn.mostNs();
    this.clock = clock;
    this.listener = listener;
    rawPages = new RawPages(run.pageSize());
    this.checkpoints =
        new CheckpointReader(
            series, run.terms().method().excludesFreePages(), run.terms().verify());
    this.threads = new EncoderThreads(run.terms().method().encoders());
    this.encoder =
        CheckpointEncoder.of(
            run.terms().method(),
            run.pageSize(),
            run.ramPages(),
            writer,
            threads,
            clock::now,
            table);
  }

  /**
   * Replays all.
   *
   * @param summary takes the rows, as the listener does, if the trial counts
   * @param from first checkpoint to replicate; above 0 the receiver must hold the one before
   */
  Message.Finished run(RunSummary summary, int from) throws IOException {
    if (from > 0) {
      passOver(from);
    }
    writer.send(new Message.Start(from > 0 ? from - 1 : Message.NOTHING));
    expect(Message.Started.class);
    if (from == 0) {
      replicateBase(summary);
    }
    replicateCheckpoints(summary, from);
    writer.send(new Message.Finish(checkpoints.imageDigests()));
    return expect(Message.Finished.class);
  }

  /** Reads what the receiver holds already, for the digest of the whole image. */
  private void passOver(int checkpointCount) throws IOException {
    boolean more = true;
    while (more) {
      more = checkpoints.nextBase(false);
    }
    for (int i = 0; i < checkpointCount; i++) {
      if (!checkpoints.nextCheckpoint()) {
        throw new IllegalArgumentException(
            "cannot begin with checkpoint %d: the series has only %d"
                .formatted(checkpointCount, i));
      }
    }
  }

  private void replicateBase(RunSummary summary) throws IOException {
    CheckpointKind kind =
        run.terms().base() == Base.SEND ? CheckpointKind.FULL : CheckpointKind.PRIMING;
    network.lift(trial < 1 || kind == CheckpointKind.PRIMING);
    Sent whole = new Sent(kind, CheckpointRows.FULL);
    Message.Stored stored = null;
    for (long number = 0; checkpoints.nextBase(kind == CheckpointKind.FULL); number++) {
      Sent stretch = transfer(kind, number);
      // Protection begins once the whole base is stored, so nothing of it may burden what follows.
      while (stretch.stored.isEmpty()) {
        take(expect(Message.Stored.class));
      }
      unstored.clear();
      add(whole, stretch);
      stored = stored == null ? stretch.stored.getFirst() : sum(stored, stretch.stored.getFirst());
    }
    if (kind == CheckpointKind.FULL && stored != null) {
      whole.stored.add(stored);
      emit(whole, CheckpointRows.FULL, summary);
    }
  }

  private static void add(Sent whole, Sent stretch) {
    for (int vm = 0; vm < stretch.parts.size(); vm++) {
      if (whole.parts.size() == vm) {
        whole.parts.add(stretch.parts.get(vm));
      } else {
        whole.parts.set(vm, whole.parts.get(vm).plus(stretch.parts.get(vm)));
      }
    }
    whole.sendingNs += stretch.sendingNs;
    whole.transferNs += stretch.transferNs;
    whole.memoryBytes = stretch.memoryBytes;
    whole.allocatedBytes = stretch.allocatedBytes;
    whole.encryption = Encryption.sum(whole.encryption, stretch.encryption);
  }

  private static Message.Stored sum(Message.Stored a, Message.Stored b) {
    return new Message.Stored(
        b.kind(),
        b.number(),
        a.storeNs() + b.storeNs(),
        a.verifyNs() + b.verifyNs(),
        b.memory(),
        a.written().plus(b.written()),
        sum(a.cpuNs(), b.cpuNs()),
        sum(a.codecCpuNs(), b.codecCpuNs()));
  }

  private static List<Long> sum(List<Long> a, List<Long> b) {
    List<Long> sums = new ArrayList<>();
    for (int vm = 0; vm < a.size(); vm++) {
      sums.add(a.get(vm) + b.get(vm));
    }
    return sums;
  }

  /** How long all but the base has taken. */
  long incrementalNs() {
    return incrementalNs;
  }

  private void replicateCheckpoints(RunSummary summary, int from) throws IOException {
    Pace pace = run.terms().pace();
    boolean keepIntervals = pace != null && pace.keepsIntervals() && trial > 0;
    boolean jumps = keepIntervals && pace.jumps();
    OtherMemory other = jumps && pace == Pace.COOLED ? new OtherMemory() : null;
    int stillStoring = 0;
    long intervalNs = run.intervalNs();
    network.lift(trial < 1);
    long begin = clock.now();
    boolean more = checkpoints.nextCheckpoint();
    long due = clock.now();
    for (long number = from; more; number++) {
      Sent sent = transfer(CheckpointKind.INCREMENTAL, number);
      // What verification cost is taken out before asking whether the ACK came in time.
      long ackAt = sent.start + sent.transferNs;
      long end = due + intervalNs;
      boolean late = ackAt > end;
      sent.releaseDelayNs = keepIntervals ? (Long) (ackAt - due) : (Long) sent.transferNs;
      emitStored(summary, 1);
      more = clock.now() - begin < mostNs && checkpoints.nextCheckpoint();
      if (!keepIntervals) {
        continue;
      }
      sent.late = late;
      if (more && !late && jumps) {
        // The receiver stores while the interval passes, and must not do so beside what follows.
        awaitStored();
        stillStoring += ackAt + sent.stored.getFirst().storeNs() > end ? 1 : 0;
      }
      long ready = clock.now();
      if (more && !late && jumps) {
        if (other != null) {
          clock.aside(other::touch);
        }
        clock.skipUntil(end);
      } else if (more && !late) {
        clock.sleepUntil(end);
      }
      if (more) {
        long next = late ? ackAt : ready > end ? end : clock.now();
        sent.elapsedIntervalNs = next - sent.start;
      }
      due = late || ready > end ? clock.now() : end;
    }
    awaitStored();
    emitStored(summary, 0);
    incrementalNs = clock.now() - begin;
    if (stillStoring > 0) {
      listener.note(
          "pace %s: at the end of %d of the intervals the receiver was still storing; the next"
                  .formatted(pace == null ? "none" : pace.label(), stillStoring)
              + " checkpoint waited for it, where in real time both would run side by side");
    }
  }

  /** Waits until the receiver has stored all that was sent. */
  private void awaitStored() throws IOException {
    while (!unstored.isEmpty() && unstored.getLast().stored.isEmpty()) {
      take(expect(Message.Stored.class));
    }
  }

  /** Sends what was read, and waits for the ACK. */
  private Sent transfer(CheckpointKind kind, long number) throws IOException {
    Sent sent = new Sent(kind, number);
    unstored.add(sent);
    Encryption encryption = connection.encryption();
    long writtenNs = writer.totals().writeNs();
    VmPart before = soFar(0, 0);
    sent.start = clock.now();
    writer.write(new Message.Begin(kind, number));
    if (kind == CheckpointKind.PRIMING) {
      sendRaw();
    }
    encoder.begin(kind);
    for (int vm = 0; vm < run.vms().size(); vm++) {
      DirtyPages pages = checkpoints.pages(vm);
      encoder.encode(vm, pages);
      byte[] state = kind == CheckpointKind.INCREMENTAL ? checkpoints.state(vm) : NO_STATE;
      writer.state(state);
      writer.write(
          new Message.VmEnd(
              vm,
              pages.count(),
              checkpoints.digest(vm),
              state.length,
              state.length == 0 ? 0 : checkpoints.stateDigest(vm)));
      VmPart now = soFar(before.pages() + pages.count(), before.stateBytes() + state.length);
      sent.parts.add(now.since(before));
      before = now;
    }
    encoder.end();
    FrameOutput.Totals written = writer.totals();
    long endCodecCpuNs = codecCpuNs(written) - before.codecCpuNs();
    long writeNs = written.writeNs() - writtenNs;
    long waitStart = clock.now();
    writer.send(new Message.End(kind, number));
    Message.Ack ack = awaitAck(kind, number);
    long ackAt = clock.now();
    // Before the memory is looked at, which is the harness's work and no method's.
    VmPart rest = soFar(0, 0).since(before);
    sent.sendingNs = writeNs + ackAt - waitStart;
    sent.transferNs = ackAt - sent.start;
    sent.memoryBytes = encoder.retainedBytes();
    sent.allocatedBytes = encoder.allocatedBytes();
    sent.encryption = Encryption.since(encryption, connection.encryption());
    // Frames of no one VM count with the first, and what the receiver missed.
    var ofAll =
        new VmPart(
            0,
            rest.payloadBytes(),
            0,
            rest.wireBytes(),
            rest.cpuNs(),
            endCodecCpuNs,
            rest.counters());
    sent.parts.set(0, sent.parts.getFirst().plus(ofAll));
    takeOutVerification(sent, ack);
    lastAckAt = ackAt;
    return sent;
  }

  /**
   * Takes out of the transfer time what it lasted longer because the receiver verifies, or notes in
   * its store that the base is whole. After its last ACK the receiver waited {@code ack.waitedNs}
   * for an earlier checkpoint to be stored; without that, the wait would have ended {@code
   * ack.verifyNs} sooner. Of this, the part before this checkpoint's start is not in its transfer
   * time, and no more than the time spent sending can be.
   */
  private void takeOutVerification(Sent sent, Message.Ack ack) {
    long waitedHere = Math.max(0, lastAckAt + ack.waitedNs() - sent.start);
    long excess = Math.min(Math.min(ack.verifyNs(), waitedHere), sent.sendingNs);
    sent.sendingNs -= excess;
    sent.transferNs -= excess;
  }

  /**
   * How the threads that the replay had beside the caller's were scheduled; null where the machine
   * does not tell.
   */
  @Nullable Scheduling schedulingBeside() {
    return threads.scheduling();
  }

  /** What was counted so far, as a part with so many pages and bytes of state. */
  private VmPart soFar(long pages, long stateBytes) {
    FrameOutput.Totals frames = writer.totals();
    long codecCpuNs = codecCpuNs(frames);
    return new VmPart(
        pages,
        encoder.payloadBytes(),
        stateBytes,
        frames.bytes(),
        codecCpuNs + frames.cpuNs() + network.cpuNs(),
        codecCpuNs,
        encoder.counters());
  }

  /** CPU time so far of all threads that encode, without what frames took. */
  private long codecCpuNs(FrameOutput.Totals frames) {
    return THREADS.getCurrentThreadCpuTime() + threads.cpuNs() - frames.cpuNs();
  }

  private void sendRaw() throws IOException {
    for (int vm = 0; vm < run.vms().size(); vm++) {
      rawPages.send(vm, checkpoints.pages(vm), writer);
    }
  }

  private Message.Ack awaitAck(CheckpointKind kind, long number) throws IOException {
    var missing = new BitSet();
    int parts = 0;
    boolean supplied = false;
    while (true) {
      switch (next()) {
        case Message.Stored stored -> take(stored);
        case Message.Missing part -> {
          if (supplied || parts == MAX_MISSING_PARTS) {
            throw receiver.unexpected("ACK of " + kind + " " + number, part);
          }
          int first = parts++ * Message.MISSING_PART;
          part.numbers().stream().forEach(i -> missing.set(first + i));
          if (!part.more()) {
            supplied = true;
            supply(missing);
            writer.send(new Message.End(kind, number));
          }
        }
        case Message.Ack ack when ack.kind() == kind && Long.compare(ack.number(), number) == 0 -> {
          return ack;
        }
        case Message other -> throw receiver.unexpected("ACK of " + kind + " " + number, other);
      }
    }
  }

  private void supply(BitSet missing) throws IOException {
    try {
      encoder.supply(missing);
    } catch (IllegalArgumentException e) {
      throw new ProtocolException("from " + receiver.peer() + ": " + e.getMessage());
    }
  }

  private void take(Message.Stored stored) throws IOException {
    for (Sent sent : unstored) {
      if (sent.stored.isEmpty()) {
        if (sent.kind != stored.kind()
            || sent.number != stored.number()
            || sent.parts.size() != stored.cpuNs().size()) {
          break;
        }
        sent.stored.add(stored);
        return;
      }
    }
    throw receiver.unexpected("STORED of a checkpoint sent and not yet stored", stored);
  }

  /** Emits the rows that are complete, all but the last {@code keep} checkpoints. */
  private void emitStored(RunSummary summary, int keep) throws IOException {
    while (unstored.size() > keep && !unstored.getFirst().stored.isEmpty()) {
      Sent sent = unstored.removeFirst();
      emit(sent, sent.number, summary);
    }
  }

  private void emit(Sent sent, long checkpoint, RunSummary summary) throws IOException {
    if (trial < 1) {
      return;
    }
    var rows =
        CheckpointRows.of(
            run,
            trial,
            checkpoint,
            sent.parts,
            sent.memoryBytes,
            sent.allocatedBytes,
            sent.transfer(),
            sent.stored.getFirst());
    for (var row : rows) {
      summary.add(row);
      listener.row(row);
    }
  }

  private <M extends Message> M expect(Class<M> type) throws IOException {
    Message message = next();
    if (!type.isInstance(message)) {
      throw receiver.unexpected(type.getSimpleName(), message);
    }
    return type.cast(message);
  }

  private Message next() throws IOException {
    Message message = receiver.reader().nextMessage();
    if (message instanceof Message.Failed failed) {
      throw Sender.failed(receiver, failed);
    }
    return message;
  }

  @Override
  public void close() throws IOException {
    try (checkpoints;
        threads) {
      encoder.close();
    }
  }
}
