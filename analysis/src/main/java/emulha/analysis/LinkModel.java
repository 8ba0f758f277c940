package emulha.analysis;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Transfer times on a slower link than was measured over, from the measured processing time and
 * bytes (Hou §3.2: a transfer is processing and sending).
 *
 * <p>With processing P and sending S, the time for which the wire bytes occupy an Ethernet of that
 * speed ({@link LinkPrediction#onLinkNs}), a transfer takes at least the longer of the two, if they
 * overlap wholly, and at most P + S, if they do not overlap. The estimate is P + S, as in the
 * paper's account; its interval holds both bounds and what the trials differ by. Propagation and
 * waiting for the receiver are not in it. Where transfers were measured at that speed, those stand
 * instead.
 */
final class LinkModel {
  /** The mode of summaries that are modelled. */
  static final String MODELLED = "modelled";

  private LinkModel() {}

  /** Transfers of whole sets at a link speed: measured, or else modelled. */
  static List<Summary> at(long linkBitsPerSecond, List<Summary> summaries) {
    List<Summary> all = new ArrayList<>();
    for (Summary summary : summaries) {
      Long link = summary.setting().linkBitsPerSecond();
      if (link != null && link == linkBitsPerSecond && summary.wholeSet()) {
        all.add(summary);
      }
    }
    for (Summary summary : summaries) {
      if (summary.wholeSet()
          && summary.setting().linkBitsPerSecond() == null
          && summary.get(Measure.PROCESSING_NS).isPresent()
          && summary.get(Measure.WIRE_TRAFFIC_REDUCTION).isPresent()
          && summary.get(Measure.CHECKPOINT_BYTES).isPresent()
          && all.stream().noneMatch(measured -> same(measured.setting(), summary.setting()))) {
        all.add(modelled(linkBitsPerSecond, summary));
      }
    }
    return all;
  }

  /** Whether nothing but the link and how it came about tells two settings apart. */
  private static boolean same(Setting a, Setting b) {
    return a.traces().equals(b.traces())
        && a.method().equals(b.method())
        && a.store().equals(b.store())
        && a.encrypted() == b.encrypted()
        && Objects.equals(a.linkLatencyNs(), b.linkLatencyNs())
        && a.intervalNs() == b.intervalNs()
        && a.base().equals(b.base());
  }

  private static Summary modelled(long linkBitsPerSecond, Summary summary) {
    Setting measured = summary.setting();
    Estimate processing = summary.get(Measure.PROCESSING_NS).orElseThrow();
    Estimate rawBytes = summary.get(Measure.CHECKPOINT_BYTES).orElseThrow();
    double sent = 1 - summary.get(Measure.WIRE_TRAFFIC_REDUCTION).orElseThrow().value();
    double sending = LinkPrediction.onLinkNs(rawBytes.value() * sent, linkBitsPerSecond);
    var transfer =
        new Estimate(
            processing.value() + sending,
            Math.max(processing.low(), sending),
            processing.high() + sending);
    Map<Measure, Estimate> estimates = new EnumMap<>(Measure.class);
    estimates.put(Measure.CHECKPOINT_BYTES, rawBytes);
    estimates.put(Measure.TRANSFER_NS, transfer);
    estimates.put(Measure.TRANSFER_INTERVALS, transfer.times(1.0 / measured.intervalNs()));
    estimates.put(Measure.PROCESSING_NS, processing);
    estimates.put(Measure.SENDING_NS, Estimate.exact(sending));
    estimates.put(
        Measure.PROCESSING_SHARE,
        new Estimate(
            processing.value() / transfer.value(),
            processing.low() / (processing.low() + sending),
            processing.high() / (processing.high() + sending)));
    return new Summary(
        new Setting(
            MODELLED,
            measured.traces(),
            measured.origin(),
            measured.method(),
            measured.intervalNs(),
            measured.pace(),
            measured.base(),
            measured.store(),
            measured.encrypted(),
            MODELLED,
            linkBitsPerSecond,
            measured.linkLatencyNs(),
            measured.conditions()),
        summary.vm(),
        summary.workload(),
        summary.vms(),
        summary.wholeSet(),
        summary.trials(),
        summary.disturbed(),
        summary.replays(),
        summary.checkpoints(),
        summary.verified(),
        Map.of(),
        List.of(),
        estimates);
  }
}
