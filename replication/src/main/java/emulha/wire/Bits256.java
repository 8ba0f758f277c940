package emulha.wire;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HexFormat;

/** 256 bits: a number that nobody can guess, or a proof made with such. Immutable. */
public final class Bits256 {
  static final int BYTES = 32;

  private static final SecureRandom RANDOM = new SecureRandom();

  private final byte[] bytes;

  /** Takes over the array. */
  private Bits256(byte[] bytes) {
    this.bytes = bytes;
  }

  /** These 32 bytes. */
  static Bits256 of(byte[] bytes) {
    if (bytes.length != BYTES) {
      throw new IllegalArgumentException("expected 32 bytes, found " + bytes.length);
    }
    return new Bits256(bytes.clone());
  }

  /** Bits that nobody can guess and that never come twice. */
  public static Bits256 random() {
    byte[] bytes = new byte[BYTES];
    RANDOM.nextBytes(bytes);
    return new Bits256(bytes);
  }

  static Bits256 getFrom(ByteBuffer body) {
    byte[] bytes = new byte[BYTES];
    body.get(bytes);
    return new Bits256(bytes);
  }

  void putTo(ByteBuffer body) {
    body.put(bytes);
  }

  byte[] toBytes() {
    return bytes.clone();
  }

  /** Takes the same time wherever the two differ. */
  @Override
  public boolean equals(Object other) {
    return other instanceof Bits256 bits && MessageDigest.isEqual(bytes, bits.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  @Override
  public String toString() {
    return HexFormat.of().formatHex(bytes);
  }
}
