package emulha.replication;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Values as Documentation/scheduler/sched-stats.rst and proc(5) of Linux describe the files. */
final class CircumstancesTest {
  private static final InstantSource AT_1000_MS = InstantSource.fixed(Instant.ofEpochMilli(1000));

  @TempDir Path proc;

  private void schedule(long ranNs, long waitedNs) throws IOException {
    Files.createDirectories(proc.resolve("thread-self"));
    Files.writeString(
        proc.resolve("thread-self/schedstat"), "%d %d 17\n".formatted(ranNs, waitedNs));
    Files.writeString(proc.resolve("loadavg"), "3.25 2.10 1.05 4/321 4711\n");
  }

  /**
   * A trial beside two busy loops waits about as long as it runs, one that is alone hardly: were
   * the columns swapped or the counts not taken from the start, either would pass for the other.
   */
  @Test
  void waitingForAProcessorDisturbs() throws IOException {
    schedule(5_000_000_000L, 9_000_000_000L);
    var since = Circumstances.since(proc, AT_1000_MS);
    schedule(6_000_000_000L, 10_000_000_000L);
    Circumstances beside = since.at(3500);
    assertEquals(new Circumstances(1000, 3500, 1_000_000_000L, 1_000_000_000L, 3250L), beside);
    assertEquals(true, beside.disturbed());
    schedule(6_000_000_000L, 9_050_000_000L);
    assertEquals(false, since.at(3500).disturbed());
  }

  /** What is not known is neither disturbed nor undisturbed. */
  @Test
  void elsewhereNothingIsKnown() {
    Circumstances unknown = Circumstances.since(proc.resolve("none"), AT_1000_MS).at(900);
    assertEquals(new Circumstances(1000, 1000, null, null, null), unknown);
    assertNull(unknown.disturbed());
  }
}
