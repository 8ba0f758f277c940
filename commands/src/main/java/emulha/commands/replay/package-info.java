/** Commands that replay series to a receiver or without one, and what a receiver keeps. */
@NullMarked
package emulha.commands.replay;

import org.jspecify.annotations.NullMarked;
