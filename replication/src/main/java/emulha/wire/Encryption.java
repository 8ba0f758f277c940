package emulha.wire;

import org.jspecify.annotations.Nullable;

/**
 * What TLS did at the sender, in a time.
 *
 * @param bytes bytes of TLS records written
 * @param elapsedNs nanoseconds it took to make them, without the time the socket took them
 */
public record Encryption(long bytes, long elapsedNs) {
  /** Both together, where there are two; null without TLS. */
  public static @Nullable Encryption sum(@Nullable Encryption a, @Nullable Encryption b) {
    if (a == null || b == null) {
      return a == null ? b : a;
    }
    return new Encryption(a.bytes + b.bytes, a.elapsedNs + b.elapsedNs);
  }

  /** What was done since an earlier asking; null without TLS. */
  public static @Nullable Encryption since(@Nullable Encryption before, @Nullable Encryption now) {
    return before == null || now == null
        ? null
        : new Encryption(now.bytes - before.bytes, now.elapsedNs - before.elapsedNs);
  }
}
