/**
 * Which method to take for a recording, a link and limits: a sample, and what follows from its
 * replays.
 */
@NullMarked
package emulha.experiments.advise;

import org.jspecify.annotations.NullMarked;
