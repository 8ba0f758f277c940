package emulha.analysis.measures;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

final class MarkdownTest {
  /** A trace's name, which is another's to choose, would put its HTML on the page. */
  @Test
  void namesAreNoMarkup() {
    assertEquals("a&lt;img> &amp;lt; b]\\(c) d", TableText.inMarkdown("a<img> &lt; b](c)\r\nd"));
    assertEquals("< 2 MB & [1, 2] > 3", TableText.inMarkdown("< 2 MB & [1, 2] > 3"));
    Table table = Table.create(StringColumn.create("x", "a|b\nc", "a\\|b"));
    assertEquals(
        """
        | x |
        | --- |
        | a\\|b c |
        | a\\\\\\|b |
        """,
        TableText.markdown(table, 1));
  }
}
