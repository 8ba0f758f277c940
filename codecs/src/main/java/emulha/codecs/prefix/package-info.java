/** Pages compressed against earlier content: their own, or of pages that resemble them. */
@NullMarked
package emulha.codecs.prefix;

import org.jspecify.annotations.NullMarked;
