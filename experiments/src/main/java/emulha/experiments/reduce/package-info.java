/** Replay without network and clock. */
@NullMarked
package emulha.experiments.reduce;

import org.jspecify.annotations.NullMarked;
