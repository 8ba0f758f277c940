/** Fernando, 2024: figures, claims and recipes. */
@NullMarked
package emulha.papers.fernando2024;

import org.jspecify.annotations.NullMarked;
