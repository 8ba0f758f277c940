/**
 * General-purpose compression: a {@link emulha.codecs.general.Codec} applied to pages, to groups of
 * pages, or with a page's history.
 */
@NullMarked
package emulha.codecs.general;

import org.jspecify.annotations.NullMarked;
