/** Commands that run experiments. */
@NullMarked
package emulha.commands.experiments;

import org.jspecify.annotations.NullMarked;
