package emulha.emulharcv;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import emulha.codecs.CheckpointKind;
import emulha.codecs.Method;
import emulha.codecs.pipeline.CheckpointEncoder;
import emulha.emulhacp.Sender;
import emulha.emulharcv.stores.HeldImages;
import emulha.emulharcv.stores.ImageDescription;
import emulha.emulharcv.stores.StoreLocation;
import emulha.memory.DirtyPages;
import emulha.memory.Page;
import emulha.memory.PageDigests;
import emulha.memory.PageSize;
import emulha.runs.Base;
import emulha.runs.ImageMismatchException;
import emulha.traces.Series;
import emulha.wire.Connection;
import emulha.wire.ConnectionLostException;
import emulha.wire.Message;
import emulha.wire.Security;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Peers that break the protocol. Without this, one of them could hang a receiver, exhaust it, or
 * put a wrong page in an image that is then reported as verified.
 */
class HostilePeerTest {
  private static final List<Series> SERIES = List.of(new MadeUpSeries("vm", 5, 256, 2, 16));
  private static final List<Message.Vm> VMS = List.of(new Message.Vm("vm", 256));

  /** The end of a replay whose images are zeros. */
  private static final Message.Finish ZEROS =
      new Message.Finish(List.of(new PageDigests(256, PageSize.SMALL).ofImage()));

  private static Connection connect(RunningReceiver receiver) throws IOException {
    return receiver.connect();
  }

  private static Message.Hello hello(String method) {
    return new Message.Hello(Message.VERSION, true, method, VMS);
  }

  private static Connection started(RunningReceiver receiver) throws IOException {
    Connection connection = connect(receiver);
    connection.writer().send(hello("none"));
    assertInstanceOf(Message.Welcome.class, connection.reader().nextMessage());
    connection.writer().send(new Message.Start(Message.NOTHING));
    assertInstanceOf(Message.Started.class, connection.reader().nextMessage());
    return connection;
  }

  private static void replaysWell(RunningReceiver receiver) throws IOException {
    var options = ReplicationTest.options(receiver, SERIES, "none", Base.SKIP);
    assertTrue(Sender.run(options, row -> {}).proof().verified());
  }

  @ParameterizedTest
  @ValueSource(strings = {"GET / HTTP/1.1\r\n\r\n", "\0", "EMHF", "EMHFEMHFEMHFEMHFEMHFEMHFEMHF"})
  void onesThatSpeakSomethingElseCostOnlyTheirConnection(String words) throws Exception {
    try (var receiver = new RunningReceiver(false)) {
      try (var socket = new Socket(receiver.address().getAddress(), receiver.address().getPort())) {
        socket.getOutputStream().write(words.getBytes(StandardCharsets.ISO_8859_1));
        socket.shutdownOutput();
        socket.getInputStream().readAllBytes();
      }
      replaysWell(receiver);
      assertTrue(receiver.notes.getFirst().startsWith("turned away: "), receiver.notes::toString);
    }
  }

  @Test
  void oneThatWantsWhatThereIsNotIsToldWhatThereIs() throws Exception {
    try (var receiver = new RunningReceiver(false);
        var connection = connect(receiver)) {
      connection.writer().send(hello("gzap"));
      var refused = assertInstanceOf(Message.Refused.class, connection.reader().nextMessage());
      assertTrue(
          refused.reason().startsWith("unknown method 'gzap'; available: "), refused.reason());
    }
  }

