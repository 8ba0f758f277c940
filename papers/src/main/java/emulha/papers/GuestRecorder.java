package emulha.papers;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Records guests in processes of their own, whose last words say what they lack. */
public final class GuestRecorder implements Reproduction.Recorder {
  private final List<String> emulha;

  /**
   * @param emulha the command line that runs emulha, to which a command and its options are added
   */
  public GuestRecorder(List<String> emulha) {
    this.emulha = List.copyOf(emulha);
  }

  @Override
  public Optional<String> record(String recipe, long ramBytes, int checkpoints, Path destination)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(emulha);
    command.addAll(List.of("traces", "capture", "qemu", "--recipe", recipe));
    command.addAll(List.of("--ram", (ramBytes >> 20) + "MiB"));
    command.addAll(List.of("--checkpoints", Integer.toString(checkpoints), destination.toString()));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    try (var reader = process.inputReader(StandardCharsets.UTF_8)) {
      String last =
          reader.lines().filter(line -> !line.isBlank()).reduce("", (earlier, later) -> later);
      return process.waitFor() == 0 ? Optional.empty() : Optional.of(last);
    } finally {
      process.destroy();
    }
  }
}
