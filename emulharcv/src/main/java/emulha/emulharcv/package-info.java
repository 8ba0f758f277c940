/** Placeholder. */
@NullMarked
package emulha.emulharcv;

import org.jspecify.annotations.NullMarked;
