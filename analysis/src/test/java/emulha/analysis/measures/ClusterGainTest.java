package emulha.analysis.measures;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import emulha.metrics.CheckpointRow;
import emulha.metrics.RunRow;
import emulha.testsupport.Rows;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A VM's gain by company. Were it read off the rows of the cluster, the same VM would gain nothing
 * or much, by its place on a command line.
 */
final class ClusterGainTest {
  private static final long RAW = 4096 * 100;

  @TempDir Path directory;

  private final List<RunRow> runs = new ArrayList<>();
  private final List<CheckpointRow> rows = new ArrayList<>();

  /**
   * A reduction of some VMs, at each checkpoint the bytes of each in the order given. The second
   * checkpoint is twice as large as the first, the third three times: a mean of ratios would not be
   * the ratio of sums.
   */
  private void reduce(List<String> vms, long[][] payloads) {
    String traces = String.join("+", vms);
    RunRow one = Rows.with(Rows.run(traces, traces, "similarity", 25), "reduce", "none");
    RunRow run =
        new RunRow(
            one.key(),
            one.setting(),
            one.network(),
            new RunRow.Extent(vms.size(), 1, 0, payloads.length),
            one.traffic(),
            one.cpu(),
            one.process(),
            one.timing(),
            one.memory(),
            one.full(),
            one.storage(),
            one.circumstances(),
            one.proof());
    runs.add(run);
    for (int checkpoint = 0; checkpoint < payloads.length; checkpoint++) {
      for (int vm = 0; vm < vms.size(); vm++) {
        CheckpointRow row =
            Rows.checkpoint(
                run,
                1,
                vms.get(vm),
                checkpoint,
                100L * (checkpoint + 1),
                payloads[checkpoint][vm],
                null,
                null);
        CheckpointRow.Key key = row.key();
        rows.add(
            new CheckpointRow(
                new CheckpointRow.Key(
                    key.runId(),
                    key.trial(),
                    new CheckpointRow.Of(vms.get(vm), key.of().vm(), key.of().workload()),
                    new CheckpointRow.Setting(
                        key.setting().method(),
                        key.setting().intervalMs(),
                        key.setting().intervalNs(),
                        key.setting().pageBytes()),
                    key.number()),
                row.traffic(),
                row.cpu(),
                null,
                row.memory(),
                row.counts(),
                null,
                true));
      }
    }
  }

  // Taken for the VM alone, a pair of the same one would have it gain nothing by any company.
  @Test
  void aSeriesTwiceIsNotItAlone() throws IOException {
    long page = RAW / 100;
    reduce(List.of("a", "a"), new long[][] {{60 * page, 0}});
    reduce(List.of("a"), new long[][] {{60 * page}});
    reduce(List.of("b"), new long[][] {{60 * page}});
    reduce(List.of("a", "b"), new long[][] {{60 * page, 20 * page}});
    List<ClusterGain> gains = gains();
    assertEquals(2, gains.size());
    assertEquals(0.4, gains.getFirst().aloneReduction(), 1e-12);
    assertEquals(0.6, gains.getFirst().clusterReduction(), 1e-12);
  }

  /** Taken for the two others together, one VM of such a name was refused for what it lacks. */
  @Test
  void aSeriesWithAPlusInItsNameIsNoCluster() throws IOException {
    long page = RAW / 100;
    reduce(List.of("a"), new long[][] {{60 * page}});
    reduce(List.of("b"), new long[][] {{60 * page}});
    reduce(List.of("a+b"), new long[][] {{80 * page}});
    assertEquals(List.of(), gains());
  }

  private List<ClusterGain> gains() throws IOException {
    Path results = directory.resolve(runs.getLast().key().traces());
    Rows.write(results, runs, rows);
    return ClusterGain.of(Results.read(results));
  }

  /**
   * Two VMs that have 40 of 100 pages alike: 60 each alone, 80 together (of one VM 60, of the other
   * 20, by the order). Each is due half of what they share: 40, so it gains 20 points, 0 in the one
   * order and 40 in the other.
   */
  @Test
  void aSharedChunkIsDividedWhateverTheOrder() throws IOException {
    for (List<String> order : List.of(List.of("a", "b"), List.of("b", "a"))) {
      runs.clear();
      rows.clear();
      long page = RAW / 100;
      reduce(List.of("a"), new long[][] {{60 * page}});
      reduce(List.of("b"), new long[][] {{60 * page}});
      reduce(order, new long[][] {{60 * page, 20 * page}});
      List<ClusterGain> gains = gains();
      assertEquals(2, gains.size());
      for (ClusterGain gain : gains) {
        assertEquals(0.4, gain.aloneReduction(), 1e-12);
        assertEquals(0.6, gain.clusterReduction(), 1e-12);
        assertEquals(0, gain.leastGain(), 1e-12);
        assertEquals(0.4, gain.mostGain(), 1e-12);
      }
    }
  }

