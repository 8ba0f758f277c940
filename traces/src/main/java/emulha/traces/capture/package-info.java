/**
 * Records a series from something that runs: QEMU guests ({@link
 * emulha.traces.capture.GuestCapture}) or a process ({@link emulha.traces.capture.ProcessCapture}).
 * How written pages are known is a {@link emulha.traces.capture.WriteTracker}. Linux on x86-64
 * only; {@code docs/RECORDING.md} has the measured facts.
 */
@NullMarked
package emulha.traces.capture;

import org.jspecify.annotations.NullMarked;
