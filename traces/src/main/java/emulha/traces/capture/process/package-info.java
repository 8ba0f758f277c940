/** Recording of a process of this machine. */
@NullMarked
package emulha.traces.capture.process;

import org.jspecify.annotations.NullMarked;
