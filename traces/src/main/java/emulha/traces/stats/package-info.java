/**
 * What characterises recorded or synthesised checkpoints: their sizes, what changes in them, what
 * repeats, and what a cache of any size would find. Every statistic sees each checkpoint once.
 */
@NullMarked
package emulha.traces.stats;

import org.jspecify.annotations.NullMarked;
