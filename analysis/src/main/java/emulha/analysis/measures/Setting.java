package emulha.analysis.measures;

import emulha.metrics.RunRow;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What was measured under: results of different settings are never pooled.
 *
 * @param traces names of the series replayed together, joined by +
 * @param origin recording or synthetic
 * @param method the compression method
 * @param intervalNs configured checkpointing interval in nanoseconds
 * @param way how it was replayed
 * @param link over what
 * @param conditions what else can change a number: warm-up or none, no verification, and, of the
 *     manifest, program, JDK and machine
 */
public record Setting(
    String traces,
    String origin,
    String method,
    long intervalNs,
    Way way,
    Link link,
    List<String> conditions) {
  /** How it was replayed, in the words of {@link SummaryColumn}. */
  public record Way(String mode, String pace, String base, String store) {}

  /** Over what it was replayed; bandwidth and latency are null where they are as they are. */
  public record Link(
      String kind, @Nullable Long bitsPerSecond, @Nullable Long latencyNs, boolean encrypted) {}

  static Setting of(Run run) {
    RunRow row = run.row();
    RunRow.Network network = row.network();
    String mode = row.key().mode();
    List<String> conditions = new ArrayList<>();
    if (!mode.equals("reduce")) {
      conditions.add(row.extent().warmupTrials() > 0 ? "warmed up" : "no warm-up");
    }
    if (!row.proof().verified()) {
      conditions.add("not verified");
    }
    conditions.addAll(run.conditions());
    return new Setting(
        row.key().traces(),
        row.key().origin(),
        row.setting().method(),
        row.setting().intervalNs(),
        new Way(
            mode,
            row.setting().pace(),
            row.setting().base(),
            row.storage() == null ? "" : row.storage().store()),
        new Link(
            network.linkKind(),
            network.linkBitsPerSecond(),
            network.linkLatencyNs(),
            network.security().equals("tls")),
        List.copyOf(conditions));
  }

  /** The traces' names; what is synthetic says so. */
  public String recording() {
    return traces + (synthetic() ? " (synthetic)" : "");
  }

  /**
   * The names of the series replayed together, each by itself.
   *
   * @param vms how many VMs they are of: the name of one alone may have a + in it
   */
  public Set<String> series(int vms) {
    return vms == 1 ? Set.of(traces) : new TreeSet<>(Arrays.asList(traces.split("\\+")));
  }

  /** Whether it was replayed without network and clock. */
  public boolean reduced() {
    return way.mode().equals("reduce");
  }

  /** Whether its times are a model's. */
  public boolean modelled() {
    return way.mode().equals(Run.MODELLED);
  }

  /** Whether its series is synthetic: what it has was put into it. */
  public boolean synthetic() {
    return origin.equals("synthetic");
  }

  /** Whether pages are sent as they are. */
  public boolean uncompressed() {
    return method.equals(RunRow.Setting.NONE);
  }

  public String conditionsText() {
    return String.join(", ", conditions);
  }

  public double intervalMs() {
    return intervalNs / 1e6;
  }

  /** The interval in milliseconds, exactly: {@code 25} or {@code 16.667}. */
  public String interval() {
    return Intervals.milliseconds(intervalNs);
  }

  /** Series, method and interval, for a line about it. */
  String inShort() {
    return "%s, %s, %s ms".formatted(traces, method, interval());
  }

  /** Whether the receiver kept checkpoints in RAM, or there was none. */
  public boolean inRam() {
    return way.store().isEmpty() || way.store().equals(RunRow.Store.RAM);
  }

  /** Whether the network was left as it is. */
  public boolean overNetworkAsItIs() {
    return link.bitsPerSecond() == null && link.latencyNs() == null;
  }

  /** Whether it was over a link of that speed, however that came about. */
  public boolean over(long linkBitsPerSecond) {
    return Long.valueOf(linkBitsPerSecond).equals(link.bitsPerSecond());
  }

  /** Whether it is as in the papers, the link's bandwidth apart. */
  public boolean usual() {
    return inRam() && !link.encrypted() && link.latencyNs() == null;
  }

  /** Whether it is as most results are: usual, and over the network as it is. */
  public boolean plain() {
    return usual() && overNetworkAsItIs();
  }

  /** Whether nothing but the link, how it came about, and how time passed tells it from another. */
  boolean sameButForLink(Setting other) {
    return traces.equals(other.traces)
        && method.equals(other.method)
        && way.store().equals(other.way.store())
        && link.encrypted() == other.link.encrypted()
        && Objects.equals(link.latencyNs(), other.link.latencyNs())
        && intervalNs == other.intervalNs
        && way.base().equals(other.way.base());
  }

  /** Which conditions of some are not those of all, such as the program's commits. */
  public static List<String> differing(List<Setting> settings) {
    return settings.stream()
        .flatMap(one -> one.conditions.stream())
        .distinct()
        .filter(word -> !settings.stream().allMatch(one -> one.conditions.contains(word)))
        .toList();
  }

  public Setting withMethod(String other) {
    return new Setting(traces, origin, other, intervalNs, way, link, conditions);
  }

  /** The same under no conditions in particular. */
  Setting withoutConditions() {
    return new Setting(traces, origin, method, intervalNs, way, link, List.of());
  }
}
