package emulha.traces.capture;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A line of {@code /proc/PID/maps}.
 *
 * @param start address of the first byte
 * @param end address after the last byte
 * @param permissions such as {@code rw-p}
 * @param fileOffset where in the mapped file it begins
 * @param path the mapped file or {@code [heap]} and the like; may be empty
 */
public record MemoryMapping(
    long start, long end, String permissions, long fileOffset, String path) {
  private static final Pattern LINE =
      Pattern.compile(
          "([0-9a-f]+)-([0-9a-f]+) ([-rwxsp]{4}) ([0-9a-f]+) [0-9a-f]+:[0-9a-f]+ [0-9]+ *(.*)");

  public long bytes() {
    return end - start;
  }

  /** Whether the process may write it, and what it writes is its own. */
  public boolean isOwn() {
    return isWritable('p');
  }

  private boolean isWritable(char kind) {
    return permissions.charAt(1) == 'w' && permissions.charAt(3) == kind;
  }

  /** All mappings of a process, ascending; none if it ended and its parent has not heard of it. */
  public static List<MemoryMapping> of(long pid) throws IOException {
    Path file = Path.of("/proc", Long.toString(pid), "maps");
    try {
      var mappings = new ArrayList<MemoryMapping>();
      for (String line : Files.readAllLines(file, StandardCharsets.ISO_8859_1)) {
        mappings.add(parse(line));
      }
      return mappings;
    } catch (NoSuchFileException e) {
      throw new GuestGoneException("process " + pid + ": no such process");
    }
  }

  static MemoryMapping parse(String line) throws IOException {
    Matcher matcher = LINE.matcher(line);
    if (!matcher.matches()) {
      throw new IOException("not a line of /proc/PID/maps: " + line);
    }
    return new MemoryMapping(
        Long.parseUnsignedLong(matcher.group(1), 16),
        Long.parseUnsignedLong(matcher.group(2), 16),
        matcher.group(3),
        Long.parseUnsignedLong(matcher.group(4), 16),
        matcher.group(5));
  }

  /**
   * The shared mapping through which a process has a whole file.
   *
   * @throws IOException if it has none
   */
  public static MemoryMapping ofFile(long pid, Path file, long bytes) throws IOException {
    String path = file.toRealPath().toString();
    for (MemoryMapping mapping : of(pid)) {
      if (mapping.path.equals(path)
          && mapping.isWritable('s')
          && mapping.fileOffset == 0
          && mapping.bytes() >= bytes) {
        return mapping;
      }
    }
    throw new IOException("process " + pid + ": does not map " + path + " shared and writable");
  }
}
