package emulha.analysis;

import java.util.HashMap;
import java.util.Map;
import java.util.regex.Pattern;
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
 *   <li>P, the processing time: {@code processing_ns}, or {@code sender_cpu_ns} where that is less,
 *       because the sender had to wait for a processor;
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
final class LinkPrediction {
  /** What an encoder's lane gathers before it hands on. */
  static final int PIECE_BYTES = 256 * 1024;

  private static final double ON_THE_WIRE = 1538.0 / 1448;

  /** What a method that hands on nothing of a checkpoint before all is encoded has in its name. */
  private static final Pattern IN_ONE_PIECE = Pattern.compile("scope=checkpoint|criu-naive");

  private LinkPrediction() {}

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
   */
  static Results over(Results measured, long linkBitsPerSecond) {
    Table table = measured.checkpoints().copy();
    StringColumn run = table.stringColumn("run_id");
    StringColumn method = table.stringColumn("method");
    LongColumn trial = table.longColumn("trial");
    LongColumn number = table.longColumn("checkpoint");
    LongColumn wire = table.longColumn("wire_bytes");
    LongColumn cpu = table.longColumn("sender_cpu_ns");
    LongColumn processing = table.longColumn("processing_ns");
    LongColumn sending = table.longColumn("sending_ns");
    LongColumn transfer = table.longColumn("transfer_ns");
    LongColumn interval = table.longColumn("interval_ns");
    BooleanColumn late = table.booleanColumn("late");

    record Key(String run, long trial, long checkpoint) {}
    Map<Key, long[]> bytesAndCpu = new HashMap<>();
    for (int row = 0; row < table.rowCount(); row++) {
      var key = new Key(run.get(row), trial.getLong(row), number.getLong(row));
      long[] sums = bytesAndCpu.computeIfAbsent(key, k -> new long[2]);
      sums[0] += wire.getLong(row);
      sums[1] += cpu.getLong(row);
    }
    double roundTripNs = sending.min();
    for (int row = 0; row < table.rowCount(); row++) {
      long[] sums =
          bytesAndCpu.getOrDefault(
              new Key(run.get(row), trial.getLong(row), number.getLong(row)), new long[2]);
      long processed = Math.min(processing.getLong(row), sums[1]);
      long transferred =
          Math.round(
              transferNs(
                  (double) processed,
                  sums[0],
                  IN_ONE_PIECE.matcher(method.get(row)).find(),
                  roundTripNs,
                  linkBitsPerSecond));
      processing.set(row, processed);
      sending.set(row, transferred - processed);
      transfer.set(row, transferred);
      late.set(row, transferred > interval.getLong(row));
    }
    Table runs = measured.runs().copy();
    LongColumn link = runs.longColumn("link_bits_per_second");
    for (int row = 0; row < runs.rowCount(); row++) {
      link.set(row, linkBitsPerSecond);
    }
    return new Results(table, runs);
  }
}
