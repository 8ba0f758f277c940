/** Compression of memory by its words, as hardware and kernels have it. */
@NullMarked
package emulha.codecs.words;

import org.jspecify.annotations.NullMarked;
