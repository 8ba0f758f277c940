/** Placeholder. */
@NullMarked
package emulha.commands;

import org.jspecify.annotations.NullMarked;
