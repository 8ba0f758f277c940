/**
 * Synthesises series: write rates fitted to average checkpoint sizes, and page contents of given
 * shares, from a profile per workload. The same seed gives the same bytes on every machine. What a
 * profile was calibrated to is an input of every result on it, never a finding.
 */
@NullMarked
package emulha.traces.synth;

import org.jspecify.annotations.NullMarked;
