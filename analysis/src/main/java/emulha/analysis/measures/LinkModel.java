package emulha.analysis.measures;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import tech.tablesaw.api.BooleanColumn;
import tech.tablesaw.api.LongColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/**
 * How long checkpoints that were transferred over an unlimited connection would take over an
 * Ethernet link of a given speed, checkpoint by checkpoint.
 *
 * <p>With
 *
 * <ul>
 *   <li>P, the processing time: {@code processing_ns}, or {@code sender_cpu_ns} where that is known
 *       and less, because the sender had to wait for a processor;
 *   <li>S, the time on the link: {@code wire_bytes} * 8 / link speed * 1538 / 1448, since of each
 *       1538 bytes on an Ethernet 1448 are ours;
 *   <li>n, the pieces in which the encoder hands bytes to the connection: {@code wire_bytes} / 256
 *       KiB, rounded up, or 1 if the method encodes a whole checkpoint before it hands on any;
 *   <li>R, what a transfer without pages takes: the least {@code sending_ns} seen;
 * </ul>
 *
 * a transfer takes R + max(P + S/n, P/n + S): pieces become ready evenly over P, and each leaves
 * when it is ready and the link has carried those before it. So nothing overlaps in a checkpoint of
 * one piece, and almost everything in one of many. Not in it: a receiver that stores more slowly
 * than checkpoints come, latency, and anything that shares the link.
 */
public final class LinkModel {
  /** What an encoder's lane gathers before it hands on. */
  static final int PIECE_BYTES = 256 * 1024;

  private static final double ON_THE_WIRE = 1538.0 / 1448;

  /**
   * By what share of itself a modelled mean is taken to be off at most: as far as the worst of
   * twelve settings was when they were measured over a link held to the speed (docs/NUMBERS.md).
   * Where that was done, {@link #measuredAndModelled} shows how far.
   */
  public static final double ERROR = 0.4;

  private static final List<Measure> OF_TRANSFERS =
      List.of(
          Measure.TRANSFER_NS,
          Measure.TRANSFER_P50_NS,
          Measure.TRANSFER_P99_NS,
          Measure.TRANSFER_INTERVALS,
          Measure.SENDING_NS,
          Measure.PROCESSING_SHARE);

  private LinkModel() {}

  /**
   * Transfers of whole sets at a link speed: measured, or else modelled. A modelled mean is an
   * interval that is wider than that of its trials by {@link #ERROR} on either side, and says
   * nothing of how many were late.
   *
   * @param summaries of all results
   * @param modelled {@link #modelled} at that speed
   */
  static List<Summary> at(long linkBitsPerSecond, List<Summary> summaries, List<Summary> modelled) {
    List<Summary> measured = wholeSetsOver(linkBitsPerSecond, summaries);
    List<Summary> all = new ArrayList<>(measured);
    for (Summary one : modelled) {
      if (measured.stream().noneMatch(other -> one.setting().sameButForLink(other.setting()))) {
        all.add(one.withEstimates(widened(one.estimates())));
      }
    }
    return all;
  }

  private static List<Summary> wholeSetsOver(long linkBitsPerSecond, List<Summary> summaries) {
    return summaries.stream()
        .filter(one -> one.wholeSet() && one.setting().over(linkBitsPerSecond))
        .toList();
  }

  /** Whole sets as modelled that were measured too, with what the model made of them. */
  static Map<Summary, Summary> measuredAndModelled(
      long linkBitsPerSecond, List<Summary> summaries, List<Summary> modelled) {
    Map<Summary, Summary> pairs = new LinkedHashMap<>();
    for (Summary summary : wholeSetsOver(linkBitsPerSecond, summaries)) {
      if (summary.setting().link().kind().equals("shaped")) {
        modelled.stream()
            .filter(model -> model.setting().sameButForLink(summary.setting()))
            .findFirst()
            .ifPresent(model -> pairs.put(summary, model));
      }
    }
    return pairs;
  }

