/** Which pages a program wrote since it was last asked, by several ways of knowing. */
@NullMarked
package emulha.traces.capture.tracking;

import org.jspecify.annotations.NullMarked;
