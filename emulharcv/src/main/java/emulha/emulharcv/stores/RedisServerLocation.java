package emulha.emulharcv.stores;

import emulha.wire.Message;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.util.JedisURIHelper;

/**
 * A Redis server and the keys of a store in it, as {@code
 * redis://[USER[:PASSWORD]@]HOST:PORT[/DB][?prefix=NAME&password-file=FILE]}. Without a password in
 * it, that of the file, else that of the environment variable {@value #PASSWORD} is used. Shown
 * without its password.
 *
 * @param server with the password that was written in it, and without the parameters
 * @param prefix what the store's keys begin with, before a colon
 * @param passwordFile holds the password; null if none was named
 */
record RedisServerLocation(URI server, String prefix, @Nullable Path passwordFile)
    implements StoreLocation {
  static final String PASSWORD = "EMULHA_REDIS_PASSWORD";
  private static final String DEFAULT_PREFIX = "emulha";
  private static final int MAX_PORT = 65535;

  /** Reads the text; null if it is not of this form. */
  static @Nullable RedisServerLocation parse(String text) {
    try {
      URI all = new URI(text);
      if (all.getHost() == null
          || all.getPort() < 1
          || all.getPort() > MAX_PORT
          || !"redis".equals(all.getScheme())
          || all.getFragment() != null
          || !all.getPath().matches("(/[0-9]{0,4})?")) {
        return null;
      }
      String prefix = DEFAULT_PREFIX;
      Path passwordFile = null;
      String query = all.getQuery();
      for (String part : query == null ? new String[0] : query.split("&", -1)) {
        if (part.startsWith("prefix=") && part.matches("prefix=[A-Za-z0-9._=+,-]{1,512}")) {
          prefix = part.substring("prefix=".length());
        } else if (part.startsWith("password-file=")) {
          passwordFile = Path.of(part.substring("password-file=".length()));
        } else {
          return null;
        }
      }
      return new RedisServerLocation(
          new URI(
              "redis", all.getUserInfo(), all.getHost(), all.getPort(), all.getPath(), null, null),
          prefix,
          passwordFile);
    } catch (URISyntaxException e) {
      return null;
    }
  }

  @Override
  public StoreKind kind() {
    return RedisStore.KIND;
  }

  @Override
  public Opened open(List<Message.Vm> vms, Consumer<String> log) throws IOException {
    return new Opened(RedisStore.open(this, vms, log), List.of());
  }

  @Override
  public Opened existing(@Nullable Long wanted, Consumer<String> log) throws IOException {
    return new Opened(RedisStore.open(this, null, log), List.of());
  }

  @Override
  public String hiddenIn(String text) {
    return text.contains(server.getHost()) ? "its store failed; its log says why" : text;
  }

  /** The user's name; null for the server's default one. */
  @Nullable String user() {
    return JedisURIHelper.getUser(server);
  }

  private boolean hasPassword() {
    String info = server.getUserInfo();
    return info != null && info.contains(":");
  }

  /**
   * The password; null if there is none.
   *
   * @throws IOException if its file cannot be read
   */
  @Nullable String password() throws IOException {
    if (hasPassword()) {
      return JedisURIHelper.getPassword(server);
    }
    return passwordFile != null
        ? Files.readString(passwordFile, StandardCharsets.UTF_8).strip()
        : System.getenv(PASSWORD);
  }

  @Override
  public String toString() {
    return "redis://"
        + (server.getUserInfo() == null
            ? ""
            : Objects.requireNonNullElse(user(), "") + (hasPassword() ? ":***@" : "@"))
        + server.getHost()
        + ":"
        + server.getPort()
        + (server.getPath() == null ? "" : server.getPath())
        + (prefix.equals(DEFAULT_PREFIX) ? "" : "?prefix=" + prefix);
  }
}
