/** Placeholder. */
@NullMarked
package emulha.replication;

import org.jspecify.annotations.NullMarked;
