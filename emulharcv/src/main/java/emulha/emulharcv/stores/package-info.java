/** Where a receiver keeps checkpoints, and how fail-over images are recovered from there. */
@NullMarked
package emulha.emulharcv.stores;

import org.jspecify.annotations.NullMarked;
