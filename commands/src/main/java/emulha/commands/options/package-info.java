/** Options and their values. */
@NullMarked
package emulha.commands.options;

import org.jspecify.annotations.NullMarked;
