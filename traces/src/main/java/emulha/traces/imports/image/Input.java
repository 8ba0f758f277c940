package emulha.traces.imports.image;

import emulha.files.DamagedFileException;
import io.airlift.compress.v3.Decompressor;
import io.airlift.compress.v3.MalformedInputException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/** A foreign file, read at any place; errors name it. Not thread-safe. */
public class Input {
  private final FileChannel file;
  private final String name;

  /**
   * @param name as the user knows the file
   */
  public Input(FileChannel file, String name) {
    this.file = file;
    this.name = name;
  }

  long size() throws IOException {
    return file.size();
  }

  /** Reads at least one byte into {@code target}; -1 at the end. */
  int read(ByteBuffer target, long at) throws IOException {
    return file.read(target, at);
  }

  /** Fills {@code target}, whose place in the file was checked when the file was opened. */
  public final void fill(ByteBuffer target, long at) throws IOException {
    for (long position = at; target.hasRemaining(); ) {
      int n = read(target, position);
      if (n < 0) {
        throw damaged(position, "shorter than it was a moment ago");
      }
      position += n;
    }
  }

  /**
   * Reads some bytes, little-endian.
   *
   * @param what what they are, for the error if they are not there
   */
  final ByteBuffer bytes(long at, int count, String what) throws IOException {
    long size = size();
    boolean there = at >= 0 && count >= 0 && at <= size && count <= size - at;
    require(there, Math.clamp(at, 0, size), what, "the end");
    var buffer = ByteBuffer.allocate(count).order(ByteOrder.LITTLE_ENDIAN);
    fill(buffer, at);
    return buffer.flip();
  }

  /** The first bytes, at most so many, one character each. */
  final String start(int most) throws IOException {
    int count = (int) Math.min(most, size());
    return new String(bytes(0, count, "a magic").array(), StandardCharsets.ISO_8859_1);
  }

  /** A number in LEB128 of at most so many bytes; -1 if it is not whole. */
  static int leb128(ByteBuffer from, int most) {
    int value = 0;
    for (int shift = 0; shift < 7 * most && from.hasRemaining(); shift += 7) {
      byte b = from.get();
      value |= (b & 0x7f) << shift;
      if (b >= 0) {
        return value;
      }
    }
    return -1;
  }

  /**
   * Expands a page in zlib's format.
   *
   * @param at where it is in the file
   * @return bytes of it
   * @throws DamagedFileException if it is none, is cut off or has more than {@code into}
   */
  final int inflate(long at, byte[] stored, byte[] into) throws IOException {
    try (var inflater = new Inflater()) {
      inflater.setInput(stored);
      int n = inflater.inflate(into);
      if (!inflater.finished()) {
        throw damaged(
            at,
            "a page that zlib cannot expand: cut off, or of more than " + into.length + " bytes");
      }
      return n;
    } catch (DataFormatException e) {
      throw damaged(at, "a page that zlib cannot expand: " + e.getMessage());
    }
  }

  /**
   * Expands compressed bytes.
   *
   * @param what cannot be expanded by what, for the error: {@code a page that LZO}
   * @param at where they are in the file
   * @param stored ends with them
   * @param from where they begin in {@code stored}
   * @param most how many they may be, expanded
   * @return how many they are
   */
  public final int expand(
      Decompressor by, String what, long at, byte[] stored, int from, byte[] into, int most)
      throws IOException {
    try {
      return by.decompress(stored, from, stored.length - from, into, 0, most);
    } catch (MalformedInputException | IndexOutOfBoundsException e) {
      throw damaged(at, what + " cannot expand: " + e.getMessage());
    }
  }

  /** Requires something that has to hold of this file; else, at {@code at}, it is damaged. */
  public final void require(boolean holds, long at, String expected, Object found)
      throws DamagedFileException {
    if (!holds) {
      throw damaged(at, "expected " + expected + ", found " + found);
    }
  }

  /** The same, of another file. */
  public static void require(boolean holds, Path file, long at, String expected, Object found)
      throws DamagedFileException {
    if (!holds) {
      throw new DamagedFileException(
          file.toString(), at, "expected " + expected + ", found " + found);
    }
  }

  /** An error at a place of this file. */
  public final DamagedFileException damaged(long at, String reason) {
    return new DamagedFileException(name, at, reason);
  }
}
