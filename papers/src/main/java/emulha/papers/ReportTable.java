package emulha.papers;

import emulha.analysis.measures.DerivedColumns;
import tech.tablesaw.api.Table;

/**
 * A table of a report.
 *
 * @param name name of its file, {@code tables/NAME.csv}: lower-case letters, digits and hyphens
 * @param what what it shows, in a sentence or two
 * @param shown as the page shows it
 * @param left how many of its columns from the left hold text
 * @param numbers the numbers behind it, unrounded, in columns of the data dictionary
 */
public record ReportTable(String name, String what, Table shown, int left, Table numbers) {
  public ReportTable {
    DerivedColumns.require(name, numbers);
  }
}
