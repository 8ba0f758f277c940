package emulha.analysis.measures;

import emulha.metrics.columns.CsvText;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import tech.tablesaw.api.ColumnType;
import tech.tablesaw.api.Table;

/** Tables as text. An unavailable value is empty. */
public final class TableText {
  private static final MathContext FOUR_DIGITS = new MathContext(4);

  private static final Pattern LINE_END = Pattern.compile("\\R");

  /** Ampersands and less-than signs that are more than that to Markdown. */
  private static final Pattern ENTITY = Pattern.compile("&(?=#?[A-Za-z0-9]+;)");

  private static final Pattern TAG = Pattern.compile("<(?=[A-Za-z/!?])");

  /** With the backslashes before it, each of which would be taken for one that escapes. */
  private static final Pattern PIPE = Pattern.compile("(\\\\*)\\|");

  private TableText() {}

  /** CSV like the result files': every digit, {@code \n} line ends. */
  public static String csv(Table table) {
    var text = new StringBuilder();
    text.append(csvLine(table.columnNames()));
    for (int row = 0; row < table.rowCount(); row++) {
      text.append(csvLine(cells(table, row, false)));
    }
    return text.toString();
  }

  /** One line of CSV with its end. */
  public static String csvLine(List<String> cells) {
    return join(cells, ",", cell -> quoted(CsvText.cell(cell))) + "\n";
  }

  /**
   * A Markdown table, numbers rounded to four digits.
   *
   * @param left how many columns from the left hold text; the others are set flush right
   */
  public static String markdown(Table table, int left) {
    var text = new StringBuilder();
    text.append(markdownRow(table.columnNames().stream().map(TableText::heading).toList()));
    text.append(
        markdownRow(
            IntStream.range(0, table.columnCount())
                .mapToObj(column -> column < left ? "---" : "--:")
                .toList()));
    rounded(table).forEach(row -> text.append(markdownRow(row)));
    return text.toString();
  }

  /**
   * A LaTeX tabular with booktabs' rules, numbers rounded to four digits.
   *
   * @param left how many columns from the left hold text; the others are set flush right
   */
  public static String latex(Table table, int left) {
    var text = new StringBuilder("% \\usepackage{booktabs}\n\\begin{tabular}{");
    text.append("l".repeat(left)).append("r".repeat(table.columnCount() - left));
    text.append("}\n\\toprule\n");
    text.append(join(table.columnNames(), " & ", name -> escaped(heading(name))))
        .append(" \\\\\n\\midrule\n");
    rounded(table)
        .forEach(row -> text.append(join(row, " & ", TableText::escaped)).append(" \\\\\n"));
    return text.append("\\bottomrule\n\\end{tabular}\n").toString();
  }

  /** The cells of each row, numbers rounded to four digits. */
  public static List<List<String>> rounded(Table table) {
    return IntStream.range(0, table.rowCount()).mapToObj(row -> cells(table, row, true)).toList();
  }

  private static List<String> cells(Table table, int row, boolean rounded) {
    List<String> cells = new ArrayList<>();
    for (var column : table.columns()) {
      if (column.isMissing(row)) {
        cells.add("");
      } else if (column.type().equals(ColumnType.DOUBLE)) {
        double value = ((Number) column.get(row)).doubleValue();
        cells.add(rounded ? rounded(value) : plain(value));
      } else {
        cells.add(String.valueOf(column.get(row)));
      }
    }
    return cells;
  }

  /** What is known of where a value lies: an interval, or a range of so many trials; or nothing. */
  public static String interval(Estimate value) {
    if (!value.hasInterval()) {
      return "";
    }
    String low = rounded(value.low());
    if (Double.isInfinite(value.high())) {
      return " [%s, ∞)".formatted(low);
    }
    String high = rounded(value.high());
    return value.decides()
        ? " [%s, %s]".formatted(low, high)
        : " (range %s to %s of n = %d)".formatted(low, high, value.trials());
  }

  /** A number to four digits, without exponent and without trailing zeros. */
  public static String rounded(double value) {
    BigDecimal exact = BigDecimal.valueOf(value);
    BigDecimal four =
        exact.abs().compareTo(BigDecimal.valueOf(1000)) >= 0
            ? exact.setScale(0, RoundingMode.HALF_EVEN)
            : exact.round(FOUR_DIGITS);
    String plain = four.stripTrailingZeros().toPlainString();
    return plain.equals("-0") ? "0" : plain;
  }

  /** All digits of a number, without exponent. */
  public static String plain(double value) {
    return BigDecimal.valueOf(value).toPlainString();
  }

  private static String heading(String column) {
    return column.replace('_', ' ');
  }

  /** A row of a Markdown table with its line's end. */
  public static String markdownRow(List<String> cells) {
    return join(cells, " | ", TableText::markdownCell).transform(inner -> "| " + inner + " |\n");
  }

  /** The text as a Markdown table's cell takes it. */
  public static String markdownCell(String text) {
    return PIPE.matcher(inMarkdown(text)).replaceAll("$1$1\\\\|");
  }

  /** The text within a line of Markdown: what names hold is no HTML, link or line of its own. */
  public static String inMarkdown(String text) {
    String line = LINE_END.matcher(text).replaceAll(" ");
    String noEntity = ENTITY.matcher(line).replaceAll("&amp;");
    return TAG.matcher(noEntity).replaceAll("&lt;").replace("](", "]\\(");
  }

  private static String quoted(String cell) {
    return cell.matches("[^,\"\\n\\r]*") ? cell : '"' + cell.replace("\"", "\"\"") + '"';
  }

  /** The text as LaTeX takes it. */
  public static String escaped(String cell) {
    return cell.chars()
        .mapToObj(
            c ->
                switch (c) {
                  case '&', '%', '$', '#', '_', '{', '}' -> "\\" + (char) c;
                  case '~' -> "\\textasciitilde{}";
                  case '^' -> "\\textasciicircum{}";
                  case '\\' -> "\\textbackslash{}";
                  case 'µ' -> "\\textmu{}";
                  default -> Character.toString(c);
                })
        .collect(Collectors.joining());
  }

  private static String join(List<String> cells, String by, Function<String, String> each) {
    return cells.stream().map(each).collect(Collectors.joining(by));
  }
}
