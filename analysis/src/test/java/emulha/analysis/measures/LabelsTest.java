package emulha.analysis.measures;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

final class LabelsTest {
  /** Levels that compared as equal were one row of a survey, with the numbers of both. */
  @Test
  void numbersTellNamesApartAndOrderThem() {
    List<String> ordered =
        List.of(
            "none",
            "delta:cache=16",
            "delta:cache=1KiB",
            "delta:cache=1025",
            "zstd:level=-50",
            "zstd:level=-5",
            "zstd:level=1",
            "zstd:level=3",
            "zstd:level=19");
    var sorted = new TreeSet<String>(Labels.BY_SIZE);
    sorted.addAll(ordered.reversed());
    assertEquals(ordered, List.copyOf(sorted));
  }
}
