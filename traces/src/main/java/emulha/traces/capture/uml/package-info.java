/** Recording of guests under User-Mode Linux. */
@NullMarked
package emulha.traces.capture.uml;

import org.jspecify.annotations.NullMarked;
