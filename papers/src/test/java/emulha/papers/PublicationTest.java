package emulha.papers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import emulha.testsupport.MadeSeries;
import emulha.traces.Progress;
import emulha.traces.Series;
import emulha.traces.SeriesDigest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is published must be whole, and of the recordings that it names. */
final class PublicationTest {
  @TempDir Path directory;

  private Path report;
  private Path recording;
  private Path place;

  @BeforeEach
  void aReport() throws IOException {
    report = directory.resolve("out");
    for (String file :
        List.of(
            "index.md",
            "report.html",
            "explore.html",
            "claims.csv",
            "figures/one.svg",
            "figures/one.csv",
            "figures/one-plot.csv",
            "figures/one.png",
            "figures/earlier.svg",
            "figures/earlier.csv",
            "figures/summary.csv",
            "tables/two.csv",
            "results/sweep-1/point/runs.csv")) {
      Path path = report.resolve(file);
      Files.createDirectories(path.getParent());
      Files.writeString(path, file + "\n");
    }
    page("![one](figures/one.svg) [numbers](figures/one.csv) [numbers](tables/two.csv)");
    recording = MadeSeries.small(directory.resolve("series"));
    place = directory.resolve("docs/results/one");
  }

  private void page(String shown) throws IOException {
    Files.writeString(report.resolve("index.md"), "index.md\n" + shown + "\n");
  }

  private void publish() throws IOException {
    Publication.write(
        report, "emulha reproduce x", Map.of("series", recording), place, Progress.NONE);
  }

  private static List<String> files(Path directory) throws IOException {
    try (Stream<Path> walk = Files.walk(directory)) {
      return walk.filter(Files::isRegularFile)
          .map(file -> directory.relativize(file).toString())
          .sorted()
          .toList();
    }
  }

  /** A figure of an earlier report on fewer results would stand beside numbers that it lacks. */
  @Test
  void pageFiguresAndNumbersWithDigests() throws IOException {
    publish();
    assertEquals(
        List.of(
            "claims.csv",
            "figures/one.csv",
            "figures/one.svg",
            "figures/summary.csv",
            "index.md",
            "recordings.csv",
            "report.html",
            "tables/two.csv"),
        files(place));
    String page = Files.readString(place.resolve("index.md"));
    assertTrue(page.startsWith("index.md\n"), page);
    assertTrue(page.contains("`emulha reproduce x`"), page);
    Series series = Series.at(recording);
    assertEquals(
        "trace,workload,origin,interval_ns,checkpoints,digest\nseries,made-up,synthetic,10000000,5,"
            + SeriesDigest.of(series, 5, Progress.NONE)
            + "\n",
        Files.readString(place.resolve("recordings.csv")));
  }

  /** A caption names workloads, which are strangers' words. */
  @Test
  void publishesNoFileThatAWorkloadNames() throws IOException {
    Files.writeString(report.resolve("secret"), "secret");
    page("Traffic of a VM running (figures/../secret) [numbers](figures/one.csv)");
    publish();
    assertEquals(
        List.of(
            "claims.csv",
            "figures/one.csv",
            "figures/summary.csv",
            "index.md",
            "recordings.csv",
            "report.html"),
        files(place));
  }

  /** A figure of an earlier publication that stayed would stand beside numbers it does not show. */
  @Test
  void replacesAnEarlierOne() throws IOException {
    publish();
    page("[numbers](figures/one.csv)");
    publish();
    assertTrue(!files(place).contains("figures/one.svg"));
  }

  @Test
  void whatIsNotAPublicationStays() throws IOException {
    Files.createDirectories(place);
    Files.writeString(place.resolve("mine.txt"), "mine");
    IOException refused = assertThrows(IOException.class, this::publish);
    assertTrue(String.valueOf(refused.getMessage()).contains("not an earlier publication"));
    assertEquals(List.of("mine.txt"), files(place));
  }
}
