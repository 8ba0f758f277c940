/**
 * From result files to statistics, figures and tables: {@link emulha.analysis.Results} reads,
 * {@link emulha.analysis.Summary} aggregates over trials, {@link emulha.analysis.Figures} draws. It
 * sees the result files and nothing else of the emulators.
 */
@NullMarked
package emulha.analysis;

import org.jspecify.annotations.NullMarked;
