package emulha.metrics;

import emulha.metrics.columns.Column;
import emulha.metrics.columns.Columns;
import java.util.Locale;

/** The result files' part of {@code docs/DATA_DICTIONARY.md}, made from the declarations. */
public final class DataDictionary {
  private DataDictionary() {}

  /** As Markdown, with the document's heading. */
  public static String markdown() {
    var text =
        new StringBuilder(
            """
            # Data dictionary

            <!-- Made from the declarations in modules metrics and analysis; do not edit. -->

            Result files are CSV: UTF-8, `\\n` line ends, one header line, the columns below in this
            order, all of them always there. Integers are exact and unrounded; a value that was not
            measured is empty, never 0; flags are `true` or `false`; text with a comma, quote or line
            end stands in double quotes (RFC 4180); text that begins as a formula does (`= + - @`), other
            than a number, has an apostrophe in front. Times are nanoseconds and sizes bytes, and the
            column's name says so.

            Aggregation is how several rows become one: *key* groups rows, *sum* adds, *mean* averages
            over the rows that have the value, *max* takes the largest, *all* is true if all are.
            """);
    for (ResultFile file : ResultFile.ALL) {
      text.append("\n## ").append(file.name()).append("\n\n").append(file.rows()).append("\n\n");
      text.append("| column | type | unit | aggregation | meaning |\n|---|---|---|---|---|\n");
      for (Column column : Columns.of(file.row()).list()) {
        text.append(
            "| `%s` | %s | %s | %s | %s |\n"
                .formatted(
                    column.name(),
                    lower(column.type()) + (column.nullable() ? " or empty" : ""),
                    lower(column.metric().unit()),
                    lower(column.metric().aggregation()),
                    column.meaning()));
      }
    }
    return text.toString();
  }

  private static String lower(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }
}
