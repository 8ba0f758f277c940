/**
 * Where points run: in this process, in two JVMs here, between two hosts made here, on a cluster.
 */
@NullMarked
package emulha.experiments.engines;

import org.jspecify.annotations.NullMarked;
