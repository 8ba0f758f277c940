/** What a command shows while it works and in the end, and how this program is started again. */
@NullMarked
package emulha.commands.terminal;

import org.jspecify.annotations.NullMarked;
