/** The checkpoint receiver (Hou §3.1): receives checkpoints and stores them in fail-over images. */
@NullMarked
package emulha.emulharcv;

import org.jspecify.annotations.NullMarked;
