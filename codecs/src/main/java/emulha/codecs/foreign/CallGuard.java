package emulha.codecs.foreign;

import emulha.files.Scratch;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Says which library a process died in. A crash in native code ends the JVM without running a line
 * of Java, so a child process waits for that: it is told of calls in progress by a byte each in a
 * mapped file, which outlives the process. Marking a call costs a store before and after it.
 *
 * <p>A process that is killed from outside during a call cannot be told from one that crashed in
 * it; the line says so. Without a shell at {@code /bin/sh} there is no such line. Thread-safe.
 */
final class CallGuard {
  /** Kinds of calls, as marked in the file. */
  static final byte COMPRESS = 'C';

  /** A call that restores. */
  static final byte DECOMPRESS = 'D';

  /** No call. */
  static final byte IDLE = '-';

  private static final int MARKS = 4096;
  private static final byte ENDED = 'x';
  private static final String WATCH =
      """
      trap '' INT TERM HUP
      cat >/dev/null
      marks=$(cat "$1" 2>/dev/null)
      rm -f "$1"
      case $marks in
        x*) ;;
        *C*) printf '%s\\n' "$2: the library crashed in its compressor, or the process was killed there; the run has ended" >&2 ;;
        *D*) printf '%s\\n' "$2: the library crashed in its decompressor, or the process was killed there; the run has ended" >&2 ;;
      esac
      """;

  private final MemorySegment marks;
  private final AtomicInteger slots = new AtomicInteger();

  private CallGuard(MemorySegment marks) {
    this.marks = marks;
  }

  /**
   * Starts to watch.
   *
   * @param what begins the line that is written to standard error if the process dies in a call
   */
  static CallGuard start(String what) {
    Path shell = Path.of("/bin/sh");
    if (Files.isExecutable(shell)) {
      try {
        Path file = Scratch.file("native-calls");
        Files.writeString(file, "-".repeat(MARKS), StandardCharsets.US_ASCII);
        MemorySegment marks;
        try (FileChannel channel =
            FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
          marks = channel.map(FileChannel.MapMode.READ_WRITE, 0, MARKS, Arena.global());
        }
        new ProcessBuilder(shell.toString(), "-c", WATCH, "sh", file.toString(), what)
            .redirectOutput(Redirect.DISCARD)
            .redirectError(Redirect.INHERIT)
            .start();
        var guard = new CallGuard(marks);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> guard.mark(0, ENDED)));
        return guard;
      } catch (IOException e) {
        // Calls are not watched.
      }
    }
    return new CallGuard(Arena.global().allocate(MARKS));
  }

  /** A place for the marks of one worker's calls. */
  int newSlot() {
    return 1 + Math.floorMod(slots.getAndIncrement(), MARKS - 1);
  }

  /** Says what is called now. */
  void mark(int slot, byte value) {
    marks.set(ValueLayout.JAVA_BYTE, slot, value);
  }
}