  /**
   * Four VMs with random bytes, against the definition itself: in each of the 24 orders a VM is
   * charged what it adds, and its part is the mean.
   */
  @Test
  void fourVmsAgreeWithAllOrdersOneByOne() throws IOException {
    List<String> vms = List.of("a", "b", "c", "d");
    var random = new SplittableRandom(15);
    int checkpoints = 3;
    Map<Set<String>, long[]> bytes = new HashMap<>();
    bytes.put(Set.of(), new long[checkpoints]);
    for (int subset = 1; subset < 16; subset++) {
      List<String> some = new ArrayList<>();
      for (int vm = 0; vm < 4; vm++) {
        if ((subset >> vm & 1) != 0) {
          some.add(vms.get(vm));
        }
      }
      long[] sums = new long[checkpoints];
      long[][] payloads = new long[checkpoints][some.size()];
      for (int checkpoint = 0; checkpoint < checkpoints; checkpoint++) {
        for (int vm = 0; vm < some.size(); vm++) {
          payloads[checkpoint][vm] = random.nextLong(RAW);
          sums[checkpoint] += payloads[checkpoint][vm];
        }
      }
      bytes.put(new HashSet<>(some), sums);
      reduce(some, payloads);
    }
    Map<String, Double> charged = new HashMap<>();
    charge(new ArrayList<>(), vms, bytes, charged);
    double raw = RAW * (1 + 2 + 3);
    double whole = 0;
    for (ClusterGain gain : gains()) {
      double expected = 1 - charged.getOrDefault(gain.vm(), 0.0) / 24 / raw;
      assertEquals(expected, gain.clusterReduction(), 1e-9, gain.vm());
      whole += (1 - gain.clusterReduction()) * raw;
    }
    long sum = 0;
    for (long each : bytes.getOrDefault(new TreeSet<>(vms), new long[0])) {
      sum += each;
    }
    assertEquals((double) sum, whole, 1, "the parts are the whole");
  }

  private static void charge(
      List<String> before,
      List<String> all,
      Map<Set<String>, long[]> bytes,
      Map<String, Double> charged) {
    for (String vm : all) {
      if (!before.contains(vm)) {
        long[] without = bytes.getOrDefault(new HashSet<>(before), new long[0]);
        List<String> after = new ArrayList<>(before);
        after.add(vm);
        long[] with = bytes.getOrDefault(new HashSet<>(after), new long[0]);
        int orders = factorial(all.size() - after.size());
        for (int checkpoint = 0; checkpoint < with.length; checkpoint++) {
          charged.merge(
              vm, (double) orders * (with[checkpoint] - without[checkpoint]), Double::sum);
        }
        charge(after, all, bytes, charged);
      }
    }
  }

  private static int factorial(int n) {
    return n <= 1 ? 1 : n * factorial(n - 1);
  }

  /** VMs that share nothing: the rounding of means over orders would be drawn as a gain. */
  @Test
  void whatNoOrderChangesIsExactlyNothing() throws IOException {
    List<String> vms = List.of("a", "b", "c", "d");
    for (int subset = 1; subset < 16; subset++) {
      List<String> some = new ArrayList<>();
      for (int vm = 0; vm < 4; vm++) {
        if ((subset >> vm & 1) != 0) {
          some.add(vms.get(vm));
        }
      }
      long[][] payloads = new long[7][some.size()];
      for (int checkpoint = 0; checkpoint < payloads.length; checkpoint++) {
        Arrays.fill(payloads[checkpoint], (checkpoint + 1) * RAW);
      }
      reduce(some, payloads);
    }
    List<ClusterGain> gains = gains();
    assertEquals(4, gains.size());
    for (ClusterGain gain : gains) {
      assertEquals(0, gain.clusterReduction());
      assertEquals(0, gain.gain());
      assertEquals(0, gain.leastGain());
      assertEquals(0, gain.mostGain());
    }
  }

  /** Bytes that are not there were an internal error; taken for none, they would be a gain. */
  @Test
  void aMissingCheckpointIsRefused() throws IOException {
    reduce(List.of("a"), new long[][] {{5}});
    reduce(List.of("b"), new long[][] {{5}, {5}});
    reduce(List.of("a", "b"), new long[][] {{5, 5}, {5, 5}});
    String message = assertThrows(IllegalArgumentException.class, this::gains).getMessage();
    assertTrue(
        message.startsWith("a, similarity, 25 ms: no checkpoint 1 of a, which a+b has"), message);
  }

  /** VMs that end before their company does are compared as far as that goes. */
  @Test
  void aClusterEndsWithTheFirstOfItsVms() throws IOException {
    long page = RAW / 100;
    reduce(List.of("a"), new long[][] {{60 * page}});
    reduce(List.of("b"), new long[][] {{60 * page}, {200 * page}});
    reduce(List.of("a", "b"), new long[][] {{60 * page, 20 * page}});
    for (ClusterGain gain : gains()) {
      assertEquals(0.4, gain.aloneReduction(), 1e-12);
      assertEquals(0.6, gain.clusterReduction(), 1e-12);
    }
  }

  /** A cluster of which there is the base alone has no gain, and was an internal error. */
  @Test
  void aBaseAloneGainsNothing() throws IOException {
    reduce(List.of("a"), new long[][] {});
    reduce(List.of("b"), new long[][] {{5}});
    reduce(List.of("a", "b"), new long[][] {});
    assertEquals(List.of(), gains());
  }

  /** With a subset missing a part can only be guessed: there is none. */
  @Test
  void aMissingSubsetIsNotGuessed() throws IOException {
    reduce(List.of("a"), new long[][] {{5}});
    reduce(List.of("a", "b"), new long[][] {{5, 5}});
    assertEquals(List.of(), gains());
  }
}
