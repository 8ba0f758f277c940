package emulha.testsupport;

import emulha.metrics.CheckpointRow;
import emulha.metrics.RunRow;
import emulha.metrics.columns.RowWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Hand-written result rows. */
public final class Rows {
  private Rows() {}

  /** A run on a recording. */
  public static RunRow run(String id, String traces, String method, long intervalMs) {
    return run(id, traces, "recording", method, intervalMs);
  }

  /** A run of which only what it was measured under matters. */
  public static RunRow run(
      String id, String traces, String origin, String method, long intervalMs) {
    return with(
        new RunRow.Key(id, "replay", traces, traces, origin),
        new RunRow.Setting(
            method,
            "java",
            intervalMs,
            intervalMs * 1_000_000,
            4096,
            "realtime",
            "skip",
            method.contains("scope=checkpoint")),
        new RunRow.Network("as-is", null, null, "none"),
        1,
        null,
        null);
  }

  /** The run, under another name, of so many trials over another network into another store. */
  public static RunRow with(
      RunRow run, String id, int trials, RunRow.Network network, RunRow.@Nullable Store store) {
    RunRow.Key key = run.key();
    return with(
        new RunRow.Key(id, key.mode(), key.traces(), key.workloads(), key.origin()),
        run.setting(),
        network,
        trials,
        store,
        null);
  }

  /** The run in another mode, at another pace. */
  public static RunRow with(RunRow run, String mode, String pace) {
    RunRow.Key key = run.key();
    RunRow.Setting was = run.setting();
    return with(
        new RunRow.Key(key.runId(), mode, key.traces(), key.workloads(), key.origin()),
        new RunRow.Setting(
            was.method(),
            was.binding(),
            was.intervalMs(),
            was.intervalNs(),
            was.pageBytes(),
            pace,
            was.base(),
            was.gathers()),
        run.network(),
        run.extent().trials(),
        run.storage(),
        null);
  }

  /** The run at an interval that is no whole number of milliseconds. */
  public static RunRow atInterval(RunRow run, long intervalNs) {
    RunRow.Setting was = run.setting();
    return with(
        run.key(),
        new RunRow.Setting(
            was.method(),
            was.binding(),
            null,
            intervalNs,
            was.pageBytes(),
            was.pace(),
            was.base(),
            was.gathers()),
        run.network(),
        run.extent().trials(),
        run.storage(),
        null);
  }

  /** The run, disturbed or not. */
  public static RunRow with(RunRow run, boolean disturbed) {
    return with(
        run.key(),
        run.setting(),
        run.network(),
        run.extent().trials(),
        run.storage(),
        new RunRow.Circumstances(0, 0, null, null, null, disturbed));
  }

  /** The run after so many replays to warm up. */
  public static RunRow warmedUp(RunRow run, int replays) {
    return new RunRow(
        run.key(),
        run.setting(),
        run.network(),
        new RunRow.Extent(
            run.extent().vms(), run.extent().trials(), replays, run.extent().checkpoints()),
        run.traffic(),
        run.cpu(),
        run.process(),
        run.timing(),
        run.memory(),
        run.full(),
        run.storage(),
        run.circumstances(),
        run.proof());
  }

  /** The run, its checkpoints proved or not. */
  public static RunRow proved(RunRow run, boolean verified) {
    return new RunRow(
        run.key(),
        run.setting(),
        run.network(),
        run.extent(),
        run.traffic(),
        run.cpu(),
        run.process(),
        run.timing(),
        run.memory(),
        run.full(),
        run.storage(),
        run.circumstances(),
        new RunRow.Proof(verified));
  }

  private static RunRow with(
      RunRow.Key key,
      RunRow.Setting setting,
      RunRow.Network network,
      int trials,
      RunRow.@Nullable Store store,
      RunRow.@Nullable Circumstances circumstances) {
    return new RunRow(
        key,
        setting,
        network,
        new RunRow.Extent(1, trials, 0, 0),
        new RunRow.Traffic(0, 0, 0, null, null, null, null),
        new RunRow.Cpu(null, null, null, null),
        new RunRow.Processes(null, null),
        new RunRow.Timing(null, null, null, null),
        new RunRow.Memory(0, null, 0, null, 0, null),
        null,
        store,
        circumstances,
        new RunRow.Proof(true));
  }

  /** A checkpoint of a run; CPU and transfer time null in a reduction without network. */
  public static CheckpointRow checkpoint(
      RunRow run,
      int trial,
      String vm,
      long number,
      long pages,
      long payload,
      @Nullable Long cpuNs,
      @Nullable Long transferNs) {
    return new CheckpointRow(
        new CheckpointRow.Key(
            run.key().runId(),
            trial,
            new CheckpointRow.Of(run.key().traces(), vm, vm + "-load"),
            new CheckpointRow.Setting(
                run.setting().method(),
                run.setting().intervalMs(),
                run.setting().intervalNs(),
                run.setting().pageBytes()),
            new CheckpointRow.Sequence(number, number < 0)),
        new CheckpointRow.Traffic(pages, pages * 4096, payload, null, payload + 100, null),
        new CheckpointRow.Cpu(
            cpuNs,
            cpuNs == null ? null : cpuNs * 3 / 4,
            cpuNs == null ? null : cpuNs / 2,
            cpuNs == null ? null : cpuNs / 4),
        transferNs == null
            ? null
            : new CheckpointRow.Timing(
                transferNs / 4,
                transferNs - transferNs / 4,
                transferNs,
                null,
                transferNs > run.setting().intervalNs(),
                number < 0 ? null : transferNs),
        memory(run.setting().method().startsWith("none") ? 0 : 33_554_432),
        new CheckpointRow.Counts(
            new CheckpointRow.Pages(0, null, null, null),
            new CheckpointRow.DeltaCache(pages, 0L, null, null, null),
            new CheckpointRow.Chunks(null, null, null, null, null, null, null)),
        null,
        true);
  }

  private static CheckpointRow.Memory memory(long senderBytes) {
    return new CheckpointRow.Memory(senderBytes, senderBytes, 1000L, 1000L);
  }

  /** Writes a directory of results. */
  public static void write(Path directory, List<RunRow> runs, List<CheckpointRow> checkpoints)
      throws IOException {
    try (var writer = RowWriter.open(directory.resolve("runs.csv"), RunRow.class)) {
      writer.writeAll(runs);
      writer.commit();
    }
    try (var writer = RowWriter.open(directory.resolve("checkpoints.csv"), CheckpointRow.class)) {
      writer.writeAll(checkpoints);
      writer.commit();
    }
  }
}
