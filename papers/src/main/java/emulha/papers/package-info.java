/** Papers done again: their experiments, their claims judged, and the report. */
@NullMarked
package emulha.papers;

import org.jspecify.annotations.NullMarked;
