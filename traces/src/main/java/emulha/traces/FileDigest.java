package emulha.traces;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * Size and SHA-256 of a file of a series, as {@code series.json} lists them.
 *
 * @param name the file's name in its series
 * @param bytes its size
 * @param sha256 its SHA-256, 64 lower-case hexadecimal digits
 */
record FileDigest(String name, long bytes, String sha256) {
  FileDigest {
    if (bytes < 0 || !sha256.matches("[0-9a-f]{64}")) {
      throw new IllegalArgumentException(
          name + ": size " + bytes + ", SHA-256 \"" + sha256 + "\" of a file");
    }
  }

  static FileDigest of(String name, long bytes, MessageDigest digest) {
    return new FileDigest(name, bytes, HexFormat.of().formatHex(digest.digest()));
  }

  static MessageDigest newSha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
