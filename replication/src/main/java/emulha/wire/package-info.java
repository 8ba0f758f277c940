/**
 * What goes over the connections of sender and receiver: frames, messages, TLS and the shared
 * secret; {@code PROTOCOL.md} lays them out.
 */
@NullMarked
package emulha.wire;

import org.jspecify.annotations.NullMarked;
