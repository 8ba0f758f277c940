package emulha.emulharcv.stores;

import emulha.testsupport.Requirements;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.exceptions.JedisException;

/** A real Redis server on the loopback interface, empty at first, that ends when closed. */
public final class RedisServer implements AutoCloseable {
  private static final int TRIES = 600;

  /** Below those that the system gives to other tests' connections before the server has its. */
  private static final AtomicInteger NEXT_PORT =
      new AtomicInteger(20_000 + (int) (ProcessHandle.current().pid() % 10_000));

  private final Process process;
  private final int port;

  /**
   * @param directory where it works
   */
  public RedisServer(Path directory) throws Exception {
    this(directory, "");
  }

  /**
   * @param password that it asks for; empty for none
   */
  RedisServer(Path directory, String password) throws Exception {
    Requirements.programs("redis-server");
    port = freePort();
    var builder =
        new ProcessBuilder(
            "redis-server",
            "--bind",
            "127.0.0.1",
            "--port",
            Integer.toString(port),
            "--requirepass",
            password,
            "--save",
            "",
            "--appendonly",
            "no",
            "--dir",
            Files.createDirectories(directory).toString());
    builder.redirectOutput(ProcessBuilder.Redirect.DISCARD);
    builder.redirectErrorStream(true);
    process = builder.start();
    for (int i = 0; i < TRIES; i++) {
      try (var jedis = new Jedis("127.0.0.1", port)) {
        if (!password.isEmpty()) {
          jedis.auth(password);
        }
        jedis.ping();
        return;
      } catch (JedisException e) {
        boolean ended = process.waitFor(50, java.util.concurrent.TimeUnit.MILLISECONDS);
        if (ended) {
          throw new IOException("redis-server ended", e);
        }
      }
    }
    process.destroyForcibly();
    throw new IOException("redis-server does not answer");
  }

  private static int freePort() {
    while (true) {
      int port = NEXT_PORT.getAndIncrement();
      try (var free = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
        return free.getLocalPort();
      } catch (IOException e) {
        // Somebody has it.
      }
    }
  }

  /** The store on it. */
  public String store() {
    return "redis://127.0.0.1:" + port;
  }

  /** Ends it at once. */
  public void kill() {
    process.destroyForcibly().onExit().join();
  }

  @Override
  public void close() {
    kill();
  }
}
