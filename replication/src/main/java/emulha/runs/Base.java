package emulha.runs;

import java.util.Locale;

/** What becomes of the base of a series. */
public enum Base {
  /** It is replicated as the first, full checkpoint (Hou §2.1). */
  SEND,
  /** Both ends have it already: it is given to the receiver before the run, uncounted. */
  SKIP;

  /** The value of the {@code base} column. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
