package emulha.wire;

import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Trusts whom another does, as long as the peer's own certificate is valid: the JDK takes one that
 * is itself in the trust store for good without a look at its dates.
 */
final class ValidNow extends X509ExtendedTrustManager {
  private final X509ExtendedTrustManager trusted;

  ValidNow(X509ExtendedTrustManager trusted) {
    this.trusted = trusted;
  }

  /**
   * @throws CertificateException if the certificate is not valid at this time, with its dates
   */
  static void require(X509Certificate certificate) throws CertificateException {
    try {
      certificate.checkValidity();
    } catch (CertificateException e) {
      throw new CertificateException(
          "the certificate of %s is valid from %s to %s, which is not now; emulha keys makes new ones"
              .formatted(
                  certificate.getSubjectX500Principal().getName(),
                  certificate.getNotBefore().toInstant(),
                  certificate.getNotAfter().toInstant()),
          e);
    }
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
    trusted.checkClientTrusted(chain, type);
    require(chain[0]);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket)
      throws CertificateException {
    trusted.checkClientTrusted(chain, type, socket);
    require(chain[0]);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine)
      throws CertificateException {
    trusted.checkClientTrusted(chain, type, engine);
    require(chain[0]);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
    trusted.checkServerTrusted(chain, type);
    require(chain[0]);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket)
      throws CertificateException {
    trusted.checkServerTrusted(chain, type, socket);
    require(chain[0]);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
      throws CertificateException {
    trusted.checkServerTrusted(chain, type, engine);
    require(chain[0]);
  }

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return trusted.getAcceptedIssuers();
  }
}
