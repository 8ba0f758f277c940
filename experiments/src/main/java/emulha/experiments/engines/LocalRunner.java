package emulha.experiments.engines;

import emulha.experiments.plan.Point;
import emulha.files.Tree;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * Runs a point on this machine: sender and receiver as two fresh JVMs joined by TCP, over loopback
 * unless told otherwise, so that the JIT compiler's knowledge of one method does not colour the
 * next.
 */
public final class LocalRunner implements PointRunner {
  private static final String LISTENS = "emulharcv listens on ";

  /** Begins what a sender says on its error output, other than how far it is. */
  private static final String NOTE = "emulha emulhacp: ";

  private final List<String> sender;
  private final List<String> senderOptions;
  private final List<String> receiver;
  private final String listen;
  private final List<String> options;
  private final Notes notes;

  /** Takes what the sender of a point that was run has to say of it, a line at a time. */
  @FunctionalInterface
  public interface Notes {
    /**
     * Takes a line.
     *
     * @param text without a newline, such as that the JVMs were not warm
     */
    void note(Point point, String text);
  }

  /**
   * @param emulha the command line that runs emulha, to which a command and its options are added
   * @param notes called on the thread that runs the point
   */
  public LocalRunner(List<String> emulha, Notes notes) {
    this(emulha, List.of(), emulha, "127.0.0.1:0", List.of(), notes);
  }

  /**
   * @param sender the command line that runs emulha at the sender's host
   * @param senderOptions for the sender alone
   * @param receiver the same at the receiver's host
   * @param listen where the receiver listens
   * @param options for both
   * @param notes called on the thread that runs the point
   */
  public LocalRunner(
      List<String> sender,
      List<String> senderOptions,
      List<String> receiver,
      String listen,
      List<String> options,
      Notes notes) {
    this.sender = List.copyOf(sender);
    this.senderOptions = List.copyOf(senderOptions);
    this.receiver = List.copyOf(receiver);
    this.listen = listen;
    this.options = List.copyOf(options);
    this.notes = notes;
  }

  @Override
  public void run(Point point, Path directory) throws IOException, InterruptedException {
    // On the disk of the results, and gone with what is left of a point that was not finished.
    Path logs = directory.resolveSibling(directory.getFileName() + ".logs");
    Tree.delete(logs);
    Files.createDirectories(logs);
    Path store = directory.resolveSibling(directory.getFileName() + ".store");
    List<String> receive = new ArrayList<>(List.of("--listen", listen));
    receive.addAll(point.receive(store.toString()));
    // Both JVMs start at once; the sender is told the address when there is one.
    List<String> send = new ArrayList<>(List.of("--to", "-"));
    send.addAll(senderOptions);
    send.addAll(point.replay());
    send.addAll(List.of("--out", directory.toString()));
    try (var receiving = new Child("receiver", logs, command(receiver, "emulharcv", receive));
        var sending = new Child("sender", logs, command(sender, "emulhacp", send))) {
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

  private List<String> command(List<String> emulha, String name, List<String> more) {
    List<String> command = new ArrayList<>(emulha);
    command.add(name);
    command.addAll(more);
    command.addAll(options);
    return command;
  }

  /**
   * What a process prints, read as it comes: it is never kept from going on, and who waits for a
   * line or for its end can be interrupted.
   */
  private static final class Lines implements AutoCloseable {
    private final Process process;
    private final BlockingQueue<Optional<String>> lines = new LinkedBlockingQueue<>();

    Lines(Process process) {
      this.process = process;
      Thread.ofPlatform().daemon().start(this::read);
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

    /** The next line, which is waited for; empty once after the last. */
    Optional<String> next() throws InterruptedException {
      return lines.take();
    }

    @Override
    public void close() throws IOException {
      // Not the reader: who reads holds its lock while another process has the output open.
      process.getInputStream().close();
    }
  }

  /** A process that is gone at the latest when it is closed, or when this JVM ends. */
  private static final class Child implements AutoCloseable {
    private final String role;
    private final Path errors;
    private final Process process;
    private final Lines output;
    private final Thread killer;

    Child(String role, Path logs, List<String> command) throws IOException {
      this.role = role;
      errors = logs.resolve(role + ".err");
      process = new ProcessBuilder(command).redirectError(errors.toFile()).start();
      output = new Lines(process);
      killer = Thread.ofPlatform().unstarted(process::destroyForcibly);
      try {
        Runtime.getRuntime().addShutdownHook(killer);
      } catch (IllegalStateException e) {
        process.destroyForcibly();
        throw new IOException("the " + role + " is not begun, this program is ending", e);
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
      for (var line = output.next(); line.isPresent(); line = output.next()) {
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
      try {
        if (!process.waitFor(5, TimeUnit.SECONDS)) {
          process.destroyForcibly();
        }
      } catch (InterruptedException e) {
        process.destroyForcibly();
        Thread.currentThread().interrupt();
      }
      output.close();
      try {
        Runtime.getRuntime().removeShutdownHook(killer);
      } catch (IllegalStateException e) {
        // This JVM is ending; the hook runs.
        return;
      }
    }
  }
}
