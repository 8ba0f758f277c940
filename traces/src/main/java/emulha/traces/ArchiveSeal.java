package emulha.traces;

import emulha.files.DamagedFileException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Locale;

/**
 * The last 40 bytes of an archive that we make: a zstd skippable frame (RFC 8878, section 3.1.2)
 * with the SHA-256 of all bytes before it. Decompressors pass over it; it finds changes that
 * decompression does not, such as a flipped unused bit.
 */
final class ArchiveSeal {
  private static final int MAGIC = 0x184D2A5E;
  private static final int ZSTD_MAGIC = 0xFD2FB528;
  private static final int BLOCK_HEADER_BYTES = 3;
  private static final int DIGEST_BYTES = 32;
  private static final int BYTES = 2 * Integer.BYTES + DIGEST_BYTES;

  private ArchiveSeal() {}

  /** Writes the seal after bytes of this digest. */
  static void write(OutputStream out, MessageDigest sha256) throws IOException {
    out.write(
        ByteBuffer.allocate(BYTES)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putInt(MAGIC)
            .putInt(DIGEST_BYTES)
            .put(sha256.digest())
            .array());
  }

  /**
   * Checks that an archive consists of whole zstd frames and that its seal, if it has one, is
   * right.
   *
   * @return false if it has no seal
   * @throws DamagedFileException if a frame is incomplete or unknown, or the seal does not fit
   */
  static boolean verify(Path archive) throws IOException {
    try (var channel = FileChannel.open(archive, StandardOpenOption.READ)) {
      long end = channel.size();
      long at = 0;
      while (at < end) {
        ByteBuffer head = read(channel, archive, at, Integer.BYTES);
        int magic = head.getInt(0);
        if (magic == MAGIC) {
          check(channel, archive, at);
          return true;
        }
        if (magic != ZSTD_MAGIC) {
          throw new DamagedFileException(
              archive.toString(), at, String.format(Locale.ROOT, "unknown frame %08x", magic));
        }
        at = endOfFrame(channel, archive, at);
      }
      return false;
    }
  }

  /** Walks a frame's blocks (RFC 8878, section 3.1.1). */
  private static long endOfFrame(FileChannel channel, Path archive, long begin) throws IOException {
    int descriptor = read(channel, archive, begin + Integer.BYTES, 1).get(0) & 0xff;
    boolean singleSegment = (descriptor & 0x20) != 0;
    int contentSize = descriptor >>> 6 == 0 ? (singleSegment ? 1 : 0) : 1 << (descriptor >>> 6);
    int dictionaryId = (1 << (descriptor & 3)) >>> 1;
    long at = begin + Integer.BYTES + 1 + (singleSegment ? 0 : 1) + dictionaryId + contentSize;
    boolean last = false;
    while (!last) {
      ByteBuffer bytes = read(channel, archive, at, BLOCK_HEADER_BYTES);
      int header = (bytes.get(0) & 0xff) | (bytes.get(1) & 0xff) << 8 | (bytes.get(2) & 0xff) << 16;
      last = (header & 1) != 0;
      boolean repeatedByte = (header >>> 1 & 3) == 1;
      at += BLOCK_HEADER_BYTES + (repeatedByte ? 1 : header >>> 3);
    }
    int checksum = (descriptor & 4) == 0 ? 0 : Integer.BYTES;
    read(channel, archive, at + checksum - 1, 1);
    return at + checksum;
  }

  private static void check(FileChannel channel, Path archive, long at) throws IOException {
    ByteBuffer seal = read(channel, archive, at, BYTES);
    if (seal.getInt(Integer.BYTES) != DIGEST_BYTES || channel.size() != at + BYTES) {
      throw new DamagedFileException(
          archive.toString(), at, "the frame with the archive's SHA-256 is not one at its end");
    }
    MessageDigest sha256 = FileDigest.newSha256();
    for (long done = 0; done < at; ) {
      ByteBuffer bytes = read(channel, archive, done, (int) Math.min(1 << 20, at - done));
      done += bytes.remaining();
      sha256.update(bytes);
    }
    byte[] found = new byte[DIGEST_BYTES];
    seal.get(2 * Integer.BYTES, found);
    if (!Arrays.equals(found, sha256.digest())) {
      throw new DamagedFileException(
          archive.toString(),
          at,
          "the archive's SHA-256 differs from the one at its end; get the archive anew");
    }
  }

  private static ByteBuffer read(FileChannel channel, Path archive, long at, int length)
      throws IOException {
    var buffer = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    while (buffer.hasRemaining()) {
      if (channel.read(buffer, at + buffer.position()) < 0) {
        throw new DamagedFileException(
            archive.toString(), channel.size(), "the archive ends within a zstd frame");
      }
    }
    return buffer.flip();
  }
}
