/** The figures of results and of the statistics of series. */
@NullMarked
package emulha.analysis.figures;

import org.jspecify.annotations.NullMarked;
