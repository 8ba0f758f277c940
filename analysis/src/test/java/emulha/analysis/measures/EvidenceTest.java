package emulha.analysis.measures;

import static org.junit.jupiter.api.Assertions.assertEquals;

import emulha.metrics.DuplicateRow;
import emulha.metrics.RunRow;
import emulha.testsupport.Rows;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EvidenceTest {
  @TempDir Path in;

  // A directory with figures below its results could be drawn once, and was refused from then on.
  @Test
  void numbersOfAFigureAreNoResults() throws IOException {
    RunRow run = Rows.run("r1", "redis-25ms", "none", 25);
    Rows.write(in, List.of(run), List.of(Rows.checkpoint(run, 1, "vm", 0, 2, 2048, 5000L, 9L)));
    Path figures = Files.createDirectory(in.resolve("figures"));
    Files.writeString(figures.resolve("duplicates.csv"), "chunk size,redis-25ms\n256,0.5\n");
    Files.writeString(figures.resolve("duplicates.svg"), "<svg/>");
    Evidence evidence = Evidence.read(in);
    assertEquals(List.of(), evidence.rows(DuplicateRow.class));
    assertEquals(1, evidence.summaries().size());
  }

  /** Two such settings were one, and a claim took the value of either for both. */
  @Test
  void settingsAreToldApartByNanoseconds() throws IOException {
    List<RunRow> runs =
        List.of(
            Rows.atInterval(Rows.run("r1", "redis", "none", 0), 16_667_000),
            Rows.atInterval(Rows.run("r2", "redis", "none", 0), 16_500_000));
    Rows.write(
        in,
        runs,
        runs.stream().map(run -> Rows.checkpoint(run, 1, "vm", 0, 2, 2048, 5000L, 9L)).toList());
    List<Facts> facts = Evidence.read(in).facts(Facts.SUMMARY);
    assertEquals(2, facts.stream().map(Facts::identity).distinct().count());
    assertEquals(
        Set.of("16667000", "16500000"),
        facts.stream().map(one -> one.text("interval_ns")).collect(Collectors.toSet()));
  }
}
