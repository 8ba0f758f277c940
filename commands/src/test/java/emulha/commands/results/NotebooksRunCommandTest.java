package emulha.commands.results;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class NotebooksRunCommandTest {
  private final List<String> made = new ArrayList<>();

  private String results(Path results, boolean bundled, String of)
      throws IOException, InterruptedException {
    NotebooksRunCommand.makeResults(
        results,
        bundled,
        directory -> {
          made.add(of);
          Files.writeString(directory.resolve("runs.csv"), of);
        });
    return Files.readString(results.resolve("runs.csv"));
  }

  // Those of one's own trace would stand in a notebook that speaks of a bundled recording.
  @Test
  void resultsOfAnotherTraceAreNotTakenAgain(@TempDir Path directory) throws Exception {
    Path results = directory.resolve("results");
    assertEquals("mine", results(results, false, "mine"));
    assertEquals("bundled", results(results, true, "bundled"));
    assertEquals("bundled", results(results, true, "bundled anew"));
    assertEquals("mine anew", results(results, false, "mine anew"));
    assertEquals(List.of("mine", "bundled", "mine anew"), made);
  }
}
