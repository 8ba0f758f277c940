/**
 * What a run is, at both ends and without network: its description, the checkpoints it reads, its
 * rows, and the circumstances under which it was measured.
 */
@NullMarked
package emulha.runs;

import org.jspecify.annotations.NullMarked;
