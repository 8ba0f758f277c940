package emulha.codecs.similarity;

import com.dynatrace.hash4j.hashing.HashValue128;
import com.dynatrace.hash4j.hashing.Hasher128;
import com.dynatrace.hash4j.hashing.Hashing;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.security.DigestException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import org.apache.commons.codec.digest.Blake3;

/**
 * A digest of chunks, computed for several chunks at once. Digests are little-endian 64-bit words.
 * Has scratch memory, so one instance belongs to one thread.
 */
abstract class ChunkHash {
  static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private static final boolean VECTORS =
      ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();

  private final int words;
  private final String binding;

  /** What {@link #words} and {@link #binding} give. */
  ChunkHash(int words, String binding) {
    this.words = words;
    this.binding = binding;
  }

  /** Number of 64-bit words in a digest: 2 to 4; what the last has beyond the digest is zero. */
  final int words() {
    return words;
  }

  /** Which implementation this is. */
  final String binding() {
    return binding;
  }

  /**
   * Digests {@code count} chunks. The digest of chunk {@code i}, which is {@code
   * arrays[i][offsets[i] .. offsets[i] + lengths[i])}, goes to {@code digests[i * words() ..]}.
   */
  abstract void digest(byte[][] arrays, int[] offsets, int[] lengths, int count, long[] digests);

  /** The digest of one content, as bytes. */
  final byte[] digest(byte[] content) {
    long[] digest = new long[words()];
    digest(new byte[][] {content}, new int[] {0}, new int[] {content.length}, 1, digest);
    return bytes(digest, 0, digest.length);
  }

  /** The digest at {@code digests[at .. at + words]} as bytes. */
  static byte[] bytes(long[] digests, int at, int words) {
    byte[] bytes = new byte[words * Long.BYTES];
    for (int w = 0; w < words; w++) {
      LONGS.set(bytes, w * Long.BYTES, digests[at + w]);
    }
    return bytes;
  }

  /** Puts a digest where that of chunk {@code i} goes. */
  final void putWords(byte[] digest, long[] digests, int i) {
    for (int w = 0; w < words; w++) {
      digests[i * words + w] = (long) LONGS.get(digest, w * Long.BYTES);
    }
  }

  /** The hash of this name: md5, md5-single, sha1, sha256, blake3 or xxh3-128. */
  static ChunkHash named(String name) {
    return switch (name) {
      case "md5" -> VECTORS ? new VectorMd5() : new Jdk("MD5", 2);
      case "md5-single" -> new Jdk("MD5", 2);
      case "sha1" -> new Jdk("SHA-1", 3);
      case "sha256" -> new Jdk("SHA-256", 4);
      case "blake3" -> new Blake3Hash();
      case "xxh3-128" -> new Xxh3();
      default -> throw new IllegalArgumentException("no chunk hash is named " + name);
    };
  }

  /** A digest of the Java platform. */
  static final class Jdk extends ChunkHash {
    private final MessageDigest digest;
    private final byte[] bytes;

    Jdk(String algorithm, int words) {
      super(words, "java.security " + algorithm);
      try {
        digest = MessageDigest.getInstance(algorithm);
      } catch (NoSuchAlgorithmException e) {
        throw new IllegalStateException("every Java platform has " + algorithm, e);
      }
      bytes = new byte[words * Long.BYTES];
    }

    @Override
    void digest(byte[][] arrays, int[] offsets, int[] lengths, int count, long[] digests) {
      for (int i = 0; i < count; i++) {
        digestOne(arrays[i], offsets[i], lengths[i], digests, i);
      }
    }

    /** Digests one chunk as chunk number {@code i}. */
    void digestOne(byte[] array, int offset, int length, long[] digests, int i) {
      digest.update(array, offset, length);
      try {
        digest.digest(bytes, 0, bytes.length);
      } catch (DigestException e) {
        throw new IllegalStateException(e);
      }
      putWords(bytes, digests, i);
    }
  }

  /** BLAKE3 with 256 bits, one chunk after the other. */
  static final class Blake3Hash extends ChunkHash {
    private final Blake3 blake3 = Blake3.initHash();
    private final byte[] bytes = new byte[4 * Long.BYTES];

    Blake3Hash() {
      super(4, "commons-codec BLAKE3");
    }

    @Override
    void digest(byte[][] arrays, int[] offsets, int[] lengths, int count, long[] digests) {
      for (int i = 0; i < count; i++) {
        blake3.reset().update(arrays[i], offsets[i], lengths[i]).doFinalize(bytes);
        putWords(bytes, digests, i);
      }
    }
  }

  /** XXH3 with 128 bits: fast, and no protection against collisions made on purpose. */
  static final class Xxh3 extends ChunkHash {
    private static final Hasher128 XXH3 = Hashing.xxh3_128();

    Xxh3() {
      super(2, "hash4j XXH3");
    }

    @Override
    void digest(byte[][] arrays, int[] offsets, int[] lengths, int count, long[] digests) {
      for (int i = 0; i < count; i++) {
        HashValue128 hash = XXH3.hashBytesTo128Bits(arrays[i], offsets[i], lengths[i]);
        digests[2 * i] = hash.getLeastSignificantBits();
        digests[2 * i + 1] = hash.getMostSignificantBits();
      }
    }
  }
}
