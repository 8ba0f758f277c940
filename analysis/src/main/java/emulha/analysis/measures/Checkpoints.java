package emulha.analysis.measures;

import emulha.metrics.CheckpointRow;
import emulha.metrics.columns.Columns;
import java.util.List;
import java.util.Locale;
import tech.tablesaw.api.BooleanColumn;
import tech.tablesaw.api.LongColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/**
 * The columns of {@code checkpoints.csv} that something is computed from here. Each is declared in
 * {@link CheckpointRow}; if one is not, this class does not load.
 */
public enum Checkpoints {
  RUN_ID,
  TRIAL,
  TRACE,
  VM,
  WORKLOAD,
  METHOD,
  INTERVAL_NS,
  PAGE_BYTES,
  CHECKPOINT,
  FULL,
  DIRTY_PAGES,
  RAW_BYTES,
  PAYLOAD_BYTES,
  WIRE_BYTES,
  SENDER_CPU_NS,
  SENDER_CODEC_CPU_NS,
  RECEIVER_CPU_NS,
  RECEIVER_CODEC_CPU_NS,
  PROCESSING_NS,
  SENDING_NS,
  TRANSFER_NS,
  LATE,
  ELAPSED_INTERVAL_NS,
  SENDER_MEMORY_BYTES,
  RECEIVER_MEMORY_BYTES,
  WHOLE_PAGES,
  ZERO_PAGES,
  UNCHANGED_PAGES,
  EXCLUDED_PAGES,
  CACHE_HITS,
  CACHE_MISSES,
  OVERFLOWS,
  XBZRLE_BYTES,
  DUPLICATE_CHUNKS_INTRA,
  DUPLICATE_CHUNKS_INTER,
  UNIQUE_CHUNKS,
  STORE_WRITE_NS,
  VERIFIED;

  static {
    List<String> declared = Columns.of(CheckpointRow.class).names();
    for (Checkpoints one : values()) {
      if (!declared.contains(one.column())) {
        throw new IllegalStateException("CheckpointRow has no column " + one.column());
      }
    }
  }

  String column() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** That column of whole numbers of a table of checkpoints. */
  public LongColumn longs(Table table) {
    return table.longColumn(column());
  }

  public StringColumn text(Table table) {
    return table.stringColumn(column());
  }

  public BooleanColumn flags(Table table) {
    return table.booleanColumn(column());
  }
}
