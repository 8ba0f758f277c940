package emulha.experiments.plan;

import emulha.codecs.Method;
import emulha.emulharcv.stores.SharedStore;
import emulha.runs.Base;
import emulha.runs.Pace;
import emulha.runs.Warmup;
import emulha.traces.Interval;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One run of an experiment.
 *
 * @param traces the series of the VMs protected together
 * @param intervalNs checkpointing interval in nanoseconds; 0 is the recording's own
 * @param linkBitsPerSecond bandwidth of the link, which the sender imitates if the network is not
 *     shaped; 0 is the network as it is
 * @param store where the receiver keeps checkpoints, in a place of the point's own
 * @param trial number of the point among those alike, from 1
 * @param how how it is replayed
 */
public record Point(
    List<Path> traces,
    Method method,
    long intervalNs,
    long linkBitsPerSecond,
    SharedStore store,
    int trial,
    How how) {
  /**
   * How a point is replayed.
   *
   * @param pace null without a clock
   * @param replays counted replays, one after the other in the same JVMs
   * @param warmup replays before those, as {@link Warmup#parse} takes them
   */
  public record How(@Nullable Pace pace, Base base, int replays, String warmup) {}

  public Point {
    traces = List.copyOf(traces);
    if (traces.isEmpty()) {
      throw new IllegalArgumentException("a point needs at least one series");
    }
    if (intervalNs < 0 || linkBitsPerSecond < 0 || trial < 1 || how.replays() < 1) {
      throw new IllegalArgumentException(
          "impossible point: interval %d ns, link of %d bit/s, trial %d, %d replays"
              .formatted(intervalNs, linkBitsPerSecond, trial, how.replays()));
    }
  }

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
    BigDecimal bits = BigDecimal.valueOf(linkBitsPerSecond);
    int unit =
        linkBitsPerSecond % 1_000_000_000 == 0 ? 9 : linkBitsPerSecond % 1_000_000 == 0 ? 6 : 3;
    return Optional.of(
        bits.movePointLeft(unit).stripTrailingZeros().toPlainString()
            + switch (unit) {
              case 9 -> "Gbit";
              case 6 -> "Mbit";
              default -> "Kbit";
            });
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
    options.addAll(List.of("--pace", paceLabel()));
    options.addAll(List.of("--base", how.base().label()));
    options.addAll(List.of("--trials", Integer.toString(how.replays())));
    options.addAll(List.of("--warmup", how.warmup()));
    options.addAll(List.of("--run-id", id()));
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
    Pace pace = how.pace();
    return pace == null ? "none" : pace.label();
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
