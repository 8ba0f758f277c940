package emulha.emulharcv;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import emulha.codecs.Method;
import emulha.emulhacp.Sender;
import emulha.emulhacp.SenderOptions;
import emulha.metrics.RunRow;
import emulha.runs.Base;
import emulha.runs.Link;
import emulha.runs.Pace;
import emulha.runs.Terms;
import emulha.runs.Warmup;
import emulha.wire.Connection;
import emulha.wire.Message;
import emulha.wire.Security;
import emulha.wire.Token;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Without this, whoever reaches the port could replace a VM's memory, or read along as receiver.
 */
class SharedSecretTest {
  private static final MadeUpSeries SERIES = new MadeUpSeries("vm", 5, 256, 2, 16);

  private final Token ours;
  private final Token another;

  SharedSecretTest(@TempDir Path directory) throws IOException {
    ours = token(directory, "ours");
    another = token(directory, "another");
  }

  private static Token token(Path directory, String name) throws IOException {
    Path file = Files.writeString(directory.resolve(name), "a secret of some length, " + name);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    return Token.read(file);
  }

  private static RunRow send(InetSocketAddress to, Security security) throws IOException {
    return send(to, security, "none");
  }

  private static RunRow send(InetSocketAddress to, Security security, String method)
      throws IOException {
    var options =
        new SenderOptions(
            "run",
            new SenderOptions.Peer(to, RunningReceiver.TIMEOUT, security, 0),
            List.of(SERIES),
            new Terms(Method.parse(method), Pace.ASAP, Base.SKIP, true, Link.AS_IT_IS),
            1,
            Warmup.NONE,
            0);
    return Sender.run(options, row -> {});
  }

  private static String refusal(RunningReceiver receiver, Security security) {
    var e = assertThrows(IOException.class, () -> send(receiver.address(), security));
    return String.valueOf(e.getMessage());
  }

  @Test
  void thoseWhoShareItReplicateAgainAndAgain() throws Exception {
    try (var receiver = new RunningReceiver(ours)) {
      for (int i = 0; i < 2; i++) {
        RunRow run = send(receiver.address(), ours);
        assertTrue(run.proof().verified());
        assertEquals("token", run.network().security());
        receiver.awaitSessionEnd();
      }
    }
  }

  /** Without this, who has the ticket of a session could join it without the secret. */
  @Test
  void furtherConnectionsNeedItToo() throws Exception {
    try (var receiver = new RunningReceiver(ours)) {
      assertTrue(send(receiver.address(), ours, "multi:connections=3").proof().verified());
      try (Connection first = receiver.connect();
          Connection second = receiver.connect()) {
        ours.introduce(first);
        var vms = List.of(new Message.Vm("vm", 256));
        first.writer().send(new Message.Hello(Message.VERSION, true, "multi", vms));
        assertInstanceOf(Message.Welcome.class, first.reader().nextMessage());
        var invite = assertInstanceOf(Message.Invite.class, first.reader().nextMessage());
        second.writer().send(new Message.Join(invite.ticket(), 1));
        var refused = assertInstanceOf(Message.Refused.class, second.reader().nextMessage());
        assertTrue(refused.reason().contains("--token-file"), refused.reason());
      }
    }
  }

  @Test
  void othersAreRefused() throws Exception {
    try (var receiver = new RunningReceiver(ours)) {
      String message = refusal(receiver, another);
      assertTrue(message.endsWith("does not know the shared secret"), message);
      message = refusal(receiver, Security.NONE);
      assertTrue(message.endsWith("asks for its shared secret; give --token-file"), message);
      assertTrue(send(receiver.address(), ours).proof().verified());
    }
    try (var receiver = new RunningReceiver(Security.NONE)) {
      String message = refusal(receiver, ours);
      assertTrue(message.endsWith("asks for no shared secret; leave out --token-file"), message);
    }
  }

  /** A peer that does not check the receiver's proof still has to give its own. */
  @Test
  void aProofThatIsNoneIsRefused() throws Exception {
    try (var receiver = new RunningReceiver(ours);
        var connection = receiver.connect()) {
      var writer = connection.writer();
      var reader = connection.reader();
      writer.send(challenge());
      var response = assertInstanceOf(Message.Response.class, reader.nextMessage());
      // Sent back, the receiver's own proof must not pass for a sender's.
      writer.send(new Message.Proof(response.proof()));
      var refused = assertInstanceOf(Message.Refused.class, reader.nextMessage());
      assertEquals("the sender does not know the shared secret", refused.reason());
    }
  }

  /** A sender's challenge, recorded on its way to somewhere else. */
  private Message.Challenge challenge() throws Exception {
    try (var elsewhere = ServerSocketChannel.open()) {
      elsewhere.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      var address = (InetSocketAddress) elsewhere.getLocalAddress();
      Thread.ofPlatform()
          .daemon()
          .start(() -> assertThrows(IOException.class, () -> send(address, ours)));
      try (var connection =
          Connection.from(
              elsewhere.accept(),
              RunningReceiver.TIMEOUT,
              RunningReceiver.TIMEOUT,
              Security.NONE,
              0)) {
        return assertInstanceOf(Message.Challenge.class, connection.reader().nextMessage());
      }
    }
  }

  /** All that a good sender wrote, written again to the same receiver and to its next session. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void whatWasRecordedServesNobody(int sessions) throws Exception {
    try (var receiver = new RunningReceiver(ours);
        var server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      byte[] recorded = new byte[0];
      for (int i = 0; i < sessions; i++) {
        recorded = record(receiver, server);
        receiver.awaitSessionEnd();
      }
      int sessionsBefore = receiver.images.size();
      try (var thief = new Socket(receiver.address().getAddress(), receiver.address().getPort())) {
        thief.getOutputStream().write(recorded);
        thief.shutdownOutput();
        String answer =
            new String(thief.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
        assertTrue(answer.contains("does not know the shared secret"), answer);
      } catch (IOException e) {
        // Refused so early that writing failed.
      }
      assertEquals(sessionsBefore, receiver.images.size());
    }
  }

  /** The bytes of a sender's whole session with the receiver. */
  private byte[] record(RunningReceiver receiver, ServerSocket server) throws Exception {
    var recorded = new ByteArrayOutputStream();
    var between =
        CompletableFuture.runAsync(
            () -> {
              try (Socket sender = server.accept();
                  Socket onward =
                      new Socket(receiver.address().getAddress(), receiver.address().getPort())) {
                Thread.ofPlatform()
                    .daemon()
                    .start(
                        () -> {
                          try {
                            onward.getInputStream().transferTo(sender.getOutputStream());
                          } catch (IOException e) {
                            // The session is over.
                          }
                        });
                byte[] buffer = new byte[16384];
                for (int n = 0; n >= 0; n = sender.getInputStream().read(buffer)) {
                  recorded.write(buffer, 0, n);
                  onward.getOutputStream().write(buffer, 0, n);
                }
              } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
              }
            });
    send(new InetSocketAddress(server.getInetAddress(), server.getLocalPort()), ours);
    between.get();
    return recorded.toByteArray();
  }

  /** The default must not open a machine to its network. */
  @Test
  void offLoopbackASecretOrCertificatesAreRequired() {
    for (String host : List.of("0.0.0.0", "192.0.2.1", "::")) {
      var address = new InetSocketAddress(host, 0);
      var e =
          assertThrows(
              IllegalArgumentException.class,
              () -> RunningReceiver.options(address, true, 1 << 20, Security.NONE));
      assertTrue(String.valueOf(e.getMessage()).contains("give --token-file"), e::toString);
      RunningReceiver.options(address, true, 1 << 20, ours);
    }
  }
}
