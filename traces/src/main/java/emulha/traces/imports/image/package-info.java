/**
 * What an import is asked, and whole RAM images, one a checkpoint, in the formats in which
 * hypervisors and dumpers write them.
 */
@NullMarked
package emulha.traces.imports.image;

import org.jspecify.annotations.NullMarked;
