/** The choice of a stage page by page, and what is learnt for it. */
@NullMarked
package emulha.codecs.auto;

import org.jspecify.annotations.NullMarked;
