package emulha.commands.options;

import com.beust.jcommander.Parameter;
import com.beust.jcommander.ParameterException;
import emulha.wire.Security;
import emulha.wire.Tls;
import emulha.wire.Token;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** How the two ends of a connection know each other; the same options at both. */
public final class SecurityOptions {
  @Parameter(
      names = "--token-file",
      order = 20,
      description =
          "File with a secret that sender and receiver share, each proving to the other that it"
              + " has it; emulha keys makes one")
  @Nullable String tokenFile;

  @Parameter(
      names = "--tls",
      order = 21,
      description =
          "Directory with keystore.p12, truststore.p12 and password: TLS 1.3, both ends showing"
              + " certificates; emulha keys makes them")
  @Nullable String tls;

  public Security security() throws IOException {
    if (tokenFile != null && tls != null) {
      throw new ParameterException("--token-file and --tls exclude each other");
    }
    if (tokenFile != null) {
      return Token.read(Path.of(tokenFile));
    }
    return tls == null ? Security.NONE : Tls.read(Path.of(tls));
  }
}
