/** The checkpoint sender (Hou §3.1): replays recorded checkpoints to a receiver, and measures. */
@NullMarked
package emulha.emulhacp;

import org.jspecify.annotations.NullMarked;
