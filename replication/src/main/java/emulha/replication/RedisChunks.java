package emulha.replication;

import emulha.codecs.SharedChunks;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.Pipeline;
import redis.clients.jedis.Response;
import redis.clients.jedis.exceptions.JedisException;
import redis.clients.jedis.params.SetParams;

/**
 * A table of chunks in a Redis server. Keys are {@code emulha:chunk:REPLAY:} and the digest, values
 * the contents. Replays are told apart, so that none finds what an earlier one left, and what a
 * receiver that died leaves expires. Commands are pipelined: an answer is waited for once in {@link
 * #BATCH} chunks. Once the server does not answer, it is not asked again before the next replay.
 */
public final class RedisChunks implements SharedChunks, AutoCloseable {
  /** Commands before an answer is waited for. */
  static final int BATCH = 1 << 14;

  private static final int TIMEOUT_MS = 2_000;

  /** How long a chunk stays that nobody asks for or takes out. */
  private static final long LEASE_MS = 600_000;

  private final URI server;
  private final Consumer<String> log;
  private final AtomicLong roundTrips = new AtomicLong();

  /** For {@link #find} and {@link #get}. */
  private Jedis asking;

  /** For {@link #update}. */
  private Jedis updating;

  private byte[] prefix = new byte[0];
  private volatile boolean lost;

  private RedisChunks(URI server, Consumer<String> log, Jedis asking, Jedis updating) {
    this.server = server;
    this.log = log;
    this.asking = asking;
    this.updating = updating;
  }

  /**
   * Connects to the server.
   *
   * @param log is told when it cannot be reached any more, from several threads
   * @throws IOException if it cannot be reached
   */
  public static RedisChunks open(URI server, Consumer<String> log) throws IOException {
    try {
      var chunks = new RedisChunks(server, log, connected(server), connected(server));
      long keys = chunks.asking.dbSize();
      if (keys > 0) {
        log.accept("chunk table %s: its database holds %d keys already".formatted(server, keys));
      }
      return chunks;
    } catch (JedisException e) {
      throw new IOException(
          "chunk table %s: %s; start redis-server there, or leave out the method's key 'table'"
              .formatted(server, e.getMessage()),
          e);
    }
  }

  private static Jedis connected(URI server) {
    var jedis = new Jedis(server, TIMEOUT_MS);
    jedis.connect();
    return jedis;
  }

  /** A replay starts, the session's {@code number}th: the table holds nothing for it yet. */
  public void beginReplay(int number) {
    prefix = ("emulha:chunk:" + number + ":").getBytes(StandardCharsets.US_ASCII);
    if (!lost) {
      return;
    }
    try {
      close();
      asking = connected(server);
      updating = connected(server);
      lost = false;
    } catch (JedisException e) {
      // It stays lost.
    }
  }

  @Override
  public BitSet find(List<byte[]> digests) {
    List<@Nullable Long> answers =
        ask(digests, (pipeline, digest) -> pipeline.pexpire(key(digest), LEASE_MS));
    var found = new BitSet();
    for (int i = 0; i < answers.size(); i++) {
      Long answer = answers.get(i);
      found.set(i, answer != null && answer == 1);
    }
    return found;
  }

  @Override
  public List<byte @Nullable []> get(List<byte[]> digests) {
    List<byte @Nullable []> contents =
        new ArrayList<>(ask(digests, (pipeline, digest) -> pipeline.get(key(digest))));
    while (contents.size() < digests.size()) {
      contents.add(null);
    }
    return contents;
  }

  private interface Question<T> {
    Response<T> ask(Pipeline pipeline, byte[] digest);
  }

  /** The answers, in order; those after the server was lost are left out. */
  private <T> List<@Nullable T> ask(List<byte[]> digests, Question<T> question) {
    List<@Nullable T> answers = new ArrayList<>();
    for (int from = 0; from < digests.size() && !lost; from += BATCH) {
      List<Response<T>> responses = new ArrayList<>();
      try (Pipeline pipeline = asking.pipelined()) {
        for (byte[] digest : digests.subList(from, Math.min(digests.size(), from + BATCH))) {
          responses.add(question.ask(pipeline, digest));
        }
        pipeline.sync();
        roundTrips.incrementAndGet();
        for (Response<T> response : responses) {
          answers.add(response.get());
        }
      } catch (JedisException e) {
        lose(e);
      }
    }
    return answers;
  }

  @Override
  public void update(List<byte[]> digests, List<byte[]> contents, List<byte[]> removed) {
    int commands = digests.size() + removed.size();
    for (int from = 0; from < commands && !lost; from += BATCH) {
      List<Response<?>> responses = new ArrayList<>();
      try (Pipeline pipeline = updating.pipelined()) {
        for (int i = from; i < Math.min(commands, from + BATCH); i++) {
          responses.add(
              i < removed.size()
                  ? pipeline.unlink(key(removed.get(i)))
                  : pipeline.set(
                      key(digests.get(i - removed.size())),
                      contents.get(i - removed.size()),
                      SetParams.setParams().px(LEASE_MS)));
        }
        pipeline.sync();
        roundTrips.incrementAndGet();
        responses.forEach(Response::get);
      } catch (JedisException e) {
        lose(e);
      }
    }
  }

  private void lose(JedisException e) {
    boolean known = lost;
    lost = true;
    if (!known) {
      log.accept(
          "chunk table %s is lost, so the replay goes on without it: %s"
              .formatted(server, e.getMessage()));
    }
  }

  private byte[] key(byte[] digest) {
    byte[] key = new byte[prefix.length + digest.length];
    System.arraycopy(prefix, 0, key, 0, prefix.length);
    System.arraycopy(digest, 0, key, prefix.length, digest.length);
    return key;
  }

  @Override
  public long roundTrips() {
    return roundTrips.get();
  }

  @Override
  public boolean lost() {
    return lost;
  }

  @Override
  public void close() {
    for (Jedis jedis : List.of(asking, updating)) {
      try {
        jedis.close();
      } catch (JedisException e) {
        // It is closed then, too.
      }
    }
  }
}
