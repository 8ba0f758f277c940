package emulha.emulhacp;

import emulha.linux.Scheduling;
import emulha.metrics.RunRow;
import emulha.metrics.SpinningRow;
import emulha.redis.RedisChunks;
import emulha.runs.Circumstances;
import emulha.runs.Environment;
import emulha.runs.ImageMismatchException;
import emulha.runs.RunDescription;
import emulha.runs.RunSummary;
import emulha.runs.Spin;
import emulha.runs.Terms;
import emulha.runs.Warmup;
import emulha.traces.Series;
import emulha.traces.SeriesInfo;
import emulha.wire.Connection;
import emulha.wire.ConnectionLostException;
import emulha.wire.Connections;
import emulha.wire.Message;
import emulha.wire.Security;
import emulha.wire.Spun;
import emulha.wire.Tls;
import java.io.IOException;
import java.net.URI;
import java.nio.channels.ClosedChannelException;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Collectors;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * The checkpoint sender, {@code emulhacp} (Hou §3.1): connects to a receiver, replays the series
 * there, and measures. Replaying several VMs ends with the shortest series.
 */
public final class Sender {
  /** A warm-up ends after so many times its time, bases included. */
  private static final int MOST_WARM_UP = 3;

  private Sender() {}

  /**
   * Does a whole run.
   *
   * @param listener takes the rows of the counted trials
   * @return the run's row
   * @throws IllegalArgumentException if the options do not go together
   * @throws ImageMismatchException if the receiver's image would not have equalled the recording
   * @throws IOException if the connection, the receiver or a series fails
   */
  public static RunRow run(SenderOptions options, SenderListener listener) throws IOException {
    return run(options, listener, Clock.monotonic());
  }

  static RunRow run(SenderOptions options, SenderListener listener, Clock clock)
      throws IOException {
    SenderOptions.Peer to = options.receiver();
    Terms terms = options.terms();
    List<SeriesInfo> vms = options.series().stream().map(Series::info).toList();
    var described =
        new RunDescription(options.runId(), vms, terms, options.trials(), to.security().label());
    noteShorter(vms, listener);
    noteSameNames(vms, listener);
    var hello =
        new Message.Hello(
            Message.VERSION,
            terms.verify(),
            terms.method().spec(),
            vms.stream()
                .map(
                    vm ->
                        new Message.Vm(vm.vm(), vm.description().ramPages(), vm.pageSize().bytes()))
                .toList());
    var network = new Network(terms.link(), clock);
    URI server = terms.method().table().orElse(null);
    try (RedisChunks table = server == null ? null : RedisChunks.open(server, listener::note);
        Connection connection =
            Connection.to(
                to.address(), to.timeout(), to.security(), network::carrying, to.spinNs())) {
      to.security().introduce(connection);
      connection.writer().send(hello);
      long receiverSpinNs = 0;
      switch (answer(connection, to.security())) {
        case Message.Welcome welcome -> {
          receiverSpinNs = welcome.spinNs();
          noteOtherBinding(terms.method().binding(), welcome.binding(), listener);
          listener.connected(welcome.environment());
        }
        case Message other -> throw connection.unexpected("WELCOME", other);
      }
      RunDescription run = described.spinning(new Spin(to.spinNs(), receiverSpinNs));
      try (var connections =
          Connections.join(connection, terms.method().connections(), () -> further(to, network))) {
        return replays(connections, network, run, options, listener, clock, table);
      }
    }
  }

  /** One more connection to the receiver, before its join. */
  private static Connection further(SenderOptions.Peer to, Network network) throws IOException {
    // What a receiver says comes on the first connection, so this one is not watched.
    Connection connection =
        Connection.to(to.address(), to.timeout(), to.security(), network::carrying, 0);
    try {
      to.security().introduce(connection);
      return connection;
    } catch (IOException | RuntimeException | Error e) {
      connection.close();
      throw e;
    }
  }

  /** What the receiver says to the hello. */
  private static Message answer(Connection connection, Security security) throws IOException {
    try {
      return connection.reader().nextMessage();
    } catch (ConnectionLostException e) {
      if (e.getCause() instanceof SSLException || e.getCause() instanceof ClosedChannelException) {
        throw e;
      }
      // On a certificate that it does not know, or none, a receiver may close without a word.
      throw new IOException(
          e.getMessage()
              + (security instanceof Tls
                  ? "; does its truststore.p12 hold the certificate of this end's key?"
                  : "; does it use TLS?"),
          e);
    }
  }

