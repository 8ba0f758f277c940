package emulha.emulharcv;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import emulha.codecs.CheckpointKind;
import emulha.codecs.Method;
import emulha.codecs.pipeline.CheckpointEncoder;
import emulha.emulharcv.stores.CheckpointStore;
import emulha.emulharcv.stores.FailOverImages;
import emulha.emulharcv.stores.StorableCheckpoint;
import emulha.emulharcv.stores.StoreKind;
import emulha.emulharcv.stores.StoreLocation;
import emulha.memory.DirtyPages;
import emulha.memory.Page;
import emulha.memory.PageDigests;
import emulha.wire.FrameWriter;
import emulha.wire.Message;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
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
      // Received while the first is stored, which the gate keeps from ending.
      assertAck(1, reader.nextMessage());
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

  /** The store in RAM, which says that the base is whole when a test lets it. */
  private record Hesitant(CountDownLatch until) implements StoreLocation {
    private static final StoreLocation RAM = StoreLocation.parse("ram");

    @Override
    public StoreKind kind() {
      return RAM.kind();
    }

    @Override
    public Opened open(List<Message.Vm> vms, Consumer<String> log) throws IOException {
      Opened ram = RAM.open(vms, log);
      return new Opened(new HesitantStore(ram.store(), until), ram.locks());
    }

    @Override
    public Opened existing(@Nullable Long wanted, Consumer<String> log) throws IOException {
      return RAM.existing(wanted, log);
    }

    @Override
    public String hiddenIn(String text) {
      return text;
    }
  }

  private record HesitantStore(CheckpointStore ram, CountDownLatch until)
      implements CheckpointStore {
    @Override
    public FailOverImages images() {
      return ram.images();
    }

    @Override
    public void clear() throws IOException {
      ram.clear();
    }

    @Override
    public long store(StorableCheckpoint checkpoint) throws IOException {
      if (checkpoint.holds() == Message.BASE) {
        try {
          until.await();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        }
      }
      return ram.store(checkpoint);
    }

    @Override
    public Size size() throws IOException {
      return ram.size();
    }

    @Override
    public @Nullable FailOverImages recover() throws IOException {
      return ram.recover();
    }

    @Override
    public void close() throws IOException {
      ram.close();
    }
  }

  /** Else what a disk takes to note the base would be in the first checkpoint's transfer time. */
  @Test
  @Timeout(60)
  void theFirstAckDoesNotWaitForTheBaseToBeNoted() throws Exception {
    var until = new CountDownLatch(1);
    try (var receiver = new RunningReceiver(true, new Hesitant(until));
        var connection = receiver.connect();
        var encoder =
            CheckpointEncoder.of(Method.parse("none"), new long[] {256}, connection.writer())) {
      var reader = connection.reader();
      var writer = connection.writer();
      List<Message.Vm> vms = List.of(new Message.Vm("vm", 256));
      writer.send(new Message.Hello(Message.VERSION, true, "none", vms));
      assertInstanceOf(Message.Welcome.class, reader.nextMessage());
      writer.send(new Message.Start(Message.NOTHING));
      assertInstanceOf(Message.Started.class, reader.nextMessage());
      send(encoder, writer, 0);
      assertAck(0, reader.nextMessage());
      awaitReceiverWaitingToStore();
      until.countDown();
      assertInstanceOf(Message.Stored.class, reader.nextMessage());
      send(encoder, writer, 1);
      var second = assertAck(1, reader.nextMessage());
      assertTrue(second.waitedNs() > 0 && second.verifyNs() > 0, second::toString);
    } finally {
      until.countDown();
    }
  }

  private static Message.Ack assertAck(long number, @Nullable Message message) {
    var ack = assertInstanceOf(Message.Ack.class, message);
    assertEquals(number, ack.number());
    return ack;
  }
}
