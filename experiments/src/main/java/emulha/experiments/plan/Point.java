package emulha.experiments.plan;

import emulha.codecs.Method;
import emulha.emulharcv.stores.SharedStore;
import emulha.traces.Interval;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * One run of an experiment.
 *
 * @param traces the series of the VMs protected together
 * @param intervalNs checkpointing interval in nanoseconds; 0 is the recording's own
 * @param linkBitsPerSecond bandwidth of the link, which the sender imitates if the network is not
 *     shaped; 0 is the network as it is
 * @param store where the receiver keeps checkpoints, in a place of the point's own
 * @param trial number of the point among those alike, from 1
 * @param how how the plan has it replayed; its trials are of all points alike, and its pace does
 *     not count where it is reduced only
 */
public record Point(
    List<Path> traces,
    Method method,
    long intervalNs,
    long linkBitsPerSecond,
    SharedStore store,
    int trial,
    SweepPlan.How how) {
  /** The same over a link of this bandwidth. */
  public Point over(long bitsPerSecond) {
    return new Point(traces, method, intervalNs, bitsPerSecond, store, trial, how);
  }

  /** The same as another trial. */
  Point as(int otherTrial) {
    return new Point(traces, method, intervalNs, linkBitsPerSecond, store, otherTrial, how);
  }

  /** Names of the series, joined by {@code +}. */
  public String traceNames() {
    return traces.stream()
        .map(trace -> trace.getFileName().toString().replaceAll("\\.tar\\.zst$", ""))
        .collect(Collectors.joining("+"));
  }

  /** The bandwidth as {@code emulhacp --bandwidth} takes it, such as {@code 100Mbit}, if any. */
  public Optional<String> bandwidth() {
    if (linkBitsPerSecond == 0) {
      return Optional.empty();
    }
    int power =
        linkBitsPerSecond % 1_000_000_000 == 0 ? 9 : linkBitsPerSecond % 1_000_000 == 0 ? 6 : 3;
    String unit = power == 9 ? "Gbit" : power == 6 ? "Mbit" : "Kbit";
    return Optional.of(
        BigDecimal.valueOf(linkBitsPerSecond, power).stripTrailingZeros().toPlainString() + unit);
  }

  /** The interval as {@code emulhacp --interval} takes it, such as {@code 16.667ms}. */
  private String intervalText() {
    return Interval.milliseconds(intervalNs).toPlainString() + "ms";
  }

  /** Options of {@code emulhacp} that say what to replay, and how. */
  public List<String> replay() {
    List<String> options = new ArrayList<>();
    for (Path trace : traces) {
      options.addAll(List.of("--trace", trace.toString()));
    }
    if (intervalNs > 0) {
      options.addAll(List.of("--interval", intervalText()));
    }
    bandwidth().ifPresent(text -> options.addAll(List.of("--bandwidth", text)));
    options.addAll(List.of("--method", method.spec()));
    options.addAll(List.of("--pace", paceLabel(), "--base", how.base().label()));
    options.addAll(List.of("--trials", Integer.toString(how.replays())));
    options.addAll(List.of("--warmup", how.warmup(), "--run-id", id()));
    return options;
  }

  /**
   * Options of {@code emulharcv}.
   *
   * @param place where the directory of its store may be made
   */
  public List<String> receive(String place) {
    var options = new ArrayList<String>();
    store.of(id(), place).ifPresent(own -> options.addAll(List.of("--store", own)));
    options.addAll(trust());
    return options;
  }

  /** Those of them that say what a sender may have the receiver do. */
  public List<String> trust() {
    var options = new ArrayList<String>();
    if (Method.runsForeignCode(method.spec())) {
      options.add("--native-codecs");
    }
    method.table().ifPresent(server -> options.addAll(List.of("--allow-table", server.toString())));
    return options;
  }

  private String paceLabel() {
    return how.reduceOnly() ? "none" : how.pace().label();
  }

  /** The point in words that make a file name; its rows' {@code run_id}. */
  public String id() {
    return "%s_%s_%s%s%s_%s-%s_t%03d"
        .formatted(
            slug(traceNames()),
            slug(method.spec()),
            intervalNs == 0 ? "own" : intervalText(),
            bandwidth().map(text -> "_" + slug(text)).orElse(""),
            store.equals(SharedStore.RAM) ? "" : "_" + slug(store.text()),
            paceLabel(),
            how.base().label(),
            trial);
  }

  private static String slug(String text) {
    return text.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9.+=-]+", "-");
  }
}
