package emulha.emulharcv;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import emulha.codecs.Method;
import emulha.emulhacp.Sender;
import emulha.emulhacp.SenderListener;
import emulha.emulhacp.SenderOptions;
import emulha.emulharcv.stores.RedisServer;
import emulha.memory.DirtyPages;
import emulha.memory.Page;
import emulha.metrics.CheckpointRow;
import emulha.redis.RedisChunks;
import emulha.runs.Base;
import emulha.runs.Link;
import emulha.runs.Pace;
import emulha.runs.Terms;
import emulha.runs.Warmup;
import emulha.traces.CheckpointHeader;
import emulha.traces.Series;
import emulha.traces.SeriesCursor;
import emulha.traces.SeriesInfo;
import emulha.wire.Security;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.Jedis;

/**
 * Two senders, each with a receiver, share a table of chunks in a Redis server. Without this, what
 * one host put there could end up as the wrong page of another, or a lost server end a run.
 */
class SharedTableReplicationTest {
  private static final int CHECKPOINTS = 5;
  private static final int RAM_PAGES = 300;
  private static final int CHUNK_BYTES = 256;
  private static final long DIGEST_BYTES = 16;

  /** What one host's VM and the other's have in common is all. */
  private static final List<Series> SERIES =
      List.of(new MadeUpSeries("vm", 0x5a3eL, RAM_PAGES, CHECKPOINTS, 100));

  @TempDir Path directory = Path.of("");

  /** What is done when a host's row of a checkpoint is there, its receiver's replay going on. */
  private interface Meanwhile {
    void at(long checkpoint) throws IOException;
  }

  private static final class Host implements SenderListener {
    final List<CheckpointRow> rows = new ArrayList<>();
    final List<String> notes = new ArrayList<>();
    private final Meanwhile meanwhile;

    Host(Meanwhile meanwhile) {
      this.meanwhile = meanwhile;
    }

    /** Replays the series; both ends verify. */
    void replay(String method) throws IOException {
      replay(SERIES, method);
    }

    void replay(List<Series> series, String method) throws IOException {
      var trust =
          new ReceiverOptions.Trust(
              false, Method.parse(method).table().stream().toList(), ReceiverOptions.DEFAULT_IDLE);
      try (var receiver = new RunningReceiver(true, trust)) {
        var options =
            new SenderOptions(
                "run",
                new SenderOptions.Peer(
                    receiver.address(), RunningReceiver.TIMEOUT, Security.NONE, 0),
                series,
                new Terms(Method.parse(method), Pace.ASAP, Base.SKIP, true, Link.AS_IT_IS),
                1,
                Warmup.NONE,
                0);
        assertTrue(Sender.run(options, this).proof().verified());
        assertNull(receiver.outcome());
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
    }

    @Override
    public void row(CheckpointRow row) throws IOException {
      rows.add(row);
      meanwhile.at(row.key().number().checkpoint());
    }

    @Override
    public void note(String line) {
      notes.add(line);
    }

    long sum(ToLongFunction<CheckpointRow> column) {
      return rows.stream().mapToLong(column).sum();
    }

    static long count(@Nullable Long value) {
      return requireNonNull(value);
    }

    long named() {
      return sum(row -> count(row.counts().chunks().namedChunks()));
    }

    long missing() {
      return sum(row -> count(row.counts().chunks().missingChunks()));
    }
  }

  private static String method(RedisServer server, String more) {
    return "similarity:lifetime=forever" + more + ",table=" + server.store();
  }

  private static Jedis client(RedisServer server) {
    return new Jedis(URI.create(server.store()));
  }

  @Test
  void whatOneHostSentTheOtherNames() throws Exception {
    try (var server = new RedisServer(directory)) {
      var other = new Host(checkpoint -> {});
      var one =
          new Host(
              checkpoint -> {
                // What came before the last two is in the table now.
                if (checkpoint == CHECKPOINTS - 1) {
                  other.replay(method(server, ""));
                }
              });
      one.replay(method(server, ""));
      assertEquals(0, one.named(), "nobody else had sent anything");
      assertTrue(other.named() > 100, () -> "named " + other.named());
      assertEquals(0, other.missing());
      assertTrue(
          2 * other.sum(row -> row.traffic().payloadBytes())
              < one.sum(row -> row.traffic().payloadBytes()),
          "most was named");
      assertEquals(
          CHECKPOINTS, other.sum(row -> Host.count(row.counts().chunks().tableRoundTrips())));
      try (Jedis jedis = client(server)) {
        assertEquals(0, jedis.dbSize(), "receivers take out what they put in");
      }
    }
  }

