package emulha.emulhacp;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import emulha.codecs.Method;
import emulha.runs.Base;
import emulha.runs.Link;
import emulha.runs.Pace;
import emulha.runs.Terms;
import emulha.runs.Warmup;
import emulha.testsupport.MadeSeries;
import emulha.testsupport.Samples;
import emulha.traces.Series;
import emulha.wire.Connection;
import emulha.wire.FrameFormat;
import emulha.wire.FrameType;
import emulha.wire.FrameWriter;
import emulha.wire.Message;
import emulha.wire.Security;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolException;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Receivers that break the protocol. Without this, one could keep a sender busy for ever, or end it
 * by an internal error.
 */
final class HostileReceiverTest {
  private static final Duration TIMEOUT = Duration.ofSeconds(20);

  @TempDir private Path directory = Path.of("");

  /** What a receiver says at the end of a checkpoint, or a stretch of a base. */
  private interface Answer {
    void to(Message.End end, FrameWriter writer) throws IOException;
  }

  private static void serve(Connection connection, Answer answer) throws IOException {
    var reader = connection.reader();
    var writer = connection.writer();
    byte[] body = new byte[FrameFormat.MAX_BODY_BYTES];
    while (reader.next()) {
      if (reader.type() == FrameType.LANE || reader.type() == FrameType.RAW_PAGES) {
        reader.readBody(body, 0);
        continue;
      }
      switch (reader.readMessage()) {
        case Message.Hello hello ->
            writer.send(new Message.Welcome(Message.VERSION, Message.NOTHING, 0, "java", "{}"));
        case Message.Start start -> writer.send(new Message.Started());
        case Message.End end -> answer.to(end, writer);
        case Message other -> {}
      }
    }
  }

  private void requireRefused(String expected, String found, Answer answer) throws Exception {
    try (var server = ServerSocketChannel.open()) {
      server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      var receiver =
          CompletableFuture.runAsync(
              () -> {
                try (var connection =
                    Connection.from(server.accept(), TIMEOUT, TIMEOUT, Security.NONE, 0)) {
                  serve(connection, answer);
                } catch (IOException e) {
                  // The sender has gone.
                }
              });
      var options =
          new SenderOptions(
              "run",
              new SenderOptions.Peer(
                  (InetSocketAddress) server.getLocalAddress(), TIMEOUT, Security.NONE, 0),
              List.of(Series.at(MadeSeries.small(directory.resolve("series")))),
              new Terms(Method.parse("none"), Pace.ASAP, Base.SKIP, true, Link.AS_IT_IS),
              1,
              Warmup.NONE,
              0);
      var e = assertThrows(ProtocolException.class, () -> Sender.run(options, row -> {}));
      String message = String.valueOf(e.getMessage());
      assertTrue(message.startsWith("expected " + expected + " from "), message);
      assertTrue(message.endsWith(", found " + found), message);
      receiver.get();
    }
  }

  /** It would have all that a checkpoint named sent again and again. */
  @Test
  void oneThatMissesAgainWhatItWasSentIsRefused() throws Exception {
    var missing = new BitSet();
    missing.set(0, Message.MISSING_PART);
    requireRefused(
        "ACK of PRIMING 0",
        "MISSING",
        (end, writer) -> writer.send(new Message.Missing(false, missing)));
  }

  @Test
  void oneThatStoresOtherVmsIsRefused() throws Exception {
    requireRefused(
        "STORED of a checkpoint sent and not yet stored",
        "STORED",
        (end, writer) -> {
          writer.write(new Message.Ack(end.kind(), end.number(), 0, 0));
          writer.send(
              new Message.Stored(
                  end.kind(),
                  end.number(),
                  1,
                  1,
                  Samples.counting(Message.Stored.Memory.class, 1),
                  Samples.counting(Message.Stored.Written.class, 1),
                  List.of(1L, 2L),
                  List.of(1L, 2L)));
        });
  }
}
