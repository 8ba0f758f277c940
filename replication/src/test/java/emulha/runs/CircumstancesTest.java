package emulha.runs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import emulha.linux.Scheduling;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Values as Documentation/scheduler/sched-stats.rst and proc(5) of Linux describe the files. */
final class CircumstancesTest {
  private static final InstantSource AT_1000_MS = InstantSource.fixed(Instant.ofEpochMilli(1000));

  @TempDir Path proc;

  private void schedule(Scheduling scheduling) throws IOException {
    Files.createDirectories(proc.resolve("thread-self"));
    Files.writeString(
        proc.resolve("thread-self/schedstat"),
        "%d %d 17\n".formatted(scheduling.ranNs(), scheduling.waitedNs()));
    Files.writeString(proc.resolve("loadavg"), "3.25 2.10 1.05 4/321 4711\n");
  }

  /** What a thread that ran and waited so long did between two askings. */
  private @Nullable Scheduling between(Scheduling before, Scheduling after) throws IOException {
    schedule(before);
    Scheduling.Watched thread = Scheduling.ofThisThread(proc);
    Scheduling then = thread.now();
    schedule(after);
    return Scheduling.since(then, thread.now());
  }

  /**
   * A trial beside two busy loops waits about as long as it runs, one that is alone hardly: were
   * the columns swapped, the counts not taken from the start, or the ends confused, either would
   * pass for the other.
   */
  @Test
  void waitingForAProcessorDisturbs() throws IOException {
    Scheduling beside =
        between(
            new Scheduling(5_000_000_000L, 9_000_000_000L),
            new Scheduling(6_000_000_000L, 10_000_000_000L));
    assertEquals(new Scheduling(1_000_000_000L, 1_000_000_000L), beside);
    Scheduling alone =
        between(
            new Scheduling(5_000_000_000L, 9_000_000_000L),
            new Scheduling(6_000_000_000L, 9_050_000_000L));
    assertEquals(false, of(alone, alone).disturbed());
    assertEquals(true, of(beside, alone).disturbed());
    assertEquals(false, of(alone, beside).disturbed());
    assertEquals(new Circumstances(1000, 1000, beside, alone, 3250L), of(beside, alone));
  }

  private Circumstances of(@Nullable Scheduling sender, @Nullable Scheduling receiver) {
    var counting = new Circumstances.Counting(proc, AT_1000_MS);
    counting.add(sender, receiver);
    return counting.now();
  }

  /** What is not known is neither disturbed nor undisturbed. */
  @Test
  void elsewhereNothingIsKnown() {
    Scheduling unknown = Scheduling.ofThisThread(proc.resolve("none")).now();
    assertNull(unknown);
    assertNull(of(unknown, Scheduling.NONE).disturbed());
    assertEquals(false, of(Scheduling.NONE, unknown).disturbed());
    assertNull(of(unknown, new Scheduling(1, 1)).disturbed());
  }

  /** Another thread's times are those of the thread that was to be watched, not of who asks. */
  @Test
  void aThreadIsWatchedFromOutside() throws Exception {
    var watched = new CompletableFuture<Scheduling.Watched>();
    var end = new CountDownLatch(1);
    Thread busy =
        Thread.ofPlatform()
            .start(
                () -> {
                  watched.complete(Scheduling.ofThisThread());
                  while (end.getCount() > 0) {
                    Thread.onSpinWait();
                  }
                });
    Scheduling.Watched other = watched.get();
    Scheduling first = other.now();
    assumeTrue(first != null, "this kernel keeps no /proc/self/task/*/schedstat");
    Scheduling later = first;
    while (later != null && later.ranNs() == first.ranNs()) {
      later = other.now();
    }
    end.countDown();
    busy.join();
    assertNotEquals(first, later);
  }
}
