/** Recordings made again from recipes, and compared with what they were. */
@NullMarked
package emulha.traces.capture.corpus;

import org.jspecify.annotations.NullMarked;
