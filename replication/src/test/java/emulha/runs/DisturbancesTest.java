package emulha.runs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A column off, and stolen time would pass for idle time: unnoticed, for it is 0 on most machines.
 */
final class DisturbancesTest {
  @TempDir Path root;

  private void write(String file, String text) throws IOException {
    Path path = root.resolve(file);
    Files.createDirectories(path.getParent());
    Files.writeString(path, text);
  }

  @Test
  void countsWhatTheMachineTells() throws IOException {
    write("proc/stat", "cpu  100 0 50 800 0 0 0 50 7 0\ncpu0 1 2 3 4 5 6 7 8 9 10\n");
    write("proc/self/cgroup", "0::/user.slice/x\n");
    write("sys/fs/cgroup/cpu.stat", "usage_usec 1\nthrottled_usec 1\n");
    write("sys/fs/cgroup/user.slice/cpu.stat", "throttled_usec 5\n");
    write(
        "sys/fs/cgroup/user.slice/x/cpu.stat", "usage_usec 5\nnr_throttled 1\nthrottled_usec 70\n");
    write("sys/devices/system/cpu/cpu0/thermal_throttle/core_throttle_count", "3\n");
    write("sys/devices/system/cpu/cpu1/thermal_throttle/core_throttle_count", "4\n");
    Disturbances.Since since = new Disturbances.Since(root);
    write("proc/stat", "cpu  150 0 60 1100 10 0 0 80 9 0\n");
    write("sys/fs/cgroup/user.slice/x/cpu.stat", "throttled_usec 100\n");
    write("sys/fs/cgroup/user.slice/cpu.stat", "throttled_usec 9\n");
    write("sys/devices/system/cpu/cpu1/thermal_throttle/core_throttle_count", "6\n");
    Disturbances found = since.now();
    // 30 of 50 + 10 + 300 + 10 + 30 ticks; guest time is in user time already.
    assertEquals(75_000, found.stealPpm());
    assertEquals(34, found.throttledUs());
    assertEquals(2, found.coreThrottles());
    assertTrue(found.elapsedMs() >= 1 && found.gcPpm() >= 0, found::toString);
  }

  /** Else a core of two threads would count each slowing down twice. */
  @Test
  void countsACoreOnceHoweverManyThreadsItHas() throws IOException {
    for (int processor = 0; processor < 8; processor++) {
      String of = "sys/devices/system/cpu/cpu" + processor + "/";
      write(of + "topology/physical_package_id", processor % 4 / 2 + "\n");
      write(of + "topology/core_id", processor % 2 + "\n");
      write(of + "thermal_throttle/core_throttle_count", "0\n");
    }
    Disturbances.Since since = new Disturbances.Since(root);
    for (int processor : new int[] {1, 5, 3}) {
      write(
          "sys/devices/system/cpu/cpu" + processor + "/thermal_throttle/core_throttle_count",
          "7\n");
    }
    assertEquals(14, since.now().coreThrottles());
  }

  /** What is not known is not 0. */
  @Test
  void tellsNothingWhereTheMachineDoesNot() {
    Disturbances found = new Disturbances.Since(root).now();
    assertNull(found.stealPpm());
    assertNull(found.throttledUs());
    assertNull(found.coreThrottles());
  }
}
