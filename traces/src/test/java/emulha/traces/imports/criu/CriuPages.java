package emulha.traces.imports.criu;

import emulha.traces.SystemTools;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/**
 * A synthetic writer of compressed CRIU images, until a release writes them: the arithmetic of
 * CRIU's development branch (a block of zeros takes nothing, one that takes 7/8 of its pages or
 * more stands as it is), written anew, with the LZ4 blocks of the system's {@code lz4}.
 */
final class CriuPages {
  /** How the sizes of blocks stand in an entry. */
  enum Form {
    /** A field for each size, as in pull request 2895. */
    FIELDS,
    /** The same fields, the sizes in one field of bytes: protocol buffers allow both. */
    PACKED,
    /** A message of sizes, since pull request 3115. */
    MESSAGE
  }

  private final Path scratch;
  private final ByteArrayOutputStream pagemap = new ByteArrayOutputStream();
  private final ByteArrayOutputStream pages = new ByteArrayOutputStream();

  /** Sizes of all blocks written. */
  final List<Integer> sizes = new ArrayList<>();

  CriuPages(Path scratch) {
    this.scratch = scratch;
    pagemap.writeBytes(HexFormat.of().parseHex("1943565425400856"));
    pagemap.writeBytes(message(1, 7));
  }

  /** An entry of pages in blocks. */
  CriuPages compressed(long address, byte[] content, int blockPages, Form form, boolean aligned)
      throws IOException, InterruptedException {
    align(aligned);
    var all = new ByteArrayOutputStream();
    var mine = new ArrayList<Integer>();
    for (int at = 0; at < content.length; at += blockPages * 4096) {
      byte[] block =
          Arrays.copyOfRange(content, at, Math.min(content.length, at + blockPages * 4096));
      byte[] stored = stored(block);
      mine.add(stored.length);
      all.writeBytes(stored);
    }
    sizes.addAll(mine);
    pages.writeBytes(all.toByteArray());
    var entry = new ByteArrayOutputStream();
    entry.writeBytes(
        fields(
            1, address, 2, content.length / 4096, 4, aligned ? 12 : 4, 5, content.length / 4096));
    var packed = new ByteArrayOutputStream();
    mine.forEach(size -> varint(packed, size));
    switch (form) {
      case FIELDS -> mine.forEach(size -> entry.writeBytes(fields(6, size)));
      case PACKED -> bytes(entry, 6, packed.toByteArray());
      case MESSAGE -> {
        var blocks = new ByteArrayOutputStream();
        bytes(blocks, 1, packed.toByteArray());
        blocks.writeBytes(fields(2, all.size(), 3, blockPages));
        bytes(entry, 6, blocks.toByteArray());
      }
    }
    if (form != Form.MESSAGE) {
      entry.writeBytes(
          blockPages == 1 ? fields(7, all.size()) : fields(7, all.size(), 8, blockPages));
    }
    pagemap.writeBytes(framed(entry.toByteArray()));
    return this;
  }

  /** An entry of blocks of zeros. */
  CriuPages zeros(long address, long count, int blockPages) {
    var entry = new ByteArrayOutputStream();
    entry.writeBytes(fields(1, address, 2, 0, 4, 4, 5, count, 7, 0, 8, blockPages));
    bytes(entry, 6, new byte[Math.toIntExact(count / blockPages)]);
    pagemap.writeBytes(framed(entry.toByteArray()));
    return this;
  }

  /** An entry of pages as they are. */
  CriuPages plain(long address, byte[] content, boolean aligned) {
    align(aligned);
    pages.writeBytes(content);
    pagemap.writeBytes(message(1, address, 2, content.length / 4096, 4, aligned ? 12 : 4));
    return this;
  }

  /** An entry of pages that the parent has. */
  CriuPages parent(long address, int count) {
    pagemap.writeBytes(message(1, address, 2, count, 4, 1));
    return this;
  }

  /** Writes the image directory. */
  Path write(Path directory, String parent) throws IOException {
    Files.createDirectories(directory);
    if (!parent.isEmpty()) {
      Files.createSymbolicLink(directory.resolve("parent"), Path.of("..", parent));
    }
    Files.write(directory.resolve("pagemap-3.img"), pagemap.toByteArray());
    Files.write(directory.resolve("pages-7.img"), pages.toByteArray());
    return directory;
  }

  private void align(boolean aligned) {
    while (aligned && pages.size() % 4096 != 0) {
      pages.write(0);
    }
  }

  private byte[] stored(byte[] block) throws IOException, InterruptedException {
    if (Arrays.equals(block, new byte[block.length])) {
      return new byte[0];
    }
    byte[] lz4 = lz4(block);
    return lz4.length * 8L >= block.length * 7L ? block : lz4;
  }

  /** The one block of a frame by the system's lz4: magic, descriptor, size, block. */
  private byte[] lz4(byte[] block) throws IOException, InterruptedException {
    Path raw = scratch.resolve("block");
    Path frame = scratch.resolve("block.lz4");
    Files.write(raw, block);
    SystemTools.run(
        scratch,
        "lz4",
        "-q",
        "-f",
        "-1",
        "-B7",
        "--no-frame-crc",
        raw.toString(),
        frame.toString());
    byte[] bytes = Files.readAllBytes(frame);
    int size = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getInt(7);
    if (size < 0) {
      return block;
    }
    return Arrays.copyOfRange(bytes, 11, 11 + size);
  }

  /** A message of integer fields, after its length. */
  static byte[] message(long... fieldsAndValues) {
    return framed(fields(fieldsAndValues));
  }

  private static byte[] framed(byte[] body) {
    return ByteBuffer.allocate(4 + body.length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putInt(body.length)
        .put(body)
        .array();
  }

  private static byte[] fields(long... fieldsAndValues) {
    var out = new ByteArrayOutputStream();
    for (int i = 0; i < fieldsAndValues.length; i += 2) {
      varint(out, fieldsAndValues[i] << 3);
      varint(out, fieldsAndValues[i + 1]);
    }
    return out.toByteArray();
  }

  private static void bytes(ByteArrayOutputStream out, int field, byte[] content) {
    varint(out, (long) field << 3 | 2);
    varint(out, content.length);
    try {
      out.write(content);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void varint(ByteArrayOutputStream out, long value) {
    for (long rest = value; ; rest >>>= 7) {
      if (rest >>> 7 == 0) {
        out.write((int) rest);
        return;
      }
      out.write((int) (rest & 0x7f) | 0x80);
    }
  }
}
