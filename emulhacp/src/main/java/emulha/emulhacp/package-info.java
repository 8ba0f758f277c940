/** Placeholder. */
@NullMarked
package emulha.emulhacp;

import org.jspecify.annotations.NullMarked;
