package emulha.commands.terminal;

/** Text that may be a stranger's, as it may be printed. */
public final class Printable {
  private Printable() {}

  /**
   * A text that may be a stranger's, such as the name of a VM, with control characters as escapes,
   * so that it cannot steer the terminal or forge lines.
   */
  public static String text(String text) {
    var shown = new StringBuilder(text.length());
    text.codePoints()
        .forEach(
            c -> {
              int type = Character.getType(c);
              if (Character.isISOControl(c)
                  || type == Character.FORMAT
                  || type == Character.LINE_SEPARATOR
                  || type == Character.PARAGRAPH_SEPARATOR
                  || type == Character.SURROGATE) {
                shown.append(c < 0x10000 ? "\\u%04x".formatted(c) : "\\U%08x".formatted(c));
              } else {
                shown.appendCodePoint(c);
              }
            });
    return shown.toString();
  }
}
