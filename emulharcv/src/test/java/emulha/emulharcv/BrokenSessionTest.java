package emulha.emulharcv;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import emulha.codecs.Method;
import emulha.emulhacp.Sender;
import emulha.emulhacp.SenderOptions;
import emulha.emulharcv.stores.FailOverImages;
import emulha.emulharcv.stores.ImageDescription;
import emulha.emulharcv.stores.StorableCheckpoint;
import emulha.memory.DirtyPages;
import emulha.memory.Page;
import emulha.memory.RamImage;
import emulha.runs.Base;
import emulha.runs.Link;
import emulha.runs.Pace;
import emulha.runs.Terms;
import emulha.runs.Warmup;
import emulha.testsupport.Images;
import emulha.traces.Series;
import emulha.wire.Message;
import emulha.wire.Security;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Sessions that end by an error instead of a lost connection. Without this, one could take the last
 * complete checkpoint with it, or leave a receiver that neither ends nor serves.
 */
@Timeout(120)
@Isolated("tells the stage what breaks, which others use too")
class BrokenSessionTest {
  private static final MadeUpSeries SERIES = new MadeUpSeries("vm", 0xb20cL, 128, 6, 16);
  private static final int BREAKS_AT = 3;

  @TempDir Path directory = Path.of("");

  @AfterEach
  void mend() {
    Breaking.what = null;
  }

  static Stream<Arguments> breakages() {
    List<Supplier<Throwable>> all =
        List.of(
            () -> new OutOfMemoryError("Java heap space"),
            () -> new InternalError("a fault occurred in an unsafe memory access operation"),
            () -> new StackOverflowError(),
            () -> new IllegalStateException("a stage is confused"),
            () -> new UncheckedIOException(new IOException("Input/output error")),
            () -> new IOException("Input/output error"));
    return all.stream()
        .flatMap(
            what -> Stream.of(Breaking.Place.values()).map(place -> Arguments.of(what, place)));
  }

  private static SenderOptions options(InetSocketAddress to, String method) {
    return options(to, method, SERIES);
  }

  private static SenderOptions options(InetSocketAddress to, String method, Series series) {
    return new SenderOptions(
        "run",
        new SenderOptions.Peer(to, RunningReceiver.TIMEOUT, Security.NONE, 0),
        List.of(series),
        new Terms(Method.parse(method), Pace.ASAP, Base.SKIP, true, Link.AS_IT_IS),
        1,
        Warmup.NONE,
        0);
  }

  private static String breaks(InetSocketAddress receiver) {
    return String.valueOf(
        assertThrows(IOException.class, () -> Sender.run(options(receiver, "breaking"), row -> {}))
            .getMessage());
  }

  @ParameterizedTest
  @MethodSource("breakages")
  void theLastCompleteCheckpointIsWrittenAndTheReceiverGoesOn(
      Supplier<Throwable> what, Breaking.Place place) throws Exception {
    Path image = directory.resolve("image");
    try (var receiver = new RunningReceiver(false, image)) {
      Breaking.where = place;
      // The base, one stretch, comes before.
      Breaking.after = BREAKS_AT + 1;
      Breaking.what = what;
      String said = breaks(receiver.address());
      assertTrue(said.contains("fails: "), "the peer is told: " + said);
      assertFalse(said.contains("\n"), said);
      receiver.awaitSessionEnd();
      FailOver failOver = receiver.failOvers.getFirst();
      assertTrue(failOver.checkpoint() >= BREAKS_AT - 1, failOver::toString);
      assertArrayEquals(Images.after(SERIES, failOver.checkpoint()), Files.readAllBytes(image));
      assertEquals(failOver.checkpoint(), ImageDescription.of(image).checkpoint());
      Breaking.what = null;
      assertTrue(Sender.run(options(receiver.address(), "breaking"), row -> {}).proof().verified());
    }
  }

  @Test
  void aReceiverOfOneSessionEndsWithIt() throws Exception {
    try (var receiver = new RunningReceiver(true)) {
      Breaking.where = Breaking.Place.RECEIVING;
      Breaking.after = 1;
      Breaking.what = () -> new OutOfMemoryError("Java heap space");
      breaks(receiver.address());
      var e = assertInstanceOf(IOException.class, receiver.outcome());
      assertTrue(String.valueOf(e.getMessage()).startsWith("out of memory (Java heap space)"));
    }
  }

