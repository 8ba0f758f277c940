package emulha.traces.capture.process;

import emulha.files.Scratch;
import emulha.files.Tree;
import emulha.traces.capture.Pacing;
import emulha.traces.capture.Preload;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * A program that was started so that its writes can be tracked. It shares this program's output and
 * has no input. Closing ends it. Not thread-safe.
 */
public final class StartedProcess implements AutoCloseable {
  private static final long TIMEOUT_NS = 10_000_000_000L;
  private static final long POLL_NS = 5_000_000;
  private static final String RECORDING = "the recording";

  private final Process process;
  private final Path directory;

  private StartedProcess(Process process, Path directory) {
    this.process = process;
    this.directory = directory;
  }

  /**
   * Starts a program.
   *
   * @param settleNs how long it runs before this returns, in nanoseconds; a script that becomes
   *     another program by exec must have done so by then
   * @throws IOException if it does not start, ends meanwhile, or its writes cannot be tracked
   */
  public static StartedProcess start(
      List<String> command, long settleNs, BooleanSupplier interrupted) throws IOException {
    Path directory = Scratch.directory("process");
    StartedProcess started = null;
    try {
      var descriptor =
          Preload.compile("write-descriptor.c", directory.resolve("write-descriptor.so"));
      var builder =
          new ProcessBuilder(command)
              .redirectInput(Path.of("/dev/null").toFile())
              .redirectOutput(ProcessBuilder.Redirect.INHERIT)
              .redirectError(ProcessBuilder.Redirect.INHERIT);
      descriptor.into(builder.environment());
      started = new StartedProcess(builder.start(), directory);
      Scratch.endToo(started.process);
      long begin = System.nanoTime();
      while (!ProcessWrites.offered(started.pid())) {
        started.requireRunning(command);
        if (System.nanoTime() - begin > TIMEOUT_NS) {
          throw new IOException(
              command.getFirst()
                  + ": opened no userfaultfd within 10 s, so its writes cannot be tracked; is it"
                  + " linked statically, or Linux older than 6.7? Start it yourself and record it"
                  + " by its PID");
        }
        Pacing.pause(POLL_NS, RECORDING, interrupted);
      }
      // A wrapper has a descriptor of its own, which is gone when it becomes the program.
      Pacing.pause(settleNs, RECORDING, interrupted);
      started.requireRunning(command);
      return started;
    } catch (IOException | RuntimeException e) {
      if (started == null) {
        Tree.delete(directory);
      } else {
        started.close();
      }
      throw e;
    }
  }

  public long pid() {
    return process.pid();
  }

  private void requireRunning(List<String> command) throws IOException {
    if (!process.isAlive()) {
      throw new IOException(
          command.getFirst() + ": ended before the recording, exit code " + process.exitValue());
    }
  }

  @Override
  public void close() throws IOException {
    try {
      process.destroy();
      Scratch.awaitEnd(process);
    } finally {
      Tree.delete(directory);
    }
  }
}
