/** FITDOC: figures, claims and recipes. */
@NullMarked
package emulha.papers.fitdoc;

import org.jspecify.annotations.NullMarked;
