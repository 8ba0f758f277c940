/** A method at work: its stages driven over checkpoints, at the sender and at the receiver. */
@NullMarked
package emulha.codecs.pipeline;

import org.jspecify.annotations.NullMarked;
