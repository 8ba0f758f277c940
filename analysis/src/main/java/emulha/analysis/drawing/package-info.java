/** Figures as plots: what is in one, and how it becomes SVG, PDF and PNG. */
@NullMarked
package emulha.analysis.drawing;

import org.jspecify.annotations.NullMarked;
