package emulha.analysis;

import emulha.metrics.CheckpointRow;
import emulha.metrics.RowWriter;
import emulha.metrics.RunRow;
import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Hand-written result rows. */
final class Rows {
  private Rows() {}

  /** A run on a recording. */
  static RunRow run(String id, String traces, String method, long intervalMs) {
    return run(id, traces, "recording", method, intervalMs);
  }

  /** A run of which only what it was measured under matters. */
  static RunRow run(String id, String traces, String origin, String method, long intervalMs) {
    return new RunRow(
        id,
        "replay",
        traces,
        traces,
        origin,
        method,
        "java",
        intervalMs,
        "realtime",
        "skip",
        "as-is",
        null,
        null,
        "none",
        1,
        1,
        0,
        0,
        0,
        0,
        0,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        0,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        true);
  }

  /** A checkpoint of a run; CPU and transfer time null in a reduction without network. */
  static CheckpointRow checkpoint(
      RunRow run,
      int trial,
      String vm,
      long number,
      long pages,
      long payload,
      @Nullable Long cpuNs,
      @Nullable Long transferNs) {
    return new CheckpointRow(
        run.runId(),
        trial,
        run.traces(),
        vm,
        vm + "-load",
        run.method(),
        run.intervalMs(),
        number,
        number < 0,
        pages,
        pages * 4096,
        payload,
        null,
        payload + 100,
        null,
        null,
        cpuNs,
        cpuNs == null ? null : cpuNs / 2,
        transferNs == null ? null : transferNs / 4,
        transferNs == null ? null : transferNs - transferNs / 4,
        transferNs,
        null,
        transferNs == null ? null : transferNs > run.intervalMs() * 1_000_000,
        number < 0 ? null : transferNs,
        run.method().startsWith("none") ? 0 : 33_554_432,
        1000L,
        0,
        null,
        null,
        null,
        pages,
        0L,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        true);
  }

  /** The row with other values for some of its components. */
  static <R extends Record> R with(R row, Map<String, Object> changes) {
    try {
      @SuppressWarnings("unchecked")
      var type = (Class<R>) row.getClass();
      RecordComponent[] components = type.getRecordComponents();
      var types = new Class<?>[components.length];
      var values = new Object[components.length];
      for (int i = 0; i < components.length; i++) {
        types[i] = components[i].getType();
        Object changed = changes.get(components[i].getName());
        values[i] = changed != null ? changed : components[i].getAccessor().invoke(row);
      }
      return type.getDeclaredConstructor(types).newInstance(values);
    } catch (ReflectiveOperationException e) {
      throw new IllegalArgumentException(e);
    }
  }

  /** Writes a directory of results. */
  static void write(Path directory, List<RunRow> runs, List<CheckpointRow> checkpoints)
      throws IOException {
    try (var writer = RowWriter.open(directory.resolve("runs.csv"), RunRow.class)) {
      for (RunRow run : runs) {
        writer.write(run);
      }
      writer.commit();
    }
    try (var writer = RowWriter.open(directory.resolve("checkpoints.csv"), CheckpointRow.class)) {
      for (CheckpointRow row : checkpoints) {
        writer.write(row);
      }
      writer.commit();
    }
  }
}
