package emulha.emulharcv;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import emulha.codecs.Method;
import emulha.emulhacp.Sender;
import emulha.emulhacp.SenderOptions;
import emulha.emulharcv.stores.ImageDescription;
import emulha.memory.Page;
import emulha.runs.Base;
import emulha.runs.Link;
import emulha.runs.Pace;
import emulha.runs.Terms;
import emulha.runs.Warmup;
import emulha.testsupport.Images;
import emulha.wire.Security;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A connection cut after any number of bytes. Without this, the image a VM is resumed from could
 * hold part of a checkpoint, or miss one that was acknowledged.
 */
@Order(1)
class FailOverTest {
  private static final MadeUpSeries SERIES = new MadeUpSeries("vm", 0xfa11L, 128, 6, 16);
  private static final int BASE_BYTES = 128 * Page.BYTES;

  @TempDir Path temporary = Path.of("");

  /** Passes on what comes until it has passed on so many bytes from the sender, then cuts. */
  private static final class Cutter implements AutoCloseable {
    private final ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());

    Cutter(InetSocketAddress receiver, long bytes) throws IOException {
      start(
          () -> {
            try (Socket sender = server.accept();
                Socket onward = new Socket(receiver.getAddress(), receiver.getPort())) {
              start(() -> copy(onward.getInputStream(), sender.getOutputStream(), Long.MAX_VALUE));
              copy(sender.getInputStream(), onward.getOutputStream(), bytes);
            }
          });
    }

    private interface Task {
      void run() throws IOException;
    }

    private static void start(Task task) {
      Thread.ofPlatform()
          .daemon()
          .start(
              () -> {
                try {
                  task.run();
                } catch (IOException e) {
                  // One of the ends is gone.
                }
              });
    }

    private static void copy(InputStream in, OutputStream out, long bytes) throws IOException {
      byte[] buffer = new byte[16 * 1024];
      long left = bytes;
      while (left > 0) {
        int n = in.read(buffer, 0, (int) Math.min(buffer.length, left));
        if (n < 0) {
          return;
        }
        out.write(buffer, 0, n);
        left -= n;
      }
    }

    InetSocketAddress address() {
      return new InetSocketAddress(server.getInetAddress(), server.getLocalPort());
    }

    @Override
    public void close() throws IOException {
      server.close();
    }
  }

  private static SenderOptions options(InetSocketAddress to, Base base, int from) {
    return new SenderOptions(
        "run",
        new SenderOptions.Peer(to, RunningReceiver.TIMEOUT, Security.NONE, 0),
        List.of(SERIES),
        new Terms(Method.parse("none"), Pace.ASAP, base, true, Link.AS_IT_IS),
        1,
        Warmup.NONE,
        from);
  }

  @Test
  void theImageIsTheLastCompleteCheckpointWhereverTheConnectionIsCut() throws Exception {
    var random = new Random(0xc07L);
    Set<Long> seen = new HashSet<>();
    Path image = temporary.resolve("image");
    for (int round = 0; round < 60; round++) {
      Files.deleteIfExists(image);
      try (var receiver = new RunningReceiver(false, image)) {
        try (var cutter = new Cutter(receiver.address(), 400_000 + random.nextInt(2_400_000))) {
          try {
            Sender.run(options(cutter.address(), Base.SEND, 0), row -> {});
            continue;
          } catch (IOException e) {
            receiver.awaitSessionEnd();
          }
        }
        if (receiver.failOvers.isEmpty()) {
          continue;
        }
        FailOver failOver = receiver.failOvers.getFirst();
        seen.add(failOver.checkpoint());
        if (failOver.checkpoint() == -2) {
          assertTrue(Files.notExists(image), "no VM can resume from part of a base");
          continue;
        }
        assertArrayEquals(Images.after(SERIES, failOver.checkpoint()), Files.readAllBytes(image));
        assertDescribed(image, failOver);
        assertTrue(failOver.recoveryNs() >= 0);
        // The sender comes back and goes on where the receiver is.
        int next = (int) failOver.checkpoint() + 1;
        if (next > 0 && next < SERIES.checkpoints()) {
          assertTrue(
              Sender.run(options(receiver.address(), Base.SKIP, next), row -> {})
                  .proof()
                  .verified());
          assertArrayEquals(Images.after(SERIES, 5), receiver.images.getLast().getFirst());
        }
      }
    }
    assertTrue(seen.size() >= 4, "cuts met " + seen);
  }

  /** A state of another checkpoint would resume a VM that never was. */
  private static void assertDescribed(Path image, FailOver failOver) throws IOException {
    var description = ImageDescription.of(image);
    assertEquals(failOver.checkpoint(), description.checkpoint());
    assertEquals(failOver.digests().getFirst(), description.imageDigest());
    assertEquals(BASE_BYTES, description.ramBytes());
    assertEquals(failOver.recoveryNs(), description.writing().recoveryNs());
    byte[] state = failOver.checkpoint() < 0 ? null : SERIES.state(failOver.checkpoint());
    Path file = ImageDescription.stateOf(image);
    if (state == null) {
      assertTrue(Files.notExists(file), "a state where none was recorded");
      assertNull(description.state().stateBytes());
    } else {
      assertArrayEquals(state, Files.readAllBytes(file));
      assertEquals((long) state.length, description.state().stateBytes());
    }
  }

  /** A gap would leave pages of another time in the image. */
  @Test
  void goingOnFromElsewhereIsRefused() throws Exception {
    try (var receiver = new RunningReceiver(false)) {
      Sender.run(options(receiver.address(), Base.SKIP, 0), row -> {});
      receiver.awaitSessionEnd();
      var e =
          assertThrows(
              IOException.class,
              () -> Sender.run(options(receiver.address(), Base.SKIP, 3), row -> {}));
      assertTrue(
          String.valueOf(e.getMessage())
              .endsWith(
                  "cannot go on after checkpoint 2, the images of these VMs hold checkpoint 5"),
          e::toString);
    }
  }

  @Test
  void goingOnFromNothingIsRefused() throws Exception {
    try (var receiver = new RunningReceiver(false)) {
      var e =
          assertThrows(
              IOException.class,
              () -> Sender.run(options(receiver.address(), Base.SKIP, 3), row -> {}));
      assertEquals(
          "cannot go on after checkpoint 2, the images of these VMs hold nothing",
          String.valueOf(e.getMessage()).replaceFirst(".*fails: ", ""));
    }
  }
}
