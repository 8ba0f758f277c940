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
  private final Duration batchTime;
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
    private final long batchNs;
    private volatile long deadlineNs;

    Client(URI server, Duration batchTime) {
      batchNs = batchTime.toNanos();
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
      deadlineNs = System.nanoTime() + batchNs;
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

  private RedisChunks(
      URI server, Consumer<String> log, Duration batchTime, Client asking, Client updating) {
    this.server = server;
    this.log = log;
    this.batchTime = batchTime;
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
    return open(server, log, BATCH_TIME);
  }

  /** {@link #open(URI, Consumer)} with another time for all answers of a batch. */
  static RedisChunks open(URI server, Consumer<String> log, Duration batchTime) throws IOException {
    List<Client> clients = new ArrayList<>();
    try {
      var asking = new Client(server, batchTime);
      clients.add(asking);
      var updating = new Client(server, batchTime);
      clients.add(updating);
      asking.begin();
      long keys = asking.jedis.dbSize();
      if (keys > 0) {
        log.accept("chunk table %s: its database holds %d keys already".formatted(server, keys));
      }
      return new RedisChunks(server, log, batchTime, asking, updating);
    } catch (RuntimeException e) {
      clients.forEach(Client::close);
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
      asking = new Client(server, batchTime);
      updating = new Client(server, batchTime);
      lost = false;
    } catch (RuntimeException e) {
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
      asking.begin();
      try (Pipeline pipeline = asking.jedis.pipelined()) {
        for (byte[] digest : digests.subList(from, Math.min(digests.size(), from + BATCH))) {
          responses.add(question.ask(pipeline, digest));
        }
        pipeline.sync();
        roundTrips.incrementAndGet();
        for (Response<T> response : responses) {
          answers.add(response.get());
        }
      } catch (RuntimeException e) {
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
      updating.begin();
      try (Pipeline pipeline = updating.jedis.pipelined()) {
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
      } catch (RuntimeException e) {
        lose(e);
      }
    }
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
