package emulha.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Without this, a secret that all can read, or that is none, could pass for a protection. */
class TokenTest {
  @TempDir Path directory = Path.of("");

  private static Bits256 filled(int value) {
    byte[] bytes = new byte[32];
    Arrays.fill(bytes, (byte) value);
    return Bits256.of(bytes);
  }

  /** Values from Python's hmac and hashlib. */
  @Test
  void proofsAreThoseOfAnotherImplementation() {
    var token = new Token("correct horse battery staple".getBytes(StandardCharsets.US_ASCII));
    byte[] counting = new byte[32];
    for (int i = 0; i < counting.length; i++) {
      counting[i] = (byte) i;
    }
    Bits256 session = Bits256.of(counting);
    assertEquals(
        "5b3757dc5c364e1b0f373e133066c08515715afafc3e3999f1f0a5bab5c43f4d",
        token.proof("emulha sender", session, filled(0xaa), filled(0xbb)).toString());
    assertEquals(
        "649e5318760436735df5549576cf71ac86953e7abbccebcacbb2abe9e5694a20",
        token.proof("emulha receiver", session, filled(0xaa), filled(0xbb)).toString());
  }

  @Test
  void drawnNumbersDoNotComeTwice() {
    assertNotEquals(Bits256.random(), Bits256.random());
    assertEquals(filled(7), filled(7));
  }

  private Path file(String content, String permissions) throws IOException {
    Path file = Files.writeString(directory.resolve("token"), content);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
    return file;
  }

  private static String refusal(Path file) {
    return String.valueOf(assertThrows(IOException.class, () -> Token.read(file)).getMessage());
  }

  @Test
  void secretsThatOthersReachAreRefused() throws IOException {
    for (String permissions : new String[] {"rw-r-----", "rw----r--", "rw--w----"}) {
      Path file = file("0123456789abcdef0123456789abcdef\n", permissions);
      assertTrue(refusal(file).endsWith("say chmod 600 " + file), refusal(file));
    }
  }

  @Test
  void secretsThatCanBeGuessedAreRefused() throws IOException {
    assertTrue(refusal(file("0123456789abcde\r\n", "rw-------")).contains("at least 16 bytes"));
    assertTrue(refusal(file("", "rw-------")).contains("at least 16 bytes"));
    assertEquals("token", Token.read(file("0123456789abcdef\n", "r--------")).label());
  }
}
