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
    HOLDS("holds", "holds"),
    DOES_NOT_HOLD("does not hold", "not"),
    CANNOT_BE_TESTED("cannot be tested here", "untested"),
    NOT_IN_QUICK("not tested in quick", "untested"),
    INPUT("input", "input");

    final String text;

    /** Its class in the report. */
    final String style;

    Kind(String text, String style) {
      this.text = text;
      this.style = style;
    }
  }
}
