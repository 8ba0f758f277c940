package emulha.emulharcv;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import emulha.emulhacp.Sender;
import emulha.metrics.CheckpointRow;
import emulha.runs.Base;
import emulha.traces.Series;
import emulha.wire.Bits256;
import emulha.wire.Connection;
import emulha.wire.Message;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Sessions of several connections. */
@Timeout(120)
class MultiConnectionsTest {
  private static final List<Series> TWO_VMS =
      List.of(
          new MadeUpSeries("left", 0x1efL, 700, 4, 400),
          new MadeUpSeries("right", 0x21947L, 256, 4, 60));

  private static List<CheckpointRow> rows(String method, Base base) throws Exception {
    try (var receiver = new RunningReceiver(true)) {
      List<CheckpointRow> rows = new ArrayList<>();
      Sender.run(ReplicationTest.options(receiver, TWO_VMS, method, base), rows::add);
      assertNull(receiver.outcome());
      return rows;
    }
  }

  /**
   * Without this, bytes of a connection could be in no count, or pages come in another order than
   * they were sent.
   */
  @ParameterizedTest
  @CsvSource({
    "none,2,SKIP",
    "none,8,SEND",
    "zstd:level=1,3,SEND",
    "zero+delta:cache=256KiB+gzip,4,SKIP",
    "lz4:encoders=3,2,SKIP",
    "zstd:scope=checkpoint,5,SKIP"
  })
  void rowsAreThoseOfOneConnection(String method, int connections, Base base) throws Exception {
    List<CheckpointRow> one = rows(method, base);
    List<CheckpointRow> several = rows("multi:connections=" + connections + "+" + method, base);
    assertEquals(one.size(), several.size());
    for (int i = 0; i < one.size(); i++) {
      assertEquals(one.get(i).traffic(), several.get(i).traffic(), "row " + i);
      assertEquals(one.get(i).counts(), several.get(i).counts(), "row " + i);
      assertTrue(several.get(i).verified());
    }
  }

  private static Connection connect(RunningReceiver receiver) throws IOException {
    return receiver.connect();
  }

  private static Bits256 invited(Connection connection, int connections) throws IOException {
    connection
        .writer()
        .send(
            new Message.Hello(
                Message.VERSION,
                true,
                "multi:connections=" + connections,
                List.of(new Message.Vm("vm", 256))));
    assertInstanceOf(Message.Welcome.class, connection.reader().nextMessage());
    return assertInstanceOf(Message.Invite.class, connection.reader().nextMessage()).ticket();
  }

  private static void assertRefused(RunningReceiver receiver, Bits256 ticket, int number)
      throws IOException {
    try (var connection = connect(receiver)) {
      connection.writer().send(new Message.Join(ticket, number));
      var refused = assertInstanceOf(Message.Refused.class, connection.reader().nextMessage());
      assertEquals("no session expects this connection", refused.reason());
    }
  }

  private static void join(Connection connection, Bits256 ticket, int number) throws IOException {
    connection.writer().send(new Message.Join(ticket, number));
    assertInstanceOf(Message.Joined.class, connection.reader().nextMessage());
  }

  private static void replaysWell(RunningReceiver receiver) throws IOException {
    var options = ReplicationTest.options(receiver, TWO_VMS, "multi+none", Base.SKIP);
    assertTrue(Sender.run(options, row -> {}).proof().verified());
  }

  /** Without this a stranger could put bytes into a session, or take a place in it. */
  @Test
  void strangersDoNotJoin() throws Exception {
    try (var receiver = new RunningReceiver(false)) {
      assertRefused(receiver, Bits256.random(), 1);
      try (var first = connect(receiver);
          var second = connect(receiver);
          var third = connect(receiver)) {
        Bits256 ticket = invited(first, 3);
        assertRefused(receiver, Bits256.random(), 1);
        for (int number : new int[] {0, 3, -1, Integer.MIN_VALUE}) {
          assertRefused(receiver, ticket, number);
        }
        join(second, ticket, 1);
        assertRefused(receiver, ticket, 1);
        join(third, ticket, 2);
        assertRefused(receiver, ticket, 2);
        // On the first, then the second, then the third.
        first.writer().send(new Message.Start(Message.NOTHING));
        assertInstanceOf(Message.Started.class, first.reader().nextMessage());
        second.writer().send(new Message.Finish(List.of()));
        assertInstanceOf(Message.Failed.class, first.reader().nextMessage());
        receiver.awaitSessionEnd();
        assertRefused(receiver, ticket, 1);
      }
      replaysWell(receiver);
    }
  }

  /** Without this, half of a checkpoint could wait for the other half for ever. */
  @Test
  void aConnectionThatBreaksEndsTheSession() throws Exception {
    try (var receiver = new RunningReceiver(false)) {
      try (var first = connect(receiver)) {
        try (var second = connect(receiver)) {
          join(second, invited(first, 2), 1);
          first.writer().send(new Message.Start(Message.NOTHING));
          assertInstanceOf(Message.Started.class, first.reader().nextMessage());
        }
        var failed = assertInstanceOf(Message.Failed.class, first.reader().nextMessage());
        assertTrue(failed.reason().endsWith("closed the connection"), failed.reason());
        assertEquals(1, failed.reason().lines().count());
      }
      receiver.awaitSessionEnd();
      assertTrue(
          receiver.notes.stream()
              .anyMatch(
                  note ->
                      note.startsWith("session with")
                          && note.contains("failed: ")
                          && note.lines().count() == 1),
          receiver.notes::toString);
      replaysWell(receiver);
    }
  }

  /** Without this, a sender of which some connections do not come would keep others out. */
  @Test
  void theOthersAreAwaitedForATime() throws Exception {
    try (var receiver = new RunningReceiver(null, Duration.ofMillis(700));
        var first = connect(receiver);
        var second = connect(receiver)) {
      join(second, invited(first, 3), 1);
      var failed = assertInstanceOf(Message.Failed.class, first.reader().nextMessage());
      assertEquals("2 of the session's 3 connections came in 700 ms", failed.reason());
    }
  }

  /** Without this, one method could ask for more connections than a receiver takes of all. */
  @Test
  void thereAreLimits() {
    for (String method :
        List.of("multi:connections=9", "multi:connections=0", "multi+zero+multi")) {
      assertThrows(
          IllegalArgumentException.class, () -> emulha.codecs.Method.parse(method), method);
    }
  }
}
