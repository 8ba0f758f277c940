/** Placeholder. */
@NullMarked
package emulha.analysis;

import org.jspecify.annotations.NullMarked;