  /** Without this, memory that runs out for one connection could end the accepting of any. */
  @Test
  void aThreadThatCannotBeStartedCostsOneConnection() throws Exception {
    var refusals = new AtomicInteger(3);
    List<String> notes = new ArrayList<>();
    var served = new CountDownLatch(1);
    var listener =
        new ReceiverListener() {
          @Override
          public synchronized void note(String line) {
            notes.add(line);
          }
        };
    var options =
        RunningReceiver.options(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            false,
            1L << 32,
            Security.NONE);
    try (var receiver =
        new Receiver(
            options,
            listener,
            task -> {
              if (refusals.getAndDecrement() > 0) {
                throw new OutOfMemoryError("unable to create native thread");
              }
              return Thread.ofPlatform().daemon().unstarted(task);
            })) {
      Thread.ofPlatform()
          .daemon()
          .start(
              () -> {
                try {
                  receiver.run();
                } catch (IOException e) {
                  served.countDown();
                }
              });
      for (int i = 0; i < 3; i++) {
        assertThrows(
            IOException.class, () -> Sender.run(options(receiver.address(), "none"), row -> {}));
      }
      assertTrue(Sender.run(options(receiver.address(), "none"), row -> {}).proof().verified());
      assertTrue(
          notes.getFirst().contains("cannot take a connection, and tries again"), notes::toString);
      assertEquals(1, served.getCount(), "the receiver has not ended");
    }
  }

  /** Without this, images of which a checkpoint is half written would pass for the one before. */
  @Test
  void imagesThatAreBeingWrittenAreNoCheckpoints() {
    List<Message.Vm> vms = List.of(new Message.Vm("vm", 4));
    var readOnly = List.of(new RamImage(4 * Page.BYTES));
    try (var images = new FailOverImages(vms, new ArrayList<>(readOnly))) {
      images.nowHold(7, List.of(new byte[0]));
      var pages = new DirtyPages();
      pages.append(2, new byte[Page.BYTES], 0);
      pages.append(9, new byte[Page.BYTES], 0); // Beyond the image: the second write fails.
      assertThrows(
          IndexOutOfBoundsException.class,
          () ->
              images.apply(new StorableCheckpoint(8, List.of(pages), List.of(new byte[0]), null)));
      images.settle();
      assertEquals(Message.NOTHING, images.checkpoint());
    }
  }

  /** Without this, a receiver that is stopped would lose what it has only in its memory. */
  @Test
  void oneThatIsStoppedWritesWhatItHolds() throws Exception {
    Path image = directory.resolve("image");
    try (var receiver = new RunningReceiver(false, image)) {
      var e =
          assertThrows(
              IOException.class,
              () ->
                  Sender.run(
                      options(receiver.address(), "none"),
                      row -> {
                        if (row.key().number().checkpoint() == 2) {
                          receiver.stop();
                        }
                      }));
      assertTrue(String.valueOf(e.getMessage()).contains("the receiver was stopped"), e::toString);
      var description = ImageDescription.of(image);
      assertTrue(description.checkpoint() >= 2, description::toString);
      assertEquals("the receiver was stopped", description.writing().cause());
      assertArrayEquals(Images.after(SERIES, description.checkpoint()), Files.readAllBytes(image));
    }
  }

  @Test
  void oneThatIsStoppedBetweenSessionsWritesWhatTheLastLeft() throws Exception {
    Path image = directory.resolve("image");
    try (var receiver = new RunningReceiver(false, image)) {
      assertTrue(Sender.run(options(receiver.address(), "none"), row -> {}).proof().verified());
      receiver.awaitSessionEnd();
      receiver.stop();
      assertEquals(5, ImageDescription.of(image).checkpoint());
      assertArrayEquals(Images.after(SERIES, 5), Files.readAllBytes(image));
    }
  }

  /** Without this, an image that cannot be written would take those of other senders with it. */
  @Test
  void oneThatIsStoppedWritesTheOthersIfOneCannotBeWritten() throws Exception {
    var other = new MadeUpSeries("other", 0xb20dL, 128, 6, 16);
    Path image = directory.resolve("image");
    Files.createDirectories(image.resolve("in the way"));
    try (var receiver = new RunningReceiver(false, image)) {
      for (Series series : List.of(SERIES, other)) {
        SenderOptions options = options(receiver.address(), "none", series);
        assertTrue(Sender.run(options, row -> {}).proof().verified());
        receiver.awaitSessionEnd();
      }
      var e = assertThrows(IOException.class, receiver::stop);
      assertTrue(
          String.valueOf(e.getMessage()).startsWith("cannot write the fail-over image " + image),
          e::toString);
      assertArrayEquals(Images.after(other, 5), Files.readAllBytes(directory.resolve("image-2")));
    }
  }
}
