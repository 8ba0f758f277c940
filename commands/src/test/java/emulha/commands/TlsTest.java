package emulha.commands;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import emulha.codecs.Method;
import emulha.commands.replay.KeysCommand;
import emulha.emulhacp.Sender;
import emulha.emulhacp.SenderOptions;
import emulha.emulharcv.Receiver;
import emulha.emulharcv.ReceiverOptions;
import emulha.emulharcv.stores.StoreLocation;
import emulha.metrics.RunRow;
import emulha.runs.Base;
import emulha.runs.Link;
import emulha.runs.Pace;
import emulha.runs.Terms;
import emulha.runs.Warmup;
import emulha.testsupport.MadeSeries;
import emulha.traces.Series;
import emulha.wire.Security;
import emulha.wire.Tls;
import emulha.wire.Token;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Without this, a replay said to be over TLS could be readable, or open to any certificate. */
final class TlsTest {
  private static final Duration TIMEOUT = Duration.ofSeconds(20);

  @TempDir static Path directory = Path.of("");

  @BeforeAll
  static void makeKeys() throws Exception {
    KeysCommand.make(directory.resolve("keys"));
    MadeSeries.small(directory.resolve("small"));
  }

  private static Tls tls(String end) throws IOException {
    return Tls.read(directory.resolve("keys").resolve(end));
  }

  /** A copy of the sender's files, to spoil. */
  private static Path copy(String name) throws IOException {
    Path copy = Files.createDirectory(directory.resolve(name));
    try (var files = Files.list(directory.resolve("keys").resolve(KeysCommand.SENDER))) {
      for (Path file : files.toList()) {
        Files.copy(file, copy.resolve(file.getFileName()), StandardCopyOption.COPY_ATTRIBUTES);
      }
    }
    return copy;
  }

  private static RunRow send(InetSocketAddress to, Security security) throws IOException {
    return send(to, security, "gzip:level=1");
  }

  private static RunRow send(InetSocketAddress to, Security security, String method)
      throws IOException {
    var options =
        new SenderOptions(
            "run",
            new SenderOptions.Peer(to, TIMEOUT, security, 0),
            List.of(Series.at(directory.resolve("small"))),
            new Terms(Method.parse(method), Pace.ASAP, Base.SKIP, true, Link.AS_IT_IS),
            1,
            Warmup.NONE,
            0);
    return Sender.run(options, row -> {});
  }

  private static Receiver receiver(Security security) throws IOException {
    var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    var options =
        new ReceiverOptions(
            address,
            false,
            1L << 32,
            new ReceiverOptions.Waiting(TIMEOUT, 0),
            null,
            security,
            StoreLocation.parse("ram"),
            ReceiverOptions.Trust.LEAST);
    var receiver = new Receiver(options, line -> {});
    Thread.ofPlatform()
        .daemon()
        .start(
            () -> {
              try {
                receiver.run();
              } catch (IOException e) {
                // The test ends.
              }
            });
    return receiver;
  }

  @Test
  void thoseWhoTrustEachOtherReplicateUnreadably() throws Exception {
    var wire = new ByteArrayOutputStream();
    try (var receiver = receiver(tls(KeysCommand.RECEIVER));
        var server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      var between = CompletableFuture.runAsync(() -> passOn(server, receiver, wire));
      var to = new InetSocketAddress(server.getInetAddress(), server.getLocalPort());
      RunRow run = send(to, tls(KeysCommand.SENDER));
      between.get();
      assertTrue(run.proof().verified());
      assertEquals("tls", run.network().security());
      Long encrypted = run.traffic().encryptedBytes();
      Long plain = run.traffic().wireBytes();
      assertTrue(encrypted != null && plain != null && encrypted > plain, run::toString);
      // A TLS 1.3 record has 22 bytes beside its content of at most 16 KiB.
      assertTrue(
          encrypted < plain + plain / 100 + 22L * 8 * run.extent().checkpoints(), run::toString);
      assertTrue(encrypted < wire.size());
      Long encryptionNs = run.traffic().encryptionNs();
      Long sendingNs = run.timing().sendingNs();
      assertTrue(
          encryptionNs != null && sendingNs != null && 0 < encryptionNs && encryptionNs < sendingNs,
          run::toString);
    }
    String seen = wire.toString(StandardCharsets.ISO_8859_1);
    assertFalse(seen.contains("EMHF"));
    assertFalse(seen.contains("gzip"));
  }

