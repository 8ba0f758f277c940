/** Chains of CRIU's incremental process images, in directories and archives. */
@NullMarked
package emulha.traces.imports.criu;

import org.jspecify.annotations.NullMarked;
