/** Series written in layouts that other programs read. */
@NullMarked
package emulha.traces.exports;

import org.jspecify.annotations.NullMarked;
