/** What CRIU does to pages that it sends or stores compressed. */
@NullMarked
package emulha.codecs.criu;

import org.jspecify.annotations.NullMarked;
