/**
 * How files get their names: whole or not at all, and for good where they must survive a power
 * failure; and how directories go.
 */
@NullMarked
package emulha.files;

import org.jspecify.annotations.NullMarked;
