package emulha.runs;

import emulha.codecs.Method;
import org.jspecify.annotations.Nullable;

/**
 * How a run is done.
 *
 * @param pace null without a clock
 * @param verify whether the receiver's images are proved equal to the recording
 * @param link the network between
 */
public record Terms(Method method, @Nullable Pace pace, Base base, boolean verify, Link link) {}
