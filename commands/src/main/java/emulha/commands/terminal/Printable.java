package emulha.commands.terminal;

import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Text that may be a stranger's, as it may be printed. */
public final class Printable {
  /** Control and format characters, ends of lines and paragraphs, and halves of surrogate pairs. */
  private static final Pattern STEERING = Pattern.compile("[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}\\p{Cs}]");

  private Printable() {}

  /**
   * A text that may be a stranger's, such as the name of a VM, with control characters as escapes,
   * so that it cannot steer the terminal or forge lines.
   */
  public static String text(String text) {
    return STEERING.matcher(text).replaceAll(Printable::escaped);
  }

  private static String escaped(MatchResult steering) {
    int c = steering.group().codePointAt(0);
    return Matcher.quoteReplacement((c < 0x10000 ? "\\u%04x" : "\\U%08x").formatted(c));
  }
}
