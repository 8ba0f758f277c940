/**
 * Recorded checkpoints: the series format (specified in {@code traces/FORMAT.md}), its readers and
 * writers, importers, and what is derived from a series. Knows no codec and no socket.
 */
@NullMarked
package emulha.traces;

import org.jspecify.annotations.NullMarked;
