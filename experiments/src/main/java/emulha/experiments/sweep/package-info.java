/** Grids of points: run, resumed, repeated, estimated. */
@NullMarked
package emulha.experiments.sweep;

import org.jspecify.annotations.NullMarked;
