/**
 * Delta compression: a page is encoded as its difference from its content as last sent, which the
 * sender finds in a cache of transmitted pages and the receiver in the fail-over image.
 */
@NullMarked
package emulha.codecs.delta;

import org.jspecify.annotations.NullMarked;
