package emulha.traces.capture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import emulha.traces.SystemTools;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** A child process that touches pages of its memory one by one, as told. */
public final class PageWriter implements AutoCloseable {
  private final Process process;
  private final Writer commands;
  private final BufferedReader answers;
  private final long address;
  private int unread;

  private PageWriter(Process process) throws IOException {
    this.process = process;
    commands = new OutputStreamWriter(process.getOutputStream(), StandardCharsets.US_ASCII);
    answers =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.US_ASCII));
    address = Long.parseUnsignedLong(answer(), 16);
  }

  /**
   * Compiles and starts it.
   *
   * @param memory a file of that many pages, or {@code -} for private memory
   */
  public static PageWriter start(
      Path directory, String memory, int pages, Map<String, String> environment) throws Exception {
    SystemTools.require("cc");
    Path program = directory.resolve("page-writer");
    if (!Files.exists(program)) {
      Path source = directory.resolve("page-writer.c");
      try (InputStream in = PageWriter.class.getResourceAsStream("page-writer.c")) {
        Files.write(source, assertNotNullStream(in).readAllBytes());
      }
      Process cc =
          new ProcessBuilder("cc", "-O1", "-o", program.toString(), source.toString())
              .inheritIO()
              .start();
      assertEquals(0, cc.waitFor());
    }
    var builder = new ProcessBuilder(List.of(program.toString(), memory, Integer.toString(pages)));
    builder.redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().putAll(environment);
    return new PageWriter(builder.start());
  }

  private static InputStream assertNotNullStream(
      @org.jspecify.annotations.Nullable InputStream in) {
    assertNotNull(in);
    return in;
  }

  public long pid() {
    return process.pid();
  }

  /** Where its memory begins. */
  public long address() {
    return address;
  }

  public void write(long pfn, int value) throws IOException {
    tell("w " + pfn + " " + value);
  }

  /** Lets the kernel write for it. */
  public void writeBySystemCall(long pfn, int value) throws IOException {
    tell("s " + pfn + " " + value);
  }

  public int read(long pfn) throws IOException {
    return Integer.parseInt(tell("r " + pfn));
  }

  /** Sends a command; its answer is left for whoever asks next. */
  public void send(String command) throws IOException {
    commands.write(command + "\n");
    commands.flush();
    unread++;
  }

  /** Reads the answers that have come by now; their number. */
  public int takeAnswers() throws IOException {
    int taken = 0;
    for (; unread > 0 && answers.ready(); unread--) {
      answer();
      taken++;
    }
    return taken;
  }

  private String tell(String command) throws IOException {
    send(command);
    for (; unread > 1; unread--) {
      answer();
    }
    unread = 0;
    return answer();
  }

  private String answer() throws IOException {
    String line = answers.readLine();
    if (line == null) {
      throw new IOException("the child ended");
    }
    return line;
  }

  @Override
  public void close() throws IOException {
    commands.close();
    // It ends when its input does, whereupon its output ends.
    answers.lines().forEach(line -> {});
    answers.close();
  }
}
