package emulha.emulharcv.stores;

import emulha.files.DurableFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.OptionalLong;
import java.util.zip.CRC32C;

/**
 * A number in a file that says which record of a store was the newest once: a record that is
 * missing or torn is damage if this names it or a later one, and else one that was never finished.
 * Little-endian: the number, u64, and its CRC-32C, u32. Written after the record and not forced to
 * the disk, so it may be older; a torn one says nothing.
 */
final class Head {
  private static final int BYTES = Long.BYTES + Integer.BYTES;

  private final Path file;

  Head(Path file) {
    this.file = file;
  }

  private static int crc(long number) {
    var crc = new CRC32C();
    crc.update(ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(0, number));
    return (int) crc.getValue();
  }

  OptionalLong read() throws IOException {
    if (!Files.isRegularFile(file)) {
      return OptionalLong.empty();
    }
    ByteBuffer content = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    return content.capacity() == BYTES && content.getInt(Long.BYTES) == crc(content.getLong(0))
        ? OptionalLong.of(content.getLong(0))
        : OptionalLong.empty();
  }

  void write(long number) throws IOException {
    ByteBuffer content = ByteBuffer.allocate(BYTES).order(ByteOrder.LITTLE_ENDIAN);
    content.putLong(number).putInt(crc(number));
    // In place: what was there is not cut off first.
    Files.write(file, content.array(), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
  }

  void delete() throws IOException {
    DurableFile.delete(file);
  }
}
