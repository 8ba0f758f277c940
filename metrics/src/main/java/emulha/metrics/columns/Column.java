package emulha.metrics.columns;

import org.jspecify.annotations.Nullable;

/**
 * A column of a result file, as its record component declares it.
 *
 * @param name snake-case name, the one in the file's header
 * @param type type of the values
 * @param nullable whether the value may be unavailable, which is empty in the file
 * @param metric unit, aggregation, and whether each VM's row has a value of its own
 * @param meaning exact meaning
 * @param of from what it is computed; null if it is not computed from checkpoints' rows
 */
public record Column(
    String name,
    Type type,
    boolean nullable,
    Metric metric,
    String meaning,
    @Nullable OfCheckpoints of) {
  /** Types of columns. */
  public enum Type {
    /** Any text. */
    TEXT,
    /** A signed 64-bit integer. */
    INTEGER,
    /** {@code true} or {@code false}. */
    FLAG
  }
}