  /**
   * What the model makes of the replays that were without a link: of whole sets, {@linkplain
   * Setting#usual as usual}, with incremental checkpoints.
   */
  static List<Summary> modelled(long linkBitsPerSecond, Results results) {
    Results replays = results.overNetworkAsItIs();
    return replays.runs().isEmpty()
        ? List.of()
        : Summary.of(over(replays, linkBitsPerSecond)).stream()
            .filter(one -> one.wholeSet() && one.checkpoints() > 0 && one.setting().usual())
            .toList();
  }

  private static Map<Measure, Estimate> widened(Map<Measure, Estimate> estimates) {
    Map<Measure, Estimate> all = new EnumMap<>(estimates);
    all.remove(Measure.LATE_SHARE);
    for (Measure measure : OF_TRANSFERS) {
      all.computeIfPresent(measure, (m, estimate) -> estimate.widened(ERROR));
    }
    return all;
  }

  /** Nanoseconds for which these bytes of ours occupy the link. */
  static double onLinkNs(double wireBytes, long linkBitsPerSecond) {
    return wireBytes * 8e9 / linkBitsPerSecond * ON_THE_WIRE;
  }

  /** Nanoseconds of a transfer. */
  static double transferNs(
      double processingNs,
      long wireBytes,
      boolean inOnePiece,
      double roundTripNs,
      long linkBitsPerSecond) {
    double link = onLinkNs((double) wireBytes, linkBitsPerSecond);
    double pieces = inOnePiece ? 1 : Math.max(1, Math.ceilDiv(wireBytes, (long) PIECE_BYTES));
    return roundTripNs + Math.max(processingNs + link / pieces, processingNs / pieces + link);
  }

  /**
   * The same results with the times of the link: {@code processing_ns}, {@code sending_ns}, {@code
   * transfer_ns} and {@code late}.
   *
   * @param measured replayed without limit
   * @return of mode {@link Run#MODELLED}
   */
  public static Results over(Results measured, long linkBitsPerSecond) {
    Table table = measured.checkpoints().copy();
    StringColumn run = Checkpoints.RUN_ID.text(table);
    // Their methods send nothing of a VM's part before they have all of it.
    Set<String> gathering =
        measured.runs().stream()
            .filter(one -> one.row().setting().gathers())
            .map(Run::id)
            .collect(Collectors.toSet());
    LongColumn trial = Checkpoints.TRIAL.longs(table);
    LongColumn number = Checkpoints.CHECKPOINT.longs(table);
    LongColumn wire = Checkpoints.WIRE_BYTES.longs(table);
    LongColumn cpu = Checkpoints.SENDER_CPU_NS.longs(table);
    LongColumn processing = Checkpoints.PROCESSING_NS.longs(table);
    LongColumn sending = Checkpoints.SENDING_NS.longs(table);
    LongColumn transfer = Checkpoints.TRANSFER_NS.longs(table);
    LongColumn interval = Checkpoints.INTERVAL_NS.longs(table);
    BooleanColumn late = Checkpoints.LATE.flags(table);

    record Key(String run, long trial, long checkpoint) {}
    Map<Key, long[]> bytesAndCpu = new HashMap<>();
    for (int row = 0; row < table.rowCount(); row++) {
      var key = new Key(run.get(row), trial.getLong(row), number.getLong(row));
      long[] sums = bytesAndCpu.computeIfAbsent(key, k -> new long[2]);
      sums[0] += wire.getLong(row);
      // An end that spins has no CPU time.
      sums[1] += cpu.isMissing(row) ? processing.getLong(row) : cpu.getLong(row);
    }
    double roundTripNs = sending.min();
    for (int row = 0; row < table.rowCount(); row++) {
      var key = new Key(run.get(row), trial.getLong(row), number.getLong(row));
      long[] sums = Objects.requireNonNull(bytesAndCpu.get(key));
      long processed = Math.min(processing.getLong(row), sums[1]);
      long transferred =
          Math.round(
              transferNs(
                  (double) processed,
                  sums[0],
                  gathering.contains(run.get(row)),
                  roundTripNs,
                  linkBitsPerSecond));
      processing.set(row, processed);
      sending.set(row, transferred - processed);
      transfer.set(row, transferred);
      late.set(row, transferred > interval.getLong(row));
    }
    return new Results(
        table, measured.runs().stream().map(one -> one.modelled(linkBitsPerSecond)).toList());
  }
}
