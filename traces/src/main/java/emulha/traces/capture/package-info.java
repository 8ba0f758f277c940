/**
 * Records a series from something that runs: QEMU guests ({@link
 * emulha.traces.capture.qemu.GuestCapture}) or a process ({@link
 * emulha.traces.capture.process.ProcessCapture}). How written pages are known is a {@link
 * emulha.traces.capture.tracking.WriteTracker}. Linux on x86-64 only; {@code docs/RECORDING.md} has
 * the measured facts.
 */
@NullMarked
package emulha.traces.capture;

import org.jspecify.annotations.NullMarked;
