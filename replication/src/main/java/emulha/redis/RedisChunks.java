package emulha.redis;

import emulha.codecs.SharedChunks;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.Pipeline;
import redis.clients.jedis.Response;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisException;
import redis.clients.jedis.params.SetParams;
import redis.clients.jedis.util.JedisURIHelper;

/**
 * A table of chunks in a Redis server. Keys are {@code emulha:chunk:REPLAY:} and the digest, values
 * the contents. Replays are told apart, so that none finds what an earlier one left, and what a
 * receiver that died leaves expires. Commands are pipelined: an answer is waited for once in {@link
 * #BATCH} chunks. Once the server does not answer, it is not asked again before the next replay.
 * Its answers are bounded in size and time ({@link BoundedReplies}), and none is shown.
 */
public final class RedisChunks implements SharedChunks, AutoCloseable {
  /** Commands before an answer is waited for. */
  static final int BATCH = 1 << 14;

  private static final int TIMEOUT_MS = 2_000;

  /** Longest time for all answers of a batch. */
  private static final Duration BATCH_TIME = Duration.ofSeconds(30);

  /** Longest answer: the longest chunk. */
  private static final int MAX_REPLY = 1 << 14;

  /** A variable of the environment with the server's password, if it asks for one. */
  private static final String PASSWORD = "EMULHA_REDIS_PASSWORD";

  /** How long a chunk stays that nobody asks for or takes out. */
  private static final long LEASE_MS = 600_000;

  private final URI server;
  private final Consumer<String> log;
  private final AtomicLong roundTrips = new AtomicLong();

  /** For {@link #find} and {@link #get}. */
  private Client asking;

  /** For {@link #update}. */
  private Client updating;

  private byte[] prefix = new byte[0];
  private volatile boolean lost;

  /** A connection, used by one thread at a time. */
  private static final class Client implements AutoCloseable {
    private final Jedis jedis;
    private volatile long deadlineNs;

    Client(URI server) {
      begin();
      jedis =
          new Jedis(
              () -> connect(server),
              DefaultJedisClientConfig.builder()
                  .socketTimeoutMillis(TIMEOUT_MS)
                  .password(System.getenv(PASSWORD))
                  .database(JedisURIHelper.getDBIndex(server))
                  .build());
      try {
        jedis.connect();
      } catch (RuntimeException e) {
        close();
        throw e;
      }
    }

    /** The answers to what is asked from now on have their time. */
    void begin() {
      deadlineNs = System.nanoTime() + BATCH_TIME.toNanos();
    }

    private Socket connect(URI server) {
      var socket =
          new Socket() {
            @Override
            public InputStream getInputStream() throws IOException {
              return new BoundedReplies(super.getInputStream(), MAX_REPLY, () -> deadlineNs);
            }
          };
      try {
        socket.setTcpNoDelay(true);
        socket.connect(new InetSocketAddress(server.getHost(), server.getPort()), TIMEOUT_MS);
        socket.setSoTimeout(TIMEOUT_MS);
        return socket;
      } catch (IOException e) {
        try {
          socket.close();
        } catch (IOException closing) {
          e.addSuppressed(closing);
        }
        throw new JedisConnectionException(String.valueOf(e.getMessage()), e);
      }
    }

    @Override
    public void close() {
      try {
        jedis.close();
      } catch (JedisException e) {
        // It is closed then, too.
      }
    }
  }

  private RedisChunks(URI server, Consumer<String> log) {
    this.server = server;
    this.log = log;
    asking = new Client(server);
    try {
      updating = new Client(server);
    } catch (RuntimeException e) {
      asking.close();
      throw e;
    }
  }

  /**
   * Connects to the server.
   *
   * @param log is told when it cannot be reached any more, from several threads
   * @throws IOException if it cannot be reached
   */
  public static RedisChunks open(URI server, Consumer<String> log) throws IOException {
    RedisChunks table = null;
    try {
      table = new RedisChunks(server, log);
      table.asking.begin();
      long keys = table.asking.jedis.dbSize();
      if (keys > 0) {
        log.accept("chunk table %s: its database holds %d keys already".formatted(server, keys));
      }
      return table;
    } catch (RuntimeException e) {
      if (table != null) {
        table.close();
      }
      throw new IOException(
          "chunk table %s: %s; start redis-server there, or leave out the method's key 'table'"
              .formatted(server, reason(e)),
          e);
    }
  }

  /** Why it does not work, without what the server said, which may be anything. */
  private static String reason(RuntimeException e) {
    return e instanceof JedisConnectionException
        ? String.valueOf(e.getMessage())
        : "it answers with an error, as for want of a password in " + PASSWORD + ", or no Redis";
  }

  /** A replay starts, the session's {@code number}th: the table holds nothing for it yet. */
  public void beginReplay(int number) {
    prefix = ("emulha:chunk:" + number + ":").getBytes(StandardCharsets.US_ASCII);
    if (!lost) {
      return;
    }
    try {
      close();
      asking = new Client(server);
      updating = new Client(server);
      lost = false;
    } catch (RuntimeException e) {
      // It stays lost.
    }
  }

  @Override
  public BitSet find(List<byte[]> digests) {
    List<@Nullable Long> answers =
        ask(asking, digests.size(), (to, i) -> to.pexpire(key(digests.get(i)), LEASE_MS));
    var found = new BitSet();
    for (int i = 0; i < answers.size(); i++) {
      found.set(i, Long.valueOf(1).equals(answers.get(i)));
    }
    return found;
  }

  @Override
  public List<byte @Nullable []> get(List<byte[]> digests) {
    List<byte @Nullable []> contents =
        ask(asking, digests.size(), (to, i) -> to.get(key(digests.get(i))));
    while (contents.size() < digests.size()) {
      contents.add(null);
    }
    return contents;
  }

  @Override
  public void update(List<byte[]> digests, List<byte[]> contents, List<byte[]> removed) {
    var lease = SetParams.setParams().px(LEASE_MS);
    List<@Nullable Object> _ =
        ask(
            updating,
            removed.size() + digests.size(),
            (to, i) -> {
              int set = i - removed.size();
              return set < 0
                  ? to.unlink(key(removed.get(i)))
                  : to.set(key(digests.get(set)), contents.get(set), lease);
            });
  }

  private interface Command<T> {
    Response<? extends T> send(Pipeline to, int number);
  }

  /** The answers to so many commands, in order; those after the server was lost are left out. */
  private <T> List<@Nullable T> ask(Client client, int commands, Command<T> command) {
    List<@Nullable T> answers = new ArrayList<>();
    for (int from = 0; from < commands && !lost; from += BATCH) {
      client.begin();
      try (Pipeline pipeline = client.jedis.pipelined()) {
        List<Response<? extends T>> responses = new ArrayList<>();
        for (int i = from; i < Math.min(commands, from + BATCH); i++) {
          responses.add(command.send(pipeline, i));
        }
        pipeline.sync();
        roundTrips.incrementAndGet();
        responses.forEach(response -> answers.add(response.get()));
      } catch (RuntimeException e) {
        lose(e);
      }
    }
    return answers;
  }

  private void lose(RuntimeException e) {
    boolean known = lost;
    lost = true;
    if (!known) {
      log.accept(
          "chunk table %s is lost, so the replay goes on without it: %s"
              .formatted(server, reason(e)));
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
    asking.close();
    updating.close();
  }
}
