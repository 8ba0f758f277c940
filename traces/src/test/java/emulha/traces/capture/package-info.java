@NullMarked
package emulha.traces.capture;

import org.jspecify.annotations.NullMarked;
