package emulha.wire;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * A secret that both ends share. Each proves to the other that it has it: HMAC-SHA256 over numbers
 * that both have just drawn, so no proof serves twice, and over its role, so none can be sent back
 * to its maker. {@code replication/PROTOCOL.md} gives the frames. It says who the peer is when the
 * session begins; what follows is neither secret nor signed.
 */
public final class Token implements Security {
  /** Shortest secret: a proof can be tried against guesses by who has seen it. */
  static final int MIN_BYTES = 16;

  private static final int SECRET_BYTES = 32;
  private static final String ALGORITHM = "HmacSHA256";
  private static final String SENDER = "emulha sender";
  private static final String RECEIVER = "emulha receiver";

  private final SecretKeySpec key;

  Token(byte[] secret) {
    this.key = new SecretKeySpec(secret, ALGORITHM);
  }

  /** A line of 43 characters that nobody can guess, as {@link #read} takes it. */
  public static byte[] newSecret() {
    byte[] random = new byte[SECRET_BYTES];
    new SecureRandom().nextBytes(random);
    String text = Base64.getUrlEncoder().withoutPadding().encodeToString(random) + "\n";
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /**
   * Reads the secret from a file; line ends after it do not belong to it.
   *
   * @throws IOException if the file cannot be read, others may reach it, or it is too short
   */
  public static Token read(Path file) throws IOException {
    byte[] content = PrivateFile.read(file);
    int length = content.length;
    while (length > 0 && (content[length - 1] == '\n' || content[length - 1] == '\r')) {
      length--;
    }
    if (length < MIN_BYTES) {
      throw new IOException(
          "%s: a shared secret has at least %d bytes, this one %d; emulha keys makes one"
              .formatted(file, MIN_BYTES, length));
    }
    return new Token(Arrays.copyOf(content, length));
  }

  @Override
  public String label() {
    return "token";
  }

  @Override
  public void introduce(Connection connection) throws IOException {
    Bits256 own = Bits256.random();
    connection.writer().send(new Message.Challenge(own));
    switch (connection.reader().nextMessage()) {
      case Message.Response response -> {
        if (!response.proof().equals(proof(RECEIVER, response.session(), own, response.nonce()))) {
          throw new IOException(
              "receiver %s does not know the shared secret".formatted(connection.peer()));
        }
        connection
            .writer()
            .send(new Message.Proof(proof(SENDER, response.session(), own, response.nonce())));
      }
      case Message other -> throw connection.unexpected("RESPONSE", other);
    }
  }

  @Override
  public void meet(Connection connection) throws IOException {
    if (!(connection.reader().nextMessage() instanceof Message.Challenge challenge)) {
      throw new IOException("this receiver asks for its shared secret; give --token-file");
    }
    Bits256 session = Bits256.random();
    Bits256 own = Bits256.random();
    connection
        .writer()
        .send(new Message.Response(session, own, proof(RECEIVER, session, challenge.nonce(), own)));
    if (!(connection.reader().nextMessage() instanceof Message.Proof given)
        || !given.proof().equals(proof(SENDER, session, challenge.nonce(), own))) {
      throw new IOException("the sender does not know the shared secret");
    }
  }

  Bits256 proof(String role, Bits256 session, Bits256 sender, Bits256 receiver) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(key);
      mac.update(role.getBytes(StandardCharsets.US_ASCII));
      mac.update((byte) 0);
      mac.update(session.toBytes());
      mac.update(sender.toBytes());
      mac.update(receiver.toBytes());
      return Bits256.of(mac.doFinal());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has " + ALGORITHM, e);
    }
  }
}