  /** Without this, what TLS adds on all connections but the first could be in no figure. */
  @Test
  void everyConnectionIsEncryptedAndCounted() throws Exception {
    try (var receiver = receiver(tls(KeysCommand.RECEIVER))) {
      RunRow one = send(receiver.address(), tls(KeysCommand.SENDER));
      RunRow four =
          send(receiver.address(), tls(KeysCommand.SENDER), "multi:connections=4+gzip:level=1");
      assertTrue(four.proof().verified());
      assertEquals(one.traffic().wireBytes(), four.traffic().wireBytes());
      Long encrypted = four.traffic().encryptedBytes();
      Long plain = four.traffic().wireBytes();
      assertTrue(encrypted != null && plain != null && encrypted > plain, four::toString);
      // A record of its own for each frame, and those are few.
      assertTrue(
          encrypted < plain + plain / 100 + 22L * 16 * four.extent().checkpoints(), four::toString);
    }
  }

  private static void passOn(ServerSocket server, Receiver receiver, ByteArrayOutputStream wire) {
    try (Socket sender = server.accept();
        Socket onward = new Socket(receiver.address().getAddress(), receiver.address().getPort())) {
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
        wire.write(buffer, 0, n);
        onward.getOutputStream().write(buffer, 0, n);
      }
    } catch (IOException e) {
      // The session is over.
    }
  }

  private static String refusal(Receiver receiver, Security security) {
    var e = assertThrows(IOException.class, () -> send(receiver.address(), security));
    return String.valueOf(e.getMessage());
  }

  @Test
  void strangersAreRefused() throws Exception {
    try (var receiver = receiver(tls(KeysCommand.RECEIVER))) {
      // A receiver's key is no sender's.
      String message = refusal(receiver, tls(KeysCommand.RECEIVER));
      assertTrue(message.contains("certificate"), message);
      message = refusal(receiver, Security.NONE);
      assertTrue(message.contains("TLS"), message);
      assertTrue(send(receiver.address(), tls(KeysCommand.SENDER)).proof().verified());
    }
    try (var receiver = receiver(Security.NONE)) {
      String message = refusal(receiver, tls(KeysCommand.SENDER));
      assertTrue(message.contains("do both ends use TLS"), message);
      assertTrue(send(receiver.address(), Security.NONE).proof().verified());
    }
  }

  private static char[] password(Path keys) throws IOException {
    return Files.readString(keys.resolve(Tls.PASSWORD)).strip().toCharArray();
  }

  private static KeyStore load(Path keys, String name) throws Exception {
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (var in = Files.newInputStream(keys.resolve(name))) {
      store.load(in, password(keys));
    }
    return store;
  }

  /** Connects with a key, looking at no dates and no receiver, and waits for an answer. */
  private static void greet(Receiver receiver, KeyStore keys, char[] password) throws Exception {
    var managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    managers.init(keys, password);
    SSLContext context = SSLContext.getInstance("TLSv1.3");
    context.init(managers.getKeyManagers(), new TrustManager[] {new Trusting()}, null);
    InetSocketAddress to = receiver.address();
    try (Socket socket = context.getSocketFactory().createSocket(to.getAddress(), to.getPort())) {
      socket.getOutputStream().write(new byte[24]);
      if (socket.getInputStream().read() < 0) {
        throw new EOFException("closed without an answer");
      }
    }
  }

  /** Trusts all, for a peer that wants in and asks nothing. */
  private static final class Trusting implements X509TrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }

  /** A certificate that nobody here made, in files of the right form. */
  @Test
  void aForeignCertificateIsRefused() throws Exception {
    Path others = directory.resolve("others");
    KeysCommand.make(others);
    try (var receiver = receiver(tls(KeysCommand.RECEIVER))) {
      String message = refusal(receiver, Tls.read(others.resolve(KeysCommand.SENDER)));
      assertTrue(message.contains("know each other's certificates"), message);
      assertEquals(1, message.lines().count());
      assertTrue(send(receiver.address(), tls(KeysCommand.SENDER)).proof().verified());
    }
  }

  /**
   * Without this, a key that was to be worthless after its time would open the receiver for ever.
   */
  @Test
  void aCertificateOutsideItsTimeIsRefused() throws Exception {
    for (String start : List.of("-40d", "+10d")) {
      Path keys = directory.resolve("valid-from" + start);
      KeysCommand.make(keys, List.of("-startdate", start, "-validity", "30"));
      Path own = keys.resolve(KeysCommand.SENDER);
      var e = assertThrows(IOException.class, () -> Tls.read(own));
      assertTrue(String.valueOf(e.getMessage()).contains("which is not now"), e::toString);
      // Its holder looks away; the receiver, which trusts it, must not.
      Path receiving = directory.resolve("keys").resolve(KeysCommand.RECEIVER);
      Path trusting = Files.createDirectory(directory.resolve("trusting" + start));
      try (var files = Files.list(receiving)) {
        for (Path file : files.toList()) {
          Files.copy(
              file, trusting.resolve(file.getFileName()), StandardCopyOption.COPY_ATTRIBUTES);
        }
      }
      KeyStore expired = load(own, Tls.KEY_STORE);
      KeyStore trusted = load(trusting, Tls.TRUST_STORE);
      trusted.setCertificateEntry("expired", expired.getCertificate(KeysCommand.SENDER));
      try (var out = Files.newOutputStream(trusting.resolve(Tls.TRUST_STORE))) {
        trusted.store(out, password(trusting));
      }
      try (var receiver = receiver(Tls.read(trusting))) {
        assertThrows(IOException.class, () -> greet(receiver, expired, password(own)));
        Path valid = directory.resolve("keys").resolve(KeysCommand.SENDER);
        // That one is answered, if only that it speaks something else.
        greet(receiver, load(valid, Tls.KEY_STORE), password(valid));
      }
    }
  }

  @Test
  void keysAreForTheirOwnerOnly() throws Exception {
    Path keys = directory.resolve("keys");
    try (var files = Files.walk(keys)) {
      for (Path file : files.filter(path -> !path.toString().endsWith(".pem")).toList()) {
        String permissions = PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
        boolean inside = !Files.isDirectory(file) || file.equals(keys);
        assertTrue(!inside || permissions.endsWith("------"), file + " " + permissions);
      }
    }
    assertEquals("token", Token.read(keys.resolve(KeysCommand.TOKEN)).label());
    Path open = copy("open");
    Path store = open.resolve(Tls.KEY_STORE);
    Files.setPosixFilePermissions(store, PosixFilePermissions.fromString("rw-r--r--"));
    var e = assertThrows(IOException.class, () -> Tls.read(open));
    assertTrue(String.valueOf(e.getMessage()).contains("chmod 600"), e::toString);
  }

  @Test
  void aWrongPasswordIsOneLine() throws Exception {
    Path sender = copy("wrong");
    Files.writeString(sender.resolve(Tls.PASSWORD), "not it");
    var e = assertThrows(IOException.class, () -> Tls.read(sender));
    String message = String.valueOf(e.getMessage());
    assertTrue(message.startsWith(sender.resolve(Tls.KEY_STORE).toString()), message);
    assertEquals(1, message.lines().count());
  }

  @Test
  void keysReplaceNothing() {
    var e = assertThrows(IOException.class, () -> KeysCommand.make(directory.resolve("keys")));
    assertTrue(String.valueOf(e.getMessage()).contains("exists already"), e::toString);
  }
}
