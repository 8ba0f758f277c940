package emulha.experiments.engines;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class JobStatesTest {
  private boolean busy;

  private Map<String, String> ask() throws IOException {
    if (busy) {
      throw new IOException("squeue fails: Unable to contact slurm controller");
    }
    return Map.of("7_1", "RUNNING");
  }

  /**
   * A controller that was busy for a second made every point that was waited for fail, while its
   * job went on; taken for an answer without jobs, it would have them gone.
   */
  @Test
  void aBusyControllerSaysNothingOfJobs() throws Exception {
    var states = new JobStates(this::ask, 0);
    busy = true;
    for (int i = 0; i < JobStates.MOST_FAILURES; i++) {
      assertEquals(Optional.empty(), states.of("7_1"));
    }
    busy = false;
    assertEquals(Optional.of("RUNNING"), states.of("7_1"));
    assertEquals(Optional.of("gone"), states.of("7_2"));
    busy = true;
    for (int i = 0; i < JobStates.MOST_FAILURES; i++) {
      assertEquals(Optional.empty(), states.of("7_1"), "it is counted from the last answer");
    }
    String message = assertThrows(IOException.class, () -> states.of("7_1")).getMessage();
    assertEquals("squeue fails: Unable to contact slurm controller", message);
  }
}