  private static RunRow replays(
      Connections connections,
      Network network,
      RunDescription run,
      SenderOptions options,
      SenderListener listener,
      Clock clock,
      @Nullable RedisChunks table)
      throws IOException {
    Connection receiver = connections.first();
    try {
      var summary = new RunSummary(run);
      long senderProcessCpuNs = 0;
      long receiverProcessCpuNs = 0;
      Message.Finished last = null;
      Spun senderSpun = Spun.NONE;
      Spun receiverSpun = Spun.NONE;
      int number = 0;
      int trial = 0;
      long start = clock.now();
      long worked = 0;
      Circumstances.Counting counted = Circumstances.counting(listener.wallClock());
      Scheduling.Watched own = Scheduling.ofThisThread();
      for (; trial < run.trials(); number++) {
        if (trial > 0 || isWarm(options.warmup(), number, worked, clock.now() - start, listener)) {
          trial++;
          if (trial == 1) {
            counted = Circumstances.counting(listener.wallClock());
          }
        }
        if (table != null) {
          table.beginReplay(number);
        }
        long cpu = Environment.processCpuNs();
        Scheduling before = own.now();
        Spun spunBefore = receiver.reader().spun();
        long mostNs = trial > 0 ? Long.MAX_VALUE : options.warmup().leftNs(worked);
        try (var replay =
            new Replay(
                connections,
                network,
                run,
                options.series(),
                new Replay.Turn(trial, mostNs),
                clock,
                listener,
                table)) {
          Message.Finished finished = replay.run(summary, options.fromCheckpoint());
          worked += replay.incrementalNs();
          if (trial > 0) {
            senderProcessCpuNs += Environment.processCpuNs() - cpu;
            receiverProcessCpuNs += finished.processCpuNs();
            last = finished;
            senderSpun = senderSpun.plus(receiver.reader().spun().since(spunBefore));
            receiverSpun = receiverSpun.plus(finished.spun());
            counted.add(
                Scheduling.sum(Scheduling.since(before, own.now()), replay.schedulingBeside()),
                finished.scheduling());
          }
        }
        listener.replayed(number);
      }
      Circumstances circumstances = counted.now();
      connections.writer().send(new Message.Bye());
      tellSpun(run, SpinningRow.SENDER, run.spin().senderNs(), senderSpun, listener);
      tellSpun(run, SpinningRow.RECEIVER, run.spin().receiverNs(), receiverSpun, listener);
      return summary.row(
          number - trial, senderProcessCpuNs, receiverProcessCpuNs, last, circumstances);
    } catch (ConnectionLostException e) {
      throw lastWord(receiver, e);
    }
  }

  private static void tellSpun(
      RunDescription run, String end, long spinNs, Spun spun, SenderListener listener)
      throws IOException {
    if (spinNs > 0) {
      listener.spun(
          new SpinningRow(run.runId(), end, spinNs, spun.waits(), spun.met(), spun.cpuNs()));
    }
  }

  /**
   * Whether the warm-up is over. Its time is that of incremental checkpoints, which are measured: a
   * base that takes seconds would otherwise use up the warm-up.
   */
  private static boolean isWarm(
      Warmup warmup, int done, long workedNs, long elapsedNs, SenderListener listener) {
    if (warmup.over(done, workedNs)) {
      return true;
    }
    if (!warmup.timed() || !warmup.over(done, elapsedNs / MOST_WARM_UP)) {
      return false;
    }
    listener.note(
        ("not warm: after %d replays in %d s, incremental checkpoints have taken %d ms of the %d ms that"
                + " the warm-up is to last; a number of replays, such as %d, warms up longer (--warmup,"
                + " or a plan's \"warmup\")")
            .formatted(
                done,
                elapsedNs / 1_000_000_000,
                workedNs / 1_000_000,
                warmup.milliseconds(),
                10 * done));
    return true;
  }

  /** Else its CPU time would pass for that of the implementation in the results. */
  private static void noteOtherBinding(String here, String there, SenderListener listener) {
    if (!here.equals(there)) {
      listener.note(
          "the receiver decodes with another implementation, '%s', than this end encodes with, '%s'"
              .formatted(there, here));
    }
  }

  private static void noteShorter(List<SeriesInfo> vms, SenderListener listener) {
    int shortest = vms.stream().mapToInt(SeriesInfo::checkpoints).min().orElse(0);
    for (SeriesInfo vm : vms) {
      if (vm.checkpoints() > shortest) {
        listener.note(
            "%s: its last %d checkpoints are left out, because the shortest series has %d"
                .formatted(vm.name(), vm.checkpoints() - shortest, shortest));
      }
    }
  }

  /** Rows say which VM they are of by its name. */
  private static void noteSameNames(List<SeriesInfo> vms, SenderListener listener) {
    vms.stream()
        .collect(Collectors.groupingBy(SeriesInfo::vm, TreeMap::new, Collectors.counting()))
        .forEach(
            (name, count) -> {
              if (count > 1) {
                listener.note(
                    "%d VMs are called '%s': measures of single VMs take them for one"
                        .formatted(count, name));
              }
            });
  }

  /** What the receiver said before the connection was lost, if that is why. */
  private static IOException lastWord(Connection receiver, ConnectionLostException lost) {
    try {
      while (true) {
        if (receiver.reader().nextMessage() instanceof Message.Failed failed) {
          return failed(receiver, failed);
        }
      }
    } catch (IOException e) {
      return lost;
    }
  }

  /** The exception for a receiver that says it failed. */
  static IOException failed(Connection receiver, Message.Failed failed) {
    String message = "receiver %s fails: %s".formatted(receiver.peer(), failed.reason());
    return failed.mismatch() ? new ImageMismatchException(message) : new IOException(message);
  }
}
