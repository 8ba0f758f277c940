package emulha.runs;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What may have kept a process from its work during a run, for {@code manifest.json}. A value that
 * this machine does not tell is null.
 *
 * @param elapsedMs length of the run
 * @param stealPpm CPU time of all processors that the hypervisor gave to others, in millionths
 * @param throttledUs time for which the control group, or one that it is in, was held to its CPU
 *     quota
 * @param coreThrottles times that a core was slowed down for its temperature
 * @param gcPpm time of the garbage collector, in millionths of the run
 */
public record Disturbances(
    long elapsedMs,
    @Nullable Long stealPpm,
    @Nullable Long throttledUs,
    @Nullable Long coreThrottles,
    long gcPpm) {

  /** Where a Linux machine keeps its counts. */
  private static final Path ROOT = Path.of("/");

  /** The counts at an instant. */
  public static final class Since {
    private final Path root;
    private final long startNs = System.nanoTime();
    private final @Nullable Cpu cpu;
    private final @Nullable Long throttledUs;
    private final @Nullable Long coreThrottles;
    private final long gcMs = gcMs();

    Since(Path root) {
      this.root = root;
      cpu = cpu(root);
      throttledUs = throttledUs(root);
      coreThrottles = coreThrottles(root);
    }

    /** What happened until now. */
    public Disturbances now() {
      long elapsedMs = Math.max(1, (System.nanoTime() - startNs) / 1_000_000);
      return new Disturbances(
          elapsedMs,
          stealPpm(cpu, cpu(root)),
          difference(throttledUs, throttledUs(root)),
          difference(coreThrottles, coreThrottles(root)),
          (gcMs() - gcMs) * 1_000_000 / elapsedMs);
    }
  }

  /** CPU time of all processors in clock ticks. */
  private record Cpu(long all, long stolen) {}

  /** Begins to count. */
  public static Since since() {
    return new Since(ROOT);
  }

  private static @Nullable Long stealPpm(@Nullable Cpu before, @Nullable Cpu after) {
    if (before == null || after == null || after.all <= before.all) {
      return null;
    }
    return (after.stolen - before.stolen) * 1_000_000 / (after.all - before.all);
  }

  private static @Nullable Long difference(@Nullable Long before, @Nullable Long after) {
    return before == null || after == null ? null : after - before;
  }

  /** The line {@code cpu user nice system idle iowait irq softirq steal …} of proc(5). */
  private static @Nullable Cpu cpu(Path root) {
    for (String line : lines(root.resolve("proc/stat"))) {
      String[] words = line.split("\\s+");
      if (words[0].equals("cpu") && words.length > 8) {
        long all = 0;
        for (int i = 1; i <= 8; i++) {
          all += Long.parseLong(words[i]);
        }
        return new Cpu(all, Long.parseLong(words[8]));
      }
    }
    return null;
  }

  /** Of this process's control group and those that it is in or, in a container, of its root. */
  private static @Nullable Long throttledUs(Path root) {
    Path groups = root.resolve("sys/fs/cgroup");
    for (String line : lines(root.resolve("proc/self/cgroup"))) {
      if (line.startsWith("0::/")) {
        Long sum = null;
        // A group's own count does not tell what the quotas of those above it took.
        for (Path group = groups.resolve(line.substring(4)).normalize();
            group != null && group.startsWith(groups);
            group = group.getParent()) {
          Long own = throttledUsOf(group);
          if (own != null) {
            sum = (sum == null ? 0 : sum) + own;
          }
        }
        if (sum != null) {
          return sum;
        }
      }
    }
    return throttledUsOf(groups);
  }

  private static @Nullable Long throttledUsOf(Path group) {
    for (String line : lines(group.resolve("cpu.stat"))) {
      if (line.startsWith("throttled_usec ")) {
        return Long.parseLong(line.substring(line.indexOf(' ') + 1).strip());
      }
    }
    return null;
  }

  /** Each thread of a core shows the core's count. */
  private static @Nullable Long coreThrottles(Path root) {
    Map<String, Long> byCore = new HashMap<>();
    try (DirectoryStream<Path> processors =
        Files.newDirectoryStream(root.resolve("sys/devices/system/cpu"), "cpu[0-9]*")) {
      for (Path processor : processors) {
        for (String line : lines(processor.resolve("thermal_throttle/core_throttle_count"))) {
          byCore.merge(core(processor), Long.valueOf(line.strip()), Long::max);
        }
      }
    } catch (IOException e) {
      return null;
    }
    return byCore.isEmpty()
        ? null
        : (Long) byCore.values().stream().mapToLong(Long::longValue).sum();
  }

  /** The core that a processor is a thread of; where that is not told, one of its own. */
  private static String core(Path processor) {
    Path topology = processor.resolve("topology");
    List<String> core = lines(topology.resolve("core_id"));
    return core.isEmpty()
        ? processor.toString()
        : "%s %s %s"
            .formatted(
                lines(topology.resolve("physical_package_id")),
                lines(topology.resolve("die_id")),
                core);
  }

  /** What the kernel tells in a file; nothing where it does not. */
  static List<String> lines(Path file) {
    try {
      return Files.isReadable(file) ? Files.readAllLines(file) : List.of();
    } catch (IOException | UncheckedIOException e) {
      return List.of();
    }
  }

  private static long gcMs() {
    return ManagementFactory.getGarbageCollectorMXBeans().stream()
        .mapToLong(GarbageCollectorMXBean::getCollectionTime)
        .filter(ms -> ms >= 0)
        .sum();
  }
}