  /** Entries with another content than their digest says, for every chunk of the series. */
  private static void poison(RedisServer server) throws Exception {
    var md5 = MessageDigest.getInstance("MD5");
    List<byte[]> digests = new ArrayList<>();
    List<byte[]> contents = new ArrayList<>();
    var pages = new DirtyPages();
    try (var cursor = SERIES.getFirst().open();
        var table = RedisChunks.open(URI.create(server.store()), line -> {})) {
      while (cursor.nextBase(RAM_PAGES, pages)) {
        // The base is not sent, but what comes is made after it.
      }
      while (cursor.nextCheckpoint(pages)) {
        for (int i = 0; i < pages.count(); i++) {
          for (int at = pages.offset(i); at < pages.offset(i) + Page.BYTES; at += CHUNK_BYTES) {
            byte[] content = Arrays.copyOfRange(pages.slab(i), at, at + CHUNK_BYTES);
            digests.add(md5.digest(content));
            content[CHUNK_BYTES - 1] ^= 0x10;
            contents.add(content);
          }
        }
      }
      table.beginReplay(0);
      table.update(digests, contents, List.of());
    }
  }

  @Test
  void poisonedEntriesCostReductionOnly() throws Exception {
    try (var server = new RedisServer(directory)) {
      var without = new Host(checkpoint -> {});
      without.replay("similarity:lifetime=forever");
      poison(server);
      var host = new Host(checkpoint -> {});
      host.replay(method(server, ""));
      assertTrue(host.named() > 100, () -> "named " + host.named());
      assertEquals(host.named(), host.missing());
      assertEquals(
          without.sum(row -> row.traffic().payloadBytes()) + DIGEST_BYTES * host.named(),
          host.sum(row -> row.traffic().payloadBytes()),
          "what is sent after all counts");
    }
  }

  /**
   * Does something before a checkpoint is read; rows come when the receiver gets to it, no sure
   * moment.
   */
  private record Before(Series series, int checkpoint, Runnable deed) implements Series {
    @Override
    public SeriesInfo info() {
      return series.info();
    }

    @Override
    public SeriesCursor open() throws IOException {
      SeriesCursor cursor = series.open();
      return new SeriesCursor() {
        private int next;

        @Override
        public boolean nextBase(int maxPages, DirtyPages into) throws IOException {
          return cursor.nextBase(maxPages, into);
        }

        @Override
        public boolean nextCheckpoint(DirtyPages into) throws IOException {
          if (next++ == checkpoint) {
            deed.run();
          }
          return cursor.nextCheckpoint(into);
        }

        @Override
        public CheckpointHeader last() {
          return cursor.last();
        }

        @Override
        public void close() throws IOException {
          cursor.close();
        }
      };
    }
  }

  @Test
  void aServerThatDiesCostsReductionOnly() throws Exception {
    try (var server = new RedisServer(directory)) {
      var host = new Host(checkpoint -> {});
      host.replay(List.of(new Before(SERIES.getFirst(), 2, server::kill)), method(server, ""));
      List<Long> losses =
          host.rows.stream().map(row -> row.counts().chunks().tableLosses()).toList();
      assertEquals(0, losses.getFirst());
      assertEquals(1, losses.getLast());
      assertEquals(
          1, host.notes.stream().filter(note -> note.contains("is lost")).count(), "one warning");
    }
  }

  /** Rows come while the receiver still works on a checkpoint: no moment may have more. */
  @Test
  void entriesAreBounded() throws Exception {
    try (var server = new RedisServer(directory)) {
      List<Long> sizes = new ArrayList<>();
      var host =
          new Host(
              checkpoint -> {
                try (Jedis jedis = client(server)) {
                  sizes.add(jedis.dbSize());
                }
              });
      host.replay(method(server, ",entries=50"));
      assertEquals(CHECKPOINTS, sizes.size());
      assertTrue(Collections.max(sizes) <= 50, () -> "entries " + sizes);
    }
  }

  /** A run whose table is not there from the start would be measured as one with it. */
  @Test
  void aTableThatIsNotThereIsSaidAtOnce() throws Exception {
    String method;
    try (var server = new RedisServer(directory)) {
      method = method(server, "");
    }
    var e = assertThrows(IOException.class, () -> new Host(checkpoint -> {}).replay(method));
    String message = String.valueOf(e.getMessage());
    assertTrue(message.startsWith("chunk table redis://127.0.0.1:"), message);
    assertTrue(message.contains("start redis-server there") && !message.contains("\n"), message);
  }
}
