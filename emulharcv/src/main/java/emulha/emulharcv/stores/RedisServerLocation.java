package emulha.emulharcv.stores;

import emulha.wire.Message;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

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
      String path = all.getPath();
      return new RedisServerLocation(
          new URI("redis", all.getUserInfo(), all.getHost(), all.getPort(), path, null, null),
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
    return new Opened(RedisStore.of(this, vms, log), List.of());
  }

  @Override
  public Opened existing(@Nullable Long wanted, Consumer<String> log) throws IOException {
    return new Opened(RedisStore.existing(this, log), List.of());
  }

  @Override
  public String hiddenIn(String text) {
    return text.contains(server.getHost()) ? "its store failed; its log says why" : text;
  }

  /** The user's name; null for the server's default one. */
  @Nullable String user() {
    String info = server.getUserInfo();
    int colon = info == null ? -1 : info.indexOf(':');
    String user = info == null ? "" : colon < 0 ? info : info.substring(0, colon);
    return user.isEmpty() ? null : user;
  }

  /**
   * The password; null if there is none.
   *
   * @throws IOException if its file cannot be read
   */
  @Nullable String password() throws IOException {
    String info = server.getUserInfo();
    int colon = info == null ? -1 : info.indexOf(':');
    if (info != null && colon >= 0) {
      return info.substring(colon + 1);
    }
    if (passwordFile != null) {
      return Files.readString(passwordFile, StandardCharsets.UTF_8).strip();
    }
    return System.getenv(PASSWORD);
  }

  @Override
  public String toString() {
    String user = user();
    String info = server.getUserInfo();
    return "redis://"
        + (info == null ? "" : (user == null ? "" : user) + (info.contains(":") ? ":***@" : "@"))
        + server.getHost()
        + ":"
        + server.getPort()
        + (server.getPath() == null ? "" : server.getPath())
        + (prefix.equals(DEFAULT_PREFIX) ? "" : "?prefix=" + prefix);
  }
}
