package emulha.analysis;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Transfer times over Gigabit Ethernet. A slip of bits and bytes, or a modelled time that stands in
 * for a measured one, would turn verdicts on the papers' transfer times.
 */
final class LinkModelTest {
  private static final long GIGABIT = 1_000_000_000;

  private static Summary summary(
      String method, @Nullable Long link, Map<Measure, Estimate> estimates) {
    var setting =
        new Setting(
            "replay",
            "t",
            "recording",
            method,
            25_000_000,
            "asap",
            "skip",
            "ram",
            false,
            link == null ? "as-is" : "shaped",
            link,
            null,
            "");
    return new Summary(
        setting, "vm", "load", 1, true, 6, 0, 6, 60, true, Map.of(), List.of(), estimates);
  }

  private static Summary measured(
      String method, Estimate processingNs, double bytes, double reduction) {
    return summary(
        method,
        null,
        Map.of(
            Measure.PROCESSING_NS,
            processingNs,
            Measure.CHECKPOINT_BYTES,
            Estimate.exact(bytes),
            Measure.WIRE_TRAFFIC_REDUCTION,
            Estimate.exact(reduction)));
  }

  /** 362000 bytes of ours are 250 frames of 1538 bytes, which take 3.076 ms at 1 Gb/s. */
  @Test
  void addsSendingToProcessingAndBoundsTheirOverlap() {
    List<Summary> all =
        LinkModel.at(
            GIGABIT,
            List.of(
                measured("slow", new Estimate(10e6, 9e6, 12e6), 724_000, 0.5),
                measured("fast", Estimate.exact(1e6), 724_000, 0.5)));
    Summary slow = all.get(0);
    assertEquals("modelled", slow.setting().mode());
    assertEquals(GIGABIT, slow.setting().linkBitsPerSecond());
    assertEquals(
        new Estimate(13.076e6, 9e6, 15.076e6), slow.get(Measure.TRANSFER_NS).orElseThrow());
    Estimate intervals = slow.get(Measure.TRANSFER_INTERVALS).orElseThrow();
    assertEquals(13.076 / 25, intervals.value(), 1e-12);
    assertEquals(15.076 / 25, intervals.high(), 1e-12);
    Estimate share = slow.get(Measure.PROCESSING_SHARE).orElseThrow();
    assertEquals(10 / 13.076, share.value(), 1e-12);
    assertEquals(9 / 12.076, share.low(), 1e-12);
    Summary fast = all.get(1);
    assertEquals(
        new Estimate(4.076e6, 3.076e6, 4.076e6), fast.get(Measure.TRANSFER_NS).orElseThrow());
    var row = Numbers.of(List.of(fast), List.of(Measure.TRANSFER_NS)).row(0);
    assertEquals(3.076e6, row.getDouble("transfer_ns_low"));
  }

  @Test
  void measuredTransfersStandInPlaceOfModelledOnes() {
    Map<Measure, Estimate> transfer = Map.of(Measure.TRANSFER_NS, Estimate.exact(7e6));
    List<Summary> all =
        LinkModel.at(
            GIGABIT,
            List.of(
                measured("gzip", Estimate.exact(1e6), 724_000, 0.5),
                measured("none", Estimate.exact(1e6), 1e6, 0),
                summary("gzip", GIGABIT, transfer),
                summary("none", GIGABIT / 10, transfer)));
    assertEquals(List.of("gzip", "none"), all.stream().map(s -> s.setting().method()).toList());
    assertEquals("replay", all.get(0).setting().mode());
    assertEquals("modelled", all.get(1).setting().mode());
  }

  /** Of what was not timed nothing is known at any speed. */
  @Test
  void modelsNothingFromReductions() {
    assertEquals(
        List.of(),
        LinkModel.at(
            GIGABIT,
            List.of(summary("gzip", null, Map.of(Measure.CHECKPOINT_BYTES, Estimate.exact(1))))));
  }
}
