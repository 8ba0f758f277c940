package emulha.experiments.engines;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Programs of this machine that do a thing and say what came of it. */
public final class Tool {
  /** The program is not there. */
  static final class Missing extends IOException {
    private static final long serialVersionUID = 1;

    Missing(String message, IOException cause) {
      super(message, cause);
    }
  }

  private Tool() {}

  /**
   * Runs one to its end.
   *
   * @param missing what to do where it is not there
   * @return what it wrote, on either output
   * @throws IOException if it is not there, or fails; the message has what it wrote, in a line
   */
  public static String run(String name, List<String> command, String missing)
      throws IOException, InterruptedException {
    Process process;
    try {
      process = new ProcessBuilder(command).redirectErrorStream(true).start();
    } catch (IOException e) {
      throw new Missing("cannot run %s%s".formatted(command.getFirst(), missing), e);
    }
    process.getOutputStream().close();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IOException("%s fails: %s".formatted(name, said.strip().replaceAll("\\s+", " ")));
    }
    return said;
  }
}
