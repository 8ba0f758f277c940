package emulha.commands;

import emulha.commands.terminal.Interrupt;
import emulha.experiments.engines.LocalRunner;
import emulha.files.Scratch;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/**
 * The work from which the JVM's ahead-of-time cache is made (JEP 514): the launcher starts it with
 * {@code -XX:AOTCacheOutput}. Both emulators run in this one JVM, as their commands do, and replay
 * the series given as arguments by one method after another, once each; the results are thrown
 * away. Exit code 0 if all was replayed and proved, else 1.
 */
public final class Training {
  private static final List<String> METHODS =
      List.of("none", "delta:cache=16MiB", "similarity:chunk=1KiB", "gzip", "zstd");

  private Training() {}

  /** Replays the series, and ends the JVM. */
  public static void main(String[] series) {
    Scratch.begin(Interrupt::awaitAll);
    try {
      int run = 0;
      for (String trace : series) {
        for (String method : METHODS) {
          replay(trace, method, Scratch.directory("training").resolve("run-" + run++));
        }
      }
    } catch (IOException | InterruptedException | ExecutionException e) {
      System.err.println("emulha: " + e.getMessage());
      System.exit(1);
    }
    System.exit(0);
  }

  private static void replay(String trace, String method, Path out)
      throws IOException, InterruptedException, ExecutionException {
    var said = new FirstLine();
    CompletableFuture<Integer> receiver =
        CompletableFuture.supplyAsync(
            () -> {
              int exit = run(said, "emulharcv", "--listen", "127.0.0.1:0");
              said.text.complete("");
              return exit;
            },
            task -> Thread.ofPlatform().daemon().name("receiver").start(task));
    String line = said.text.get();
    if (!line.startsWith(LocalRunner.LISTENS)) {
      throw new IOException("the receiver does not listen");
    }
    List<String> send = new ArrayList<>(List.of("emulhacp", "--pace", "asap", "--warmup", "0"));
    send.addAll(List.of("--to", line.substring(LocalRunner.LISTENS.length()), "--trace", trace));
    send.addAll(List.of("--method", method, "--out", out.toString()));
    int exit = run(OutputStream.nullOutputStream(), send.toArray(String[]::new));
    if (exit != 0 || receiver.get() != 0) {
      throw new IOException("a replay of %s with %s failed".formatted(trace, method));
    }
  }

  private static int run(OutputStream output, String... arguments) {
    return new Main(new PrintStream(output, true, StandardCharsets.UTF_8), System.err)
        .run(arguments);
  }

  /** Takes text, and gives its first line to who waits for it. */
  private static final class FirstLine extends OutputStream {
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private final CompletableFuture<String> text = new CompletableFuture<>();

    @Override
    public void write(int b) {
      if (b == '\n') {
        text.complete(line.toString(StandardCharsets.UTF_8));
      } else {
        line.write(b);
      }
    }
  }
}
