package emulha.traces;

import emulha.names.Names;

/**
 * The clock on which a series' intervals were kept. Under {@link Kind#GUEST} guest time is the
 * count of executed instructions, so intervals are exact, and rates are those of a machine of so
 * many instructions a second, in order and without caches. Under {@link Kind#HOST} it is time that
 * passed on the recording machine while the guest ran.
 *
 * @param kind whose clock it was
 * @param instructionsPerSecond instructions in a second of guest time; 0 on the host's clock, where
 *     the guest ran as fast as it could
 */
public record Clock(Kind kind, long instructionsPerSecond) {
  public static final Clock HOST = new Clock(Kind.HOST, 0);

  public enum Kind {
    /** The count of the guest's instructions. */
    GUEST,
    /** The recording machine's. */
    HOST;

    /** The word for it in {@code series.json} and on the command line. */
    public String word() {
      return Names.word(this);
    }

    /**
     * The one called {@code word}.
     *
     * @throws IllegalArgumentException if there is none
     */
    public static Kind of(String word) {
      return Names.constant("clock", word, Kind.class);
    }
  }

  /** Requires a speed of the guest's clock, and none of the host's. */
  public Clock {
    if (kind == Kind.GUEST ? instructionsPerSecond < 1 : instructionsPerSecond != 0) {
      throw new IllegalArgumentException(
          "instructions per second: "
              + instructionsPerSecond
              + " on the "
              + kind.word()
              + " clock");
    }
  }

  public static Clock guest(long instructionsPerSecond) {
    return new Clock(Kind.GUEST, instructionsPerSecond);
  }

  @Override
  public String toString() {
    return kind == Kind.HOST
        ? "the host's clock"
        : "guest time at %d million instructions a second"
            .formatted(instructionsPerSecond / 1_000_000);
  }
}
