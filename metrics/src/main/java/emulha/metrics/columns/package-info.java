/**
 * What a column is, and rows by their records: each component of a row's record says its column's
 * unit, aggregation and meaning, and CSV files are written and read by that.
 */
@NullMarked
package emulha.metrics.columns;

import org.jspecify.annotations.NullMarked;
