package emulha.traces.capture.uml;

import static org.junit.jupiter.api.Assertions.assertFalse;

import org.junit.jupiter.api.Test;

class HaltedProcessesTest {
  // Without it a guest that starts and ends programs all the time, as a web server does, could not
  // be recorded: one of them is gone before it is looked at.
  @Test
  void whatEndedMeanwhileIsNotTraced() throws Exception {
    Process ended = new ProcessBuilder("true").start();
    ended.waitFor();
    assertFalse(HaltedProcesses.isTraced(ended.pid()));
    assertFalse(HaltedProcesses.isTraced(ProcessHandle.current().pid()));
  }
}
