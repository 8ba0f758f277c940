/** Zstandard: by pages, with a trained dictionary, and as one stream. */
@NullMarked
package emulha.codecs.zstd;

import org.jspecify.annotations.NullMarked;
