/**
 * Compression methods: pages in, bytes out, and back. Knows no socket, file or clock.
 *
 * <p>A {@link emulha.codecs.Method} is an immutable description, parsed from text; {@code
 * emulha.codecs.pipeline} makes encoders and decoders of it, stateful workers each owned by one
 * thread. Between them travels an {@link emulha.codecs.EncodedCheckpoint}: one control lane (page
 * numbers and flags), one payload lane per stage (encoded content), and index lanes of stages that
 * gather blocks (sizes).
 *
 * <p>To add a method, implement {@link emulha.codecs.StageProvider}; its Javadoc lists the steps.
 */
@NullMarked
package emulha.codecs;

import org.jspecify.annotations.NullMarked;
