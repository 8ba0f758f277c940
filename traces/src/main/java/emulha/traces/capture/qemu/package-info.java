/** Recording of guests under QEMU, on their own clock or the host's, and their resumption. */
@NullMarked
package emulha.traces.capture.qemu;

import org.jspecify.annotations.NullMarked;
