package emulha.analysis.measures;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

final class LabelsTest {
  @Test
  void methodsAreInTheOrderOfTheirNumbers() {
    List<String> inOrder =
        List.of(
            "none",
            "delta:cache=512KiB",
            "delta:cache=16MiB",
            "delta:cache=1GiB",
            "gzip:level=1",
            "gzip:level=6",
            "similarity:chunk=256",
            "similarity:chunk=1KiB",
            "zstd:level=-5",
            "zstd:level=-1",
            "zstd:level=3",
            "zstd:level=19");
    assertEquals(inOrder, inOrder.reversed().stream().sorted(Labels.BY_SIZE).toList());
  }

  // Two methods that compare as equal are one key of a sorted map, whose figures are of both.
  @Test
  void onlyEqualMethodsCompareAsEqual() {
    assertNotEquals(0, Labels.BY_SIZE.compare("zstd:level=1", "zstd:level=3"));
    assertNotEquals(0, Labels.BY_SIZE.compare("delta:cache=1MiB", "delta:cache=1024KiB"));
    assertEquals(0, Labels.BY_SIZE.compare("zstd:level=1", "zstd:level=1"));
  }
}
