/** The command line: one class per command, each translating options into what a module takes. */
@NullMarked
package emulha.commands;

import org.jspecify.annotations.NullMarked;
