package emulha.experiments.engines;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import org.junit.jupiter.api.Test;

final class TestbedShapeTest {
  private static long bitsPerSecond(String rate) throws IOException {
    return new Testbed.Shape(rate, "64kb", "20ms").bitsPerSecond();
  }

  // What 64 bits hold of a rate would stand in every row as the link's.
  @Test
  void ratesAreExactOrRefused() throws IOException {
    assertEquals(1_000_000_000, bitsPerSecond("1gbit"));
    assertEquals(2_500_000_000L, bitsPerSecond("2.5Gbit"));
    for (String rate : new String[] {"99999999999gbit", "1.5bit", "125mbps"}) {
      var problem = assertThrows(IOException.class, () -> bitsPerSecond(rate), rate);
      assertTrue(problem.getMessage().contains(rate), problem.getMessage());
    }
  }
}
