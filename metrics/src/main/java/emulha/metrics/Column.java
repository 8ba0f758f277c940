package emulha.metrics;

import emulha.metrics.Metric.Aggregation;
import emulha.metrics.Metric.Unit;

/**
 * A column of a result file, as its record component declares it.
 *
 * @param name snake-case name, the one in the file's header
 * @param type type of the values
 * @param nullable whether the value may be unavailable, which is empty in the file
 * @param unit unit of the values
 * @param aggregation how values of several rows become one
 * @param meaning exact meaning
 */
public record Column(
    String name, Type type, boolean nullable, Unit unit, Aggregation aggregation, String meaning) {

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
