/** Tar files and compressed streams, whose errors say where in the file they are damaged. */
@NullMarked
package emulha.traces.archives;

import org.jspecify.annotations.NullMarked;
