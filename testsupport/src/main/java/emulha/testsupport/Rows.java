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
    return new RunRow(
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
        new RunRow.Extent(1, 1, 0, 0),
        new RunRow.Traffic(0, 0, 0, null, null, null, null),
        new RunRow.Cpu(null, null, null, null),
        new RunRow.Processes(null, null),
        new RunRow.Timing(null, null, null, null),
        new RunRow.Memory(0, null, 0, null, 0, null),
        null,
        null,
        null,
        new RunRow.Proof(true));
  }

  /** The run, under another name, of so many trials over another network into another store. */
  public static RunRow with(
      RunRow run, String id, int trials, RunRow.Network network, RunRow.@Nullable Store store) {
    RunRow other =
        with(run, key(run, id, run.key().mode()), network, new RunRow.Extent(1, trials, 0, 0));
    return store == null ? other : with(other, store);
  }

  /** The run in another mode, at another pace. */
  public static RunRow with(RunRow run, String mode, String pace) {
    RunRow.Setting was = run.setting();
    return with(
        run,
        key(run, run.key().runId(), mode),
        setting(was, was.binding(), was.intervalMs(), was.intervalNs(), pace));
  }

  /** The run at an interval that is no whole number of milliseconds. */
  public static RunRow atInterval(RunRow run, long intervalNs) {
    RunRow.Setting was = run.setting();
    return with(run, setting(was, was.binding(), null, intervalNs, was.pace()));
  }

  /** The run, encoded by another implementation. */
  public static RunRow boundTo(RunRow run, String binding) {
    RunRow.Setting was = run.setting();
    return with(run, setting(was, binding, was.intervalMs(), was.intervalNs(), was.pace()));
  }

  /** The run, disturbed or not. */
  public static RunRow with(RunRow run, boolean disturbed) {
    return with(run, new RunRow.Circumstances(0, 0, null, null, null, disturbed));
  }

  /** The run after so many replays to warm up. */
  public static RunRow warmedUp(RunRow run, int replays) {
    return with(run, new RunRow.Extent(1, run.extent().trials(), replays, 0));
  }

  /** The run, its checkpoints proved or not. */
  public static RunRow proved(RunRow run, boolean verified) {
    return with(run, new RunRow.Proof(verified));
  }

  private static RunRow with(RunRow run, Record... parts) {
    return Samples.with(RunRow.class, run, parts);
  }

  private static RunRow.Key key(RunRow run, String id, String mode) {
    RunRow.Key was = run.key();
    return new RunRow.Key(id, mode, was.traces(), was.workloads(), was.origin());
  }

  private static RunRow.Setting setting(
      RunRow.Setting was, String binding, @Nullable Long intervalMs, long intervalNs, String pace) {
    return new RunRow.Setting(
        was.method(),
        binding,
        intervalMs,
        intervalNs,
        was.pageBytes(),
        pace,
        was.base(),
        was.gathers());
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
