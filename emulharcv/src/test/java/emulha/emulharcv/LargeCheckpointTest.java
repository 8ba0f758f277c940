package emulha.emulharcv;

import static org.junit.jupiter.api.Assertions.assertTrue;

import emulha.codecs.Method;
import emulha.emulhacp.Sender;
import emulha.emulhacp.SenderOptions;
import emulha.runs.Base;
import emulha.runs.Link;
import emulha.runs.Pace;
import emulha.runs.Terms;
import emulha.runs.Warmup;
import emulha.wire.Security;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/**
 * A VM that dirties more than one array of a lane holds between two checkpoints. With {@code
 * -Demulha.checkpoint.mib=2100} and a heap of 12 GB it is more than a lane could once hold at all.
 */
class LargeCheckpointTest {
  private static final int MIB = Integer.getInteger("emulha.checkpoint.mib", 70);

  /** Without this, a large honest VM would be refused by the first checkpoint after much work. */
  @Test
  void isReceivedWhole() throws Exception {
    int pages = MIB * 256;
    var series = new MadeUpSeries("vm", 0x1a96eL, pages, 1, pages);
    var listen = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    var options = RunningReceiver.options(listen, true, 1L << 40, Security.NONE);
    try (var receiver = new Receiver(options, line -> {})) {
      var end = new CompletableFuture<String>();
      Thread.ofPlatform()
          .daemon()
          .start(
              () -> {
                try {
                  receiver.run();
                  end.complete("");
                } catch (Exception | Error e) {
                  end.completeExceptionally(e);
                }
              });
      var sending =
          new SenderOptions(
              "run",
              new SenderOptions.Peer(receiver.address(), RunningReceiver.TIMEOUT, Security.NONE, 0),
              List.of(series),
              new Terms(Method.parse("none"), Pace.ASAP, Base.SKIP, true, Link.AS_IT_IS),
              1,
              Warmup.NONE,
              0);
      assertTrue(Sender.run(sending, row -> {}).proof().verified());
      end.get();
    }
  }
}
