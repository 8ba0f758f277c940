/**
 * What is measured: every column of every result file, declared once with unit, aggregation and
 * meaning, and the CSV files written and read by those declarations.
 */
@NullMarked
package emulha.metrics;

import org.jspecify.annotations.NullMarked;
