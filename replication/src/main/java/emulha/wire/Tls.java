package emulha.wire;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.channels.ByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.Collections;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import tlschannel.ClientTlsChannel;
import tlschannel.ServerTlsChannel;

/**
 * TLS 1.3 (RFC 8446) in which both ends show certificates. Whoever holds the key of a certificate
 * that the trust store leads to may be the peer, whatever its host is called; so a trust store is
 * to hold the peer's own certificate, or an authority that signs no others. The handshake, with the
 * first frame, introduces the ends.
 */
public final class Tls implements Security {
  /** This end's key and certificate, PKCS #12. */
  public static final String KEY_STORE = "keystore.p12";

  /** Certificates of those that may be the peer, PKCS #12. */
  public static final String TRUST_STORE = "truststore.p12";

  /** The password of both, in one line. */
  public static final String PASSWORD = "password";

  private static final String VERSION = "TLSv1.3";

  private final SSLContext context;

  private Tls(SSLContext context) {
    this.context = context;
  }

  /**
   * Reads {@link #KEY_STORE}, {@link #TRUST_STORE} and {@link #PASSWORD}.
   *
   * @throws IOException if one cannot be read or used, or others may reach the secrets
   */
  public static Tls read(Path directory) throws IOException {
    char[] password =
        new String(PrivateFile.read(directory.resolve(PASSWORD)), StandardCharsets.UTF_8)
            .strip()
            .toCharArray();
    try {
      var keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      KeyStore own = store(directory.resolve(KEY_STORE), password);
      for (String alias : Collections.list(own.aliases())) {
        if (own.getCertificate(alias) instanceof X509Certificate certificate) {
          ValidNow.require(certificate);
        }
      }
      keys.init(own, password);
      var trusted = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trusted.init(store(directory.resolve(TRUST_STORE), password));
      SSLContext context = SSLContext.getInstance(VERSION);
      TrustManager[] managers = trusted.getTrustManagers();
      for (int i = 0; i < managers.length; i++) {
        if (managers[i] instanceof X509ExtendedTrustManager manager) {
          managers[i] = new ValidNow(manager);
        }
      }
      context.init(keys.getKeyManagers(), managers, null);
      return new Tls(context);
    } catch (GeneralSecurityException e) {
      throw new IOException("%s: %s".formatted(directory, e.getMessage()), e);
    }
  }

  private static KeyStore store(Path file, char[] password)
      throws IOException, GeneralSecurityException {
    byte[] content = PrivateFile.read(file);
    try {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(new ByteArrayInputStream(content), password);
      return store;
    } catch (IOException e) {
      throw new IOException(
          "%s: not a PKCS #12 store that the password in %s opens: %s"
              .formatted(file, PASSWORD, e.getMessage()),
          e);
    }
  }

  @Override
  public String label() {
    return "tls";
  }

  @Override
  public ByteChannel over(ByteChannel channel, boolean sender) {
    SSLEngine engine = context.createSSLEngine();
    engine.setUseClientMode(sender);
    engine.setEnabledProtocols(new String[] {VERSION});
    if (sender) {
      return ClientTlsChannel.newBuilder(channel, engine).build();
    }
    engine.setNeedClientAuth(true);
    return ServerTlsChannel.newBuilder(channel, context)
        .withEngineFactory(ignored -> engine)
        .build();
  }
}
