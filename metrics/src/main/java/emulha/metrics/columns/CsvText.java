package emulha.metrics.columns;

import java.util.regex.Pattern;

/**
 * Text in cells of CSV files that spreadsheets open. One that begins as a formula does, with {@code
 * = + - @}, a tabulator or a carriage return, gets an apostrophe in front, which spreadsheets take
 * for "this is text", unless it is a number; an apostrophe that stands there already gets one more,
 * so that reading gives back what was written. A name of a VM or a series may be a stranger's.
 */
public final class CsvText {
  private static final Pattern FORMULA = Pattern.compile("'*[=+\\-@\t\r].*", Pattern.DOTALL);
  private static final Pattern NUMBER =
      Pattern.compile("[+-]?(\\d+(\\.\\d*)?|\\.\\d+)([eE][+-]?\\d+)?");

  private CsvText() {}

  /** The cell for a text. */
  public static String cell(String text) {
    return FORMULA.matcher(text).matches() && !NUMBER.matcher(text).matches() ? "'" + text : text;
  }

  /** The text that a cell stands for. */
  public static String text(String cell) {
    return cell.startsWith("'") && FORMULA.matcher(cell).matches() ? cell.substring(1) : cell;
  }
}
