package emulha.experiments.engines;

import emulha.experiments.plan.Point;
import emulha.files.Closing;
import emulha.files.Scratch;
import emulha.files.Tree;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * Runs a point on this machine: sender and receiver as two fresh JVMs joined by TCP, over loopback
 * unless told otherwise, so that the JIT compiler's knowledge of one method does not colour the
 * next.
 *
 * @param sender the command line that runs emulha at the sender's host
 * @param senderOptions for the sender alone
 * @param receiver the same at the receiver's host
 * @param listen where the receiver listens
 * @param options for both
 * @param notes called on the thread that runs the point
 */
public record LocalRunner(
    List<String> sender,
    List<String> senderOptions,
    List<String> receiver,
    String listen,
    List<String> options,
    Notes notes)
    implements PointRunner {
  /** Begins the line in which a receiver says where it listens. */
  public static final String LISTENS = "emulharcv listens on ";

  /** Begins what a sender says on its error output, other than how far it is. */
  private static final String NOTE = "emulha emulhacp: ";

  /** Takes what the sender of a point that was run has to say of it, a line at a time. */
  @FunctionalInterface
  public interface Notes {
    /** Takes a line without its newline, such as that the JVMs were not warm. */
    void note(Point point, String text);
  }

  /**
   * @param emulha the command line that runs emulha, to which a command and its options are added
   * @param notes called on the thread that runs the point
   */
  public LocalRunner(List<String> emulha, Notes notes) {
    this(emulha, List.of(), emulha, "127.0.0.1:0", List.of(), notes);
  }

  @Override
  public void run(Point point, Path directory) throws IOException, InterruptedException {
    // On the disk of the results, and gone with what is left of a point that was not finished.
    Path logs = directory.resolveSibling(directory.getFileName() + ".logs");
    Tree.delete(logs);
    Files.createDirectories(logs);
    Path store = directory.resolveSibling(directory.getFileName() + ".store");
    List<String> receive =
        joined(
            List.of(
                receiver,
                List.of("emulharcv", "--listen", listen),
                point.receive(store.toString()),
                options));
    // Both JVMs start at once; the sender is told the address when there is one.
    List<String> send =
        joined(
            List.of(
                sender,
                List.of("emulhacp", "--to", "-"),
                senderOptions,
                point.replay(),
                List.of("--out", directory.toString()),
                options));
    try (var receiving = new Child("receiver", logs, receive);
        var sending = new Child("sender", logs, send)) {
      receiving.tell("");
      sending.tell(receiving.awaitLine(LISTENS) + "\n");
      sending.awaitSuccess();
      receiving.awaitSuccess();
      sending.said(NOTE).forEach(text -> notes.note(point, text));
    } finally {
      Tree.delete(logs);
      Tree.delete(store);
    }
  }

  private static List<String> joined(List<List<String>> parts) {
    return parts.stream().flatMap(List::stream).toList();
  }

  /** A process that is gone at the latest when it is closed, or when this JVM ends. */
  private static final class Child implements AutoCloseable {
    private final String role;
    private final Path errors;
    private final Process process;
    private final Thread killer;

    /**
     * What it prints, and empty at the end. Read as it comes: it is never kept from going on, and
     * who waits for a line can be interrupted.
     */
    private final BlockingQueue<Optional<String>> lines = new LinkedBlockingQueue<>();

    Child(String role, Path logs, List<String> command) throws IOException {
      this.role = role;
      errors = logs.resolve(role + ".err");
      process = new ProcessBuilder(command).redirectError(errors.toFile()).start();
      Thread.ofPlatform().daemon().start(this::read);
      killer = Thread.ofPlatform().unstarted(process::destroyForcibly);
      try {
        Runtime.getRuntime().addShutdownHook(killer);
      } catch (IllegalStateException e) {
        process.destroyForcibly();
        throw new IOException("the " + role + " is not begun, this program is ending", e);
      }
    }

    private void read() {
      try (var reader = process.inputReader(StandardCharsets.UTF_8)) {
        for (String line = reader.readLine(); line != null; line = reader.readLine()) {
          lines.add(Optional.of(line));
        }
      } catch (IOException e) {
        // It is closed; what the process comes to, its exit code says.
      } finally {
        lines.add(Optional.empty());
      }
    }

    /** All that it gets on standard input; why it does not take it, it says itself. */
    void tell(String text) {
      try (var input = process.outputWriter(StandardCharsets.UTF_8)) {
        input.write(text);
      } catch (IOException e) {
        // It has ended, which awaitSuccess tells.
      }
    }

    /** The rest of the first line that begins so. */
    String awaitLine(String beginning) throws IOException, InterruptedException {
      for (var line = lines.take(); line.isPresent(); line = lines.take()) {
        if (line.get().startsWith(beginning)) {
          return line.get().substring(beginning.length());
        }
      }
      awaitSuccess();
      throw new IOException("the " + role + " ended early");
    }

    /** The rest of each line on its error output that begins so. */
    List<String> said(String beginning) throws IOException {
      try (var reader = LastWords.reader(errors)) {
        return reader
            .lines()
            .filter(line -> line.startsWith(beginning))
            .map(line -> line.substring(beginning.length()))
            .toList();
      }
    }

    void awaitSuccess() throws IOException, InterruptedException {
      int exit = process.waitFor();
      if (exit != 0) {
        String reason = LastWords.in(errors).orElse("exit code " + exit);
        throw new IOException("the %s failed: %s".formatted(role, reason));
      }
    }

    @Override
    public void close() throws IOException {
      process.destroy();
      Scratch.awaitEnd(process);
      // Not the reader: who reads holds its lock while another process has the output open.
      process.getInputStream().close();
      Closing.removeHook(killer);
    }
  }
}
