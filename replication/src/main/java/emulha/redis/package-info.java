/** A table of chunks that hosts share, in a Redis server. */
@NullMarked
package emulha.redis;

import org.jspecify.annotations.NullMarked;