  // Without it whoever can connect could have any shared library of this machine loaded and run.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "zero+native:lib=/lib/x86_64-linux-gnu/libc.so.6",
        "zero+auto:stages=none/native:lib=libc.so.6"
      })
  void oneThatNamesALibraryIsRefused(String method) throws Exception {
    try (var receiver = new RunningReceiver(false);
        var connection = connect(receiver)) {
      connection.writer().send(hello(method));
      var refused = assertInstanceOf(Message.Refused.class, connection.reader().nextMessage());
      assertTrue(refused.reason().contains("--native-codecs"), refused.reason());
    }
  }

  /** Without it the receiver would connect wherever a stranger says, and tell what it finds. */
  @Test
  void oneThatNamesATableIsRefusedAndNobodyIsConnectedTo() throws Exception {
    try (var elsewhere = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        var receiver = new RunningReceiver(false);
        var connection = connect(receiver)) {
      String table = "redis://127.0.0.1:" + elsewhere.getLocalPort();
      connection.writer().send(hello("similarity:lifetime=forever,table=" + table));
      var refused = assertInstanceOf(Message.Refused.class, connection.reader().nextMessage());
      assertTrue(refused.reason().contains("--allow-table " + table), refused.reason());
      elsewhere.setSoTimeout(1);
      assertThrows(SocketTimeoutException.class, elsewhere::accept);
    }
  }

  /** Without it a server's answer, and where the receiver keeps what, would reach a stranger. */
  @Test
  void whatAnAllowedServerAnswersIsNotPassedOn() throws Exception {
    try (var server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Thread.ofPlatform()
          .daemon()
          .start(
              () -> {
                try (Socket client = server.accept()) {
                  client.getInputStream().read(new byte[1000]);
                  client
                      .getOutputStream()
                      .write("-ERR the secret is 42\r\n".getBytes(StandardCharsets.US_ASCII));
                  client.getInputStream().readAllBytes();
                } catch (IOException e) {
                  // The receiver has gone.
                }
              });
      String table = "redis://127.0.0.1:" + server.getLocalPort();
      var trust =
          new ReceiverOptions.Trust(
              false, List.of(URI.create(table)), ReceiverOptions.DEFAULT_IDLE);
      try (var receiver = new RunningReceiver(false, trust);
          var connection = connect(receiver)) {
        connection.writer().send(hello("similarity:lifetime=forever,table=" + table));
        var refused = assertInstanceOf(Message.Refused.class, connection.reader().nextMessage());
        assertFalse(refused.reason().contains("secret"), refused.reason());
      }
    }
  }

  @Test
  void oneWithOtherVmsIsNotToldWhoseImagesAreWhere(@TempDir Path directory) throws Exception {
    Path store = directory.resolve("hidden-place");
    try (var receiver = new RunningReceiver(false, StoreLocation.parse("file:" + store))) {
      replaysWell(receiver);
      receiver.awaitSessionEnd();
      try (var connection = connect(receiver)) {
        connection
            .writer()
            .send(
                new Message.Hello(
                    Message.VERSION, true, "none", List.of(new Message.Vm("other", 256))));
        var refused = assertInstanceOf(Message.Refused.class, connection.reader().nextMessage());
        assertFalse(refused.reason().contains("hidden-place"), refused.reason());
        assertFalse(refused.reason().contains("vm"), refused.reason());
      }
      receiver.awaitSessionEnd();
      replaysWell(receiver);
    }
  }

  private static void loseTheSender(RunningReceiver receiver, String vm, int pages)
      throws IOException {
    try (var connection = connect(receiver)) {
      connection
          .writer()
          .send(
              new Message.Hello(Message.VERSION, true, "none", List.of(new Message.Vm(vm, pages))));
      assertInstanceOf(Message.Welcome.class, connection.reader().nextMessage());
      connection.writer().send(new Message.Start(Message.NOTHING));
      assertInstanceOf(Message.Started.class, connection.reader().nextMessage());
      connection.writer().send(new Message.Begin(CheckpointKind.INCREMENTAL, 0));
    }
    receiver.awaitSessionEnd();
  }

  /** Without it whoever connects could take the image away from which a VM is to resume. */
  @Test
  void oneWithOtherVmsLeavesTheImagesThatAreHeld(@TempDir Path directory) throws Exception {
    Path image = directory.resolve("image");
    try (var receiver = new RunningReceiver(false, image)) {
      var options = ReplicationTest.options(receiver, SERIES, "none", Base.SKIP);
      assertThrows(
          IOException.class,
          () ->
              Sender.run(
                  options,
                  row -> {
                    throw new IOException("the sender ends here");
                  }));
      receiver.awaitSessionEnd();
      long held = receiver.failOvers.getFirst().checkpoint();
      assertTrue(held >= 0, receiver.failOvers::toString);
      byte[] written = Files.readAllBytes(image);
      for (int i = 0; i < 20; i++) {
        loseTheSender(receiver, "stranger" + i, 1 << 18);
      }
      assertArrayEquals(written, Files.readAllBytes(image), "the file is still this VM's");
      try (var connection = connect(receiver)) {
        connection.writer().send(hello("none"));
        var welcome = assertInstanceOf(Message.Welcome.class, connection.reader().nextMessage());
        assertEquals(held, welcome.held());
      }
    }
  }

  /** Without it strangers could keep a VM's image from being written, and nobody would know. */
  @Test
  void onesThatOnlyIntroduceThemselvesUseUpNoImage(@TempDir Path directory) throws Exception {
    Path image = directory.resolve("image");
    try (var receiver = new RunningReceiver(false, image)) {
      for (int i = 0; i < HeldImages.MAX; i++) {
        try (var connection = connect(receiver)) {
          List<Message.Vm> vms = List.of(new Message.Vm("stranger" + i, 16));
          connection.writer().send(new Message.Hello(Message.VERSION, true, "none", vms));
          assertInstanceOf(Message.Welcome.class, connection.reader().nextMessage());
        }
        receiver.awaitSessionEnd();
      }
      for (int i = 0; i <= HeldImages.MAX; i++) {
        loseTheSender(receiver, "lost" + i, 16);
      }
      assertEquals("lost0", ImageDescription.of(image).vm());
      assertEquals("lost15", ImageDescription.of(directory.resolve("image-16")).vm());
      assertTrue(Files.notExists(directory.resolve("image-17")));
      assertEquals(
          List.of(
              "the image of lost16 is not written: those of 16 others are; a receiver started anew does"),
          receiver.notes.stream().filter(note -> note.contains(" not written")).toList());
    }
  }

  /** Without it one that says nothing, politely, would keep all others out for ever. */
  @Test
  @Timeout(60)
  void oneThatSendsHeartbeatsOnlyLosesTheSession() throws Exception {
    var trust = new ReceiverOptions.Trust(false, List.of(), Duration.ofMillis(300));
    try (var receiver = new RunningReceiver(false, trust);
        var idle = RunningReceiver.connect(receiver.address(), Duration.ofMillis(100))) {
      idle.writer().send(hello("none"));
      receiver.awaitSessionEnd();
      assertTrue(
          receiver.notes.getLast().contains("sending nothing but heartbeats for more than 300 ms"),
          receiver.notes::toString);
      replaysWell(receiver);
    }
  }

  /** Without it sixty bytes would have the receiver read gigabytes, again and again. */
  @Test
  @Timeout(60)
  void oneThatClaimsMuchMemoryAndSendsNothingCostsLittle() throws Exception {
    try (var receiver = new RunningReceiver(false, 1L << 34)) {
      for (int i = 0; i < 20; i++) {
        loseTheSender(receiver, "large" + i, 1 << 21);
      }
      assertEquals(20, receiver.failOvers.size());
    }
  }

  @Test
  void oneWithMoreMemoryThanAllowedIsRefused() throws Exception {
    try (var receiver = new RunningReceiver(false, 1 << 19);
        var connection = connect(receiver)) {
      connection.writer().send(hello("none"));
      var refused = assertInstanceOf(Message.Refused.class, connection.reader().nextMessage());
      assertTrue(refused.reason().contains("524288 bytes"), refused.reason());
    }
  }

  /** Without it a peer could have libzstd allocate a gigabyte that the receiver is not to take. */
  @Test
  void oneWithALargerWindowThanAllowedIsRefused() throws Exception {
    try (var receiver = new RunningReceiver(false, 1L << 30)) {
      try (var connection = connect(receiver)) {
        connection.writer().send(hello("stream:window=1GiB"));
        var refused = assertInstanceOf(Message.Refused.class, connection.reader().nextMessage());
        assertTrue(refused.reason().contains("1073741824 bytes"), refused.reason());
        assertTrue(refused.reason().contains("--max-ram"), refused.reason());
      }
      try (var connection = connect(receiver)) {
        connection.writer().send(hello("stream:window=512MiB"));
        assertInstanceOf(Message.Welcome.class, connection.reader().nextMessage());
      }
    }
  }

  @Test
  void oneThatComesDuringASessionIsTurnedAway() throws Exception {
    try (var receiver = new RunningReceiver(false);
        var first = started(receiver);
        var second = connect(receiver)) {
      second.writer().send(hello("none"));
      var refused = assertInstanceOf(Message.Refused.class, second.reader().nextMessage());
      assertEquals("another session is running; try again when it ends", refused.reason());
      first.writer().send(ZEROS);
      assertInstanceOf(Message.Finished.class, first.reader().nextMessage());
    }
  }

  @Test
  void oneThatDiesInACheckpointFailsTheSession() throws Exception {
    try (var receiver = new RunningReceiver(true)) {
      try (var connection = started(receiver)) {
        connection.writer().write(new Message.Begin(CheckpointKind.INCREMENTAL, 0));
        connection.writer().frame(1, new byte[5000], 0, 5000);
        connection.writer().flush();
      }
      assertInstanceOf(ConnectionLostException.class, receiver.outcome());
      assertTrue(receiver.images.isEmpty());
    }
  }

  @Test
  void oneThatSendsMoreThanItsMemoryHoldsIsCut() throws Exception {
    try (var receiver = new RunningReceiver(true);
        var connection = started(receiver)) {
      connection.writer().write(new Message.Begin(CheckpointKind.INCREMENTAL, 0));
      byte[] body = new byte[256 * 1024];
      for (int i = 0; i < 9; i++) {
        connection.writer().frame(1, body, 0, body.length);
      }
      var failed = assertInstanceOf(Message.Failed.class, connection.reader().nextMessage());
      assertTrue(
          failed.reason().contains("larger than any of these VMs can have"), failed.reason());
      assertNotNull(receiver.outcome());
    }
  }

  /** Pages that decode well and are not those of the recording. */
  @Test
  void aWrongPageNeverEntersTheImage() throws Exception {
    try (var receiver = new RunningReceiver(true);
        var connection = started(receiver)) {
      var pages = new DirtyPages();
      pages.append(7);
      long digest = PageDigests.ofCheckpoint(pages);
      pages.slab(0)[100] ^= 1;
      var writer = connection.writer();
      writer.write(new Message.Begin(CheckpointKind.INCREMENTAL, 0));
      try (var encoder = CheckpointEncoder.of(Method.parse("none"), new long[] {256}, writer)) {
        encoder.begin(CheckpointKind.INCREMENTAL);
        encoder.encode(0, pages);
        encoder.end();
      }
      writer.write(new Message.VmEnd(0, 1, digest, 0, 0));
      writer.send(new Message.End(CheckpointKind.INCREMENTAL, 0));
      assertInstanceOf(Message.Ack.class, connection.reader().nextMessage());
      writer.send(ZEROS);
      var failed = assertInstanceOf(Message.Failed.class, connection.reader().nextMessage());
      assertTrue(failed.mismatch());
      assertEquals(
          "VM 0, checkpoint 0: the decoded pages are not those of the recording", failed.reason());
      assertInstanceOf(ImageMismatchException.class, receiver.outcome());
    }
  }

  @Test
  void anImageThatIsWrongAtTheEndFailsTheReplay() throws Exception {
    try (var receiver = new RunningReceiver(true);
        var connection = started(receiver)) {
      connection.writer().send(new Message.Finish(List.of(1L)));
      var failed = assertInstanceOf(Message.Failed.class, connection.reader().nextMessage());
      assertTrue(failed.mismatch());
      assertInstanceOf(ImageMismatchException.class, receiver.outcome());
    }
  }

  @Test
  void lanesThatDoNotDecodeFailTheSession() throws Exception {
    try (var receiver = new RunningReceiver(true);
        var connection = started(receiver)) {
      var writer = connection.writer();
      writer.write(new Message.Begin(CheckpointKind.INCREMENTAL, 0));
      byte[] noise = new byte[100];
      java.util.Arrays.fill(noise, (byte) 0xff);
      writer.frame(0, noise, 0, noise.length);
      writer.write(new Message.VmEnd(0, 1, 0, 0, 0));
      writer.send(new Message.End(CheckpointKind.INCREMENTAL, 0));
      assertInstanceOf(Message.Ack.class, connection.reader().nextMessage());
      writer.send(new Message.Finish(List.of(0L)));
      var failed = assertInstanceOf(Message.Failed.class, connection.reader().nextMessage());
      assertTrue(failed.reason().startsWith("corrupt encoding in lane 0"), failed.reason());
    }
  }

  /** Stretches of a base that overlap, lie beyond RAM, or come where pages are to be encoded. */
  @Test
  void framesOutOfPlaceFailTheSession() throws Exception {
    try (var receiver = new RunningReceiver(true);
        var connection = started(receiver)) {
      connection.writer().write(new Message.Begin(CheckpointKind.FULL, 0));
      var pages = new DirtyPages();
      pages.append(0, new byte[Page.BYTES], 0);
      new emulha.runs.RawPages(PageSize.SMALL).send(0, pages, connection.writer());
      connection.writer().flush();
      var failed = assertInstanceOf(Message.Failed.class, connection.reader().nextMessage());
      assertEquals("expected LANE, VM_END or END, found RAW_PAGES", failed.reason());
      assertNotNull(receiver.outcome());
    }
  }

  @Test
  void aPortInUseIsSaidInOneLine() throws Exception {
    try (var receiver = new RunningReceiver(false)) {
      var options = RunningReceiver.options(receiver.address(), true, 1 << 20, Security.NONE);
      var e = assertThrows(IOException.class, () -> new Receiver(options, line -> {}));
      String message = String.valueOf(e.getMessage());
      assertTrue(message.startsWith("cannot listen on "), message);
      assertTrue(message.contains("choose another port"), message);
    }
  }

  @Test
  void aReceiverThatIsNotThereIsSaidInOneLine() throws Exception {
    // A port that is taken and not listened on: nobody else can come to listen there meanwhile.
    try (var taken = new Socket()) {
      taken.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      var nowhere = new InetSocketAddress(taken.getLocalAddress(), taken.getLocalPort());
      var e =
          assertThrows(
              IOException.class,
              () -> RunningReceiver.connect(nowhere, RunningReceiver.TIMEOUT).close());
      String message = String.valueOf(e.getMessage());
      assertTrue(message.contains("is emulharcv running there?"), message);
    }
  }
}
