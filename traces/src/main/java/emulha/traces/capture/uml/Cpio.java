package emulha.traces.capture.uml;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * A cpio archive of the "newc" form, as the kernel unpacks it into its initial RAM disk ({@code
 * Documentation/driver-api/early-userspace/buffer-format.rst}): for each file
 *
 * <pre>
 * "070701", then 13 numbers of 8 hexadecimal digits:
 *   inode mode uid gid links mtime size devmajor devminor rdevmajor rdevminor namesize check
 * name with a NUL, padded to 4 bytes; content, padded to 4 bytes
 * </pre>
 *
 * and an entry TRAILER!!! at the end. Not thread-safe.
 */
final class Cpio {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private int files;

  /**
   * Adds a file or directory; the directory it is in must be there already.
   *
   * @param mode its kind and permissions, as stat(2) has them
   */
  Cpio add(String name, int mode, byte[] content) {
    files++;
    byte[] named = (name + "\0").getBytes(StandardCharsets.US_ASCII);
    long[] fields = {files, mode, 0, 0, 1, 0, content.length, 0, 0, 0, 0, named.length, 0};
    var header = new StringBuilder("070701");
    for (long field : fields) {
      header.append(String.format(Locale.ROOT, "%08X", field));
    }
    out.writeBytes(header.toString().getBytes(StandardCharsets.US_ASCII));
    out.writeBytes(named);
    pad();
    out.writeBytes(content);
    pad();
    return this;
  }

  byte[] finish() {
    return add("TRAILER!!!", 0, new byte[0]).out.toByteArray();
  }

  private void pad() {
    while (out.size() % 4 != 0) {
      out.write(0);
    }
  }
}
