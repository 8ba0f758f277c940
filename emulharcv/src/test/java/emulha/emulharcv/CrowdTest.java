package emulha.emulharcv;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import emulha.emulhacp.Sender;
import emulha.runs.Base;
import emulha.traces.Series;
import java.io.IOException;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Two hundred connections at once that are no senders. Without this, a port scan or a stranger
 * could end a session, or keep one from beginning.
 */
@Timeout(120)
class CrowdTest {
  private static final int CROWD = 200;
  private static final List<Series> SERIES = List.of(new MadeUpSeries("vm", 0xc20L, 256, 30, 16));

  /** Some say nothing, some noise, some the begin of a frame; all stay. */
  private static void join(RunningReceiver receiver, List<Socket> crowd, Random random)
      throws IOException {
    var socket = new Socket(receiver.address().getAddress(), receiver.address().getPort());
    crowd.add(socket);
    byte[] words = new byte[random.nextInt(3) * 300];
    random.nextBytes(words);
    if (words.length > 4 && random.nextBoolean()) {
      System.arraycopy(new byte[] {'E', 'M', 'H', 'F'}, 0, words, 0, 4);
    }
    try {
      socket.getOutputStream().write(words);
    } catch (IOException e) {
      // Cut already, which is right.
    }
  }

  private static void disperse(List<Socket> crowd) throws IOException {
    for (Socket one : crowd) {
      one.close();
    }
  }

  @Test
  void aSessionGoesOnAmongThem() throws Exception {
    var random = new Random(200);
    List<Socket> crowd = new ArrayList<>();
    var rows = new AtomicInteger();
    try (var receiver = new RunningReceiver(false)) {
      var options = ReplicationTest.options(receiver, SERIES, "lz4", Base.SKIP);
      assertTrue(
          Sender.run(
                  options,
                  row -> {
                    rows.incrementAndGet();
                    for (int i = 0; i < CROWD && row.key().number().checkpoint() == 3; i++) {
                      join(receiver, crowd, random);
                    }
                  })
              .proof()
              .verified());
      assertEquals(2 * CROWD, crowd.size(), "in each of the two trials");
    } finally {
      disperse(crowd);
    }
  }

  @Test
  void aSessionBeginsAmongThem() throws Exception {
    var random = new Random(201);
    List<Socket> crowd = new ArrayList<>();
    try (var receiver = new RunningReceiver(false)) {
      for (int i = 0; i < CROWD; i++) {
        join(receiver, crowd, random);
      }
      var options = ReplicationTest.options(receiver, SERIES, "lz4", Base.SKIP);
      assertTrue(Sender.run(options, row -> {}).proof().verified());
    } finally {
      disperse(crowd);
    }
  }
}
