package emulha.papers;

/**
 * What the evidence says of a claim.
 *
 * @param kind which way
 * @param ours our numbers, with intervals where there are any; may be empty
 * @param reason why, where the kind alone does not tell
 * @param traces the series that it rests on, joined by commas
 */
record Verdict(Kind kind, String ours, String reason, String traces) {
  enum Kind {
    HOLDS("holds"),
    DOES_NOT_HOLD("does not hold"),
    CANNOT_BE_TESTED("cannot be tested here"),
    NOT_IN_QUICK("not tested in quick"),
    INPUT("input");

    private final String text;

    Kind(String text) {
      this.text = text;
    }

    String text() {
      return text;
    }
  }
}
