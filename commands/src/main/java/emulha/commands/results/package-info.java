/** Commands on results. */
@NullMarked
package emulha.commands.results;

import org.jspecify.annotations.NullMarked;
