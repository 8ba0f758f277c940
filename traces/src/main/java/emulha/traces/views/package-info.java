/**
 * Series made of others as they are read: of a longer interval, of a part of the time, of sampled
 * or of fewer pages; and their copy.
 */
@NullMarked
package emulha.traces.views;

import org.jspecify.annotations.NullMarked;
