package emulha.emulharcv;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import emulha.codecs.Method;
import emulha.emulhacp.Sender;
import emulha.emulhacp.SenderListener;
import emulha.emulhacp.SenderOptions;
import emulha.metrics.CheckpointRow;
import emulha.metrics.RunRow;
import emulha.metrics.SpinningRow;
import emulha.runs.Base;
import emulha.runs.Link;
import emulha.runs.Pace;
import emulha.runs.Terms;
import emulha.runs.Warmup;
import emulha.testsupport.Images;
import emulha.traces.Series;
import emulha.wire.Security;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Ends that watch their connection before they block. Without this, CPU time burnt by watching
 * could pass for a method's, a run could keep silent about it, or what arrives could differ.
 */
class SpinningTest {
  private static final List<Series> VMS = List.of(new MadeUpSeries("vm", 0x5b1L, 600, 3, 300));

  @ParameterizedTest
  @CsvSource({
    "none, 0, 0",
    "none, 50000, 0",
    "none, 0, 50000",
    "delta, 20000, 1000000",
    "multi:connections=3, 0, 50000"
  })
  void whatSpinsReportsNoCpuTimeAndSaysSo(String method, long senderNs, long receiverNs)
      throws Exception {
    List<CheckpointRow> rows = new ArrayList<>();
    List<SpinningRow> spun = new ArrayList<>();
    var listener =
        new SenderListener() {
          @Override
          public void row(CheckpointRow row) {
            rows.add(row);
          }

          @Override
          public void spun(SpinningRow row) {
            spun.add(row);
          }
        };
    try (var receiver = RunningReceiver.spinning(receiverNs)) {
      var options =
          new SenderOptions(
              "run",
              new SenderOptions.Peer(
                  receiver.address(), RunningReceiver.TIMEOUT, Security.NONE, senderNs),
              VMS,
              new Terms(Method.parse(method), Pace.ASAP, Base.SEND, true, Link.AS_IT_IS),
              2,
              new Warmup(1, 0),
              0);
      RunRow run = Sender.run(options, listener);
      assertNull(receiver.outcome());
      assertTrue(run.proof().verified());
      for (List<byte[]> images : receiver.images) {
        assertArrayEquals(Images.after(VMS.getFirst(), 2), images.getFirst());
      }
      assertEquals(2 * (3 + 1), rows.size());
      for (CheckpointRow row : rows) {
        assertEquals(senderNs == 0, row.cpu().senderCpuNs() != null);
        assertEquals(senderNs == 0, row.cpu().senderCodecCpuNs() != null);
        assertEquals(receiverNs == 0, row.cpu().receiverCpuNs() != null);
        assertEquals(receiverNs == 0, row.cpu().receiverCodecCpuNs() != null);
        assertNotNull(row.timing());
      }
      assertEquals(senderNs == 0, run.cpu().senderCpuNs() != null);
      assertEquals(receiverNs == 0, run.cpu().receiverCpuNs() != null);
      assertEquals(senderNs == 0, run.process().senderProcessCpuNs() != null);
      assertEquals(receiverNs == 0, run.process().receiverProcessCpuNs() != null);
    }
    assertEquals((senderNs > 0 ? 1 : 0) + (receiverNs > 0 ? 1 : 0), spun.size(), spun.toString());
    if (senderNs > 0) {
      assertEquals(SpinningRow.SENDER, spun.getFirst().end());
      assertEquals(senderNs, spun.getFirst().spinNs());
    }
    if (receiverNs > 0) {
      assertEquals(SpinningRow.RECEIVER, spun.getLast().end());
      assertEquals(receiverNs, spun.getLast().spinNs());
    }
  }
}
