/** Placeholder. */
@NullMarked
package emulha.sweep;

import org.jspecify.annotations.NullMarked;
