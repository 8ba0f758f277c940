/** A user's codec in a shared library. */
@NullMarked
package emulha.codecs.foreign;

import org.jspecify.annotations.NullMarked;
