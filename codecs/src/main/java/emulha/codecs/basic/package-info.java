/**
 * Stages that compress nothing themselves: pages whole, zero, left out, or over several
 * connections.
 */
@NullMarked
package emulha.codecs.basic;

import org.jspecify.annotations.NullMarked;
