/** Commands on series. */
@NullMarked
package emulha.commands.traces;

import org.jspecify.annotations.NullMarked;
