package emulha.emulharcv;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import emulha.codecs.CheckpointKind;
import emulha.codecs.Method;
import emulha.codecs.pipeline.CheckpointEncoder;
import emulha.memory.DirtyPages;
import emulha.memory.Page;
import emulha.memory.PageDigests;
import emulha.wire.FrameWriter;
import emulha.wire.Message;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Isolated;

/**
 * Hou §2.1: checkpoints are not sent faster than they can be stored. Without this, a receiver that
 * stores slowly could pile checkpoints up in memory, and transfer times would be too good.
 */
@Isolated("looks at all threads, and shuts the gate")
class BackPressureTest {
  private static void send(CheckpointEncoder encoder, FrameWriter writer, long number)
      throws IOException {
    var pages = new DirtyPages();
    pages.append(number, new byte[Page.BYTES], 0);
    writer.write(new Message.Begin(CheckpointKind.INCREMENTAL, number));
    encoder.begin(CheckpointKind.INCREMENTAL);
    encoder.encode(0, pages);
    encoder.end();
    writer.write(new Message.VmEnd(0, 1, PageDigests.ofCheckpoint(pages), 0, 0));
    writer.send(new Message.End(CheckpointKind.INCREMENTAL, number));
  }

  private static void awaitReceiverWaitingToStore() {
    while (Thread.getAllStackTraces().entrySet().stream()
        .noneMatch(
            thread ->
                thread.getKey().getState() == Thread.State.WAITING
                    && List.of(thread.getValue()).stream()
                        .anyMatch(
                            frame ->
                                frame.getClassName().equals(Storer.class.getName())
                                    && frame.getMethodName().equals("store")))) {
      Thread.onSpinWait();
    }
  }

  @Test
  @Timeout(60)
  void aThirdCheckpointWaitsUntilTheFirstIsStored() throws Exception {
    Gate.gate = new CountDownLatch(1);
    Method method = Method.parse("gate");
    try (var receiver = new RunningReceiver(true);
        var connection = receiver.connect();
        var encoder = CheckpointEncoder.of(method, new long[] {256}, connection.writer())) {
      var reader = connection.reader();
      var writer = connection.writer();
      writer.send(
          new Message.Hello(
              Message.VERSION, true, method.spec(), List.of(new Message.Vm("vm", 256))));
      assertInstanceOf(Message.Welcome.class, reader.nextMessage());
      writer.send(new Message.Start(Message.NOTHING));
      assertInstanceOf(Message.Started.class, reader.nextMessage());
      send(encoder, writer, 0);
      assertAck(0, reader.nextMessage());
      send(encoder, writer, 1);
      var second = assertAck(1, reader.nextMessage());
      assertEquals(0, second.waitedNs(), "it was received while the first is stored");
      send(encoder, writer, 2);
      awaitReceiverWaitingToStore();
      Gate.gate.countDown();
      Message.Ack third = null;
      for (int left = 4; left > 0; left--) {
        if (reader.nextMessage() instanceof Message.Ack ack) {
          third = ack;
        }
      }
      assertTrue(assertAck(2, third).waitedNs() > 0);
    } finally {
      Gate.gate.countDown();
    }
  }

  private static Message.Ack assertAck(long number, @Nullable Message message) {
    var ack = assertInstanceOf(Message.Ack.class, message);
    assertEquals(number, ack.number());
    return ack;
  }
}
