package emulha.analysis.figures;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import emulha.analysis.drawing.Palette;
import emulha.analysis.measures.Results;
import emulha.analysis.measures.Summary;
import emulha.metrics.CheckpointRow;
import emulha.metrics.RunRow;
import emulha.testsupport.Rows;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.pdfbox.Loader;
import org.apache.pdfbox.text.PDFTextStripper;
import org.apache.pdfbox.text.TextPosition;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Order(1)
final class ExplorerTest {
  private static final List<String> METHODS =
      List.of(
          "none",
          "gzip:level=6",
          "delta:cache=32MiB",
          "lz4",
          "zstd",
          "prefix",
          "similarity:chunk=256",
          "xbzrle",
          "brotli:level=1",
          "delta:cache=32MiB+zstd:level=1");
  private static final List<Long> INTERVALS = List.of(25L, 50L, 100L, 1000L, 2000L, 5000L);
  private static final List<RunRow.Network> LINKS =
      List.of(
          new RunRow.Network("as-is", null, null, "none"),
          new RunRow.Network("shaped", 1_000_000_000L, null, "none"),
          new RunRow.Network("shaped", 10_000_000_000L, null, "none"),
          new RunRow.Network("shaped", 100_000_000_000L, null, "none"));
  private static final int RECORDINGS = 10;
  private static final int POINTS = RECORDINGS * METHODS.size() * INTERVALS.size() * LINKS.size();

  @TempDir static Path directory;

  /** One for all: each test opens the page anew. */
  private static @Nullable Browser opened;

  /** What it shows is known by {@link #reduction}. */
  private static Path page;

  /** Percent of the traffic that a method saves; different for all methods and recordings. */
  private static int reduction(int method, int recording) {
    return method == 0 ? 0 : 9 * method + recording % 9;
  }

  private static String recording(int number) {
    return number == 3 ? "</script><b>3" : "recording-" + number;
  }

  @BeforeAll
  static void draw() throws IOException {
    var random = new Random(19);
    List<RunRow> runs = new ArrayList<>();
    List<CheckpointRow> rows = new ArrayList<>();
    for (int r = 0; r < RECORDINGS; r++) {
      for (long interval : INTERVALS) {
        for (int l = 0; l < LINKS.size(); l++) {
          for (int m = 0; m < METHODS.size(); m++) {
            String id = "%d-%d-%d-%d".formatted(r, interval, l, m);
            RunRow run =
                Rows.with(
                    Rows.run(id, recording(r), METHODS.get(m), interval),
                    id,
                    1,
                    LINKS.get(l),
                    null);
            runs.add(run);
            long cpu = (long) (100 * 1000 * Math.pow(2, m) * (1 + 0.3 * random.nextDouble()));
            rows.add(
                Rows.checkpoint(
                    run,
                    1,
                    "vm",
                    0,
                    100,
                    4096L * (100 - reduction(m, r)),
                    cpu,
                    cpu + interval * 10_000));
          }
        }
      }
    }
    Path in = directory.resolve("in");
    Path out = Files.createDirectory(directory.resolve("out"));
    Files.createDirectory(in);
    Rows.write(in, runs, rows);
    List<Summary> summaries = Summary.of(Results.read(in));
    Explorer.write(summaries, new Palette(METHODS), Map.of(), out);
    page = out.resolve(Explorer.NAME);
  }

  private static Browser browser() throws Exception {
    Browser browser = opened;
    if (browser == null) {
      browser = new Browser(directory.resolve("profile"));
      opened = browser;
    }
    return browser;
  }

  @AfterAll
  static void closeBrowser() {
    if (opened != null) {
      opened.close();
    }
  }

  private JsonNode data() throws IOException {
    Matcher data =
        Pattern.compile("<script type=\"application/json\" id=\"data\">(.*?)</script>")
            .matcher(Files.readString(page));
    assertTrue(data.find());
    return new ObjectMapper().readTree(data.group(1));
  }

  // A column shifted, or a value in another unit, would be a wrong figure that looks right.
  @Test
  void holdsEachSettingOnceWithItsNumbers() throws IOException {
    JsonNode data = data();
    var seen = new TreeSet<String>();
    for (JsonNode point : data.path("points")) {
      String recording = data.path("recordings").path(point.path(0).asInt()).asText();
      String method = data.path("methods").path(point.path(4).asInt()).path("name").asText();
      int m = METHODS.indexOf(method);
      int r = Integer.parseInt(recording.replaceAll("\\D", ""));
      assertEquals(recording(r), recording);
      JsonNode values = point.path(7);
      assertEquals(data.path("measures").size(), values.size());
      assertEquals(
          reduction(m, r),
          values.path(measure(data, "traffic reduction")).path(0).asDouble(),
          1e-9);
      assertEquals(
          4096 * (1 - reduction(m, r) / 100.0),
          values.path(measure(data, "payload per page")).path(0).asDouble(),
          1e-9);
      double cpu = values.path(measure(data, "sender CPU per page")).path(0).asDouble();
      assertTrue(cpu >= Math.pow(2, m) && cpu <= 1.3 * Math.pow(2, m), cpu + " us of " + method);
      assertEquals(
          cpu * 3 / 4,
          values.path(measure(data, "sender codec CPU per page")).path(0).asDouble(),
          0.02);
      seen.add(point.path(0) + " " + point.path(1) + " " + point.path(2) + " " + point.path(4));
    }
    assertEquals(POINTS, seen.size());
    assertEquals(
        List.of("1000 Mb/s, shaped", "10000 Mb/s, shaped", "100000 Mb/s, shaped", "as it is"),
        texts(data.path("links")));
    assertEquals(List.of("25", "50", "100", "1000", "2000", "5000"), texts(data.path("intervals")));
  }

  private static int measure(JsonNode data, String name) {
    for (int i = 0; i < data.path("measures").size(); i++) {
      if (data.path("measures").path(i).path("name").asText().equals(name)) {
        return i;
      }
    }
    throw new AssertionError(name);
  }

  private static List<String> texts(JsonNode array) {
    return array.valueStream().map(JsonNode::asText).toList();
  }

  // The page's data were no JSON any more, and the page stayed empty.
  @Test
  void namesAreNotTakenForPlacesInThePage() throws IOException {
    Path out = Files.createDirectory(directory.resolve("places"));
    Explorer.write(
        Summary.of(Results.read(directory.resolve("in"))),
        new Palette(METHODS),
        Map.of(METHODS.getFirst(), "%SCRIPT%"),
        out);
    assertTrue(Files.readString(out.resolve(Explorer.NAME)).contains("\"name\":\"%SCRIPT%\""));
  }

  // In the page as in the figures beside it, and in grey by their shapes.
  @Test
  void methodsLookAsInTheFigures() throws IOException {
    var palette = new Palette(METHODS);
    var looks = new TreeSet<String>();
    for (JsonNode method : data().path("methods")) {
      Palette.Look look = palette.of(method.path("name").asText());
      String color = method.path("color").asText();
      assertEquals(look.color().getRGB() & 0xffffff, Integer.parseInt(color.substring(1), 16));
      assertTrue(looks.add(color + method.path("shape").asText()), "two look alike: " + method);
    }
    assertEquals(METHODS.size(), looks.size());
  }

  @Test
  void filtersSortsAndAsksForNoOtherFile() throws Exception {
    Browser browser = browser();
    browser.open(page, 1400, 900);
    assertEquals(List.of(page.toUri().toString()), browser.requests());
    assertEquals(List.of(), browser.complaints());
    assertEquals(POINTS + " of " + POINTS + " points", browser.text("count.textContent"));
    assertEquals(POINTS, browser.value("Number(document.body.dataset.drawn)").asInt());
    assertEquals(200, browser.value("table.tBodies[0].rows.length").asInt());
    assertEquals(
        recording(3),
        browser.text("document.querySelectorAll('[data-group=recording] input')[0].dataset.value"));

    // Each filter by itself, and all together.
    browser.value("document.querySelectorAll('fieldset[data-group=recording] input')[1].click()");
    assertEquals("2160 of 2400 points", browser.text("count.textContent"));
    browser.value(
        "document.querySelector('fieldset[data-group=interval] legend button:last-child').click()");
    assertEquals("0 of 2400 points", browser.text("count.textContent"));
    assertEquals("The filters leave nothing.", browser.text("note.textContent"));
    browser.value("document.querySelectorAll('fieldset[data-group=interval] input')[2].click()");
    assertEquals("360 of 2400 points", browser.text("count.textContent"));
    browser.value("document.querySelectorAll('fieldset[data-group=link] input')[0].click()");
    assertEquals("270 of 2400 points", browser.text("count.textContent"));
    browser.value("more.click()");
    assertEquals(270, browser.value("table.tBodies[0].rows.length").asInt());
    String cells =
        browser.text(
            "[...table.tBodies[0].rows].map(r => r.cells[1].textContent + '|' + r.cells[2].textContent).join('\\n')");
    assertFalse(cells.contains("recording-0|"), "what was filtered out is in the table");
    assertEquals(270, cells.lines().filter(line -> line.endsWith("|100")).count());

    // A logarithmic axis has no place for the method that saves nothing, and that is said.
    browser.value("ylog.click()");
    assertEquals(243, browser.value("Number(document.body.dataset.drawn)").asInt());
    assertTrue(browser.text("note.textContent").startsWith("27 not above 0"));
    browser.value("reset.click()");
    assertEquals("2400 of 2400 points", browser.text("count.textContent"));

    // By number, not by text: 5 stands before 45.
    browser.value("document.querySelectorAll('th button')[4].click()");
    browser.value("more.click()");
    String reductions = "[...table.tBodies[0].rows].map(r => r.cells[4].textContent).join(' ')";
    String descending = browser.text(reductions);
    assertTrue(descending.startsWith("89.00 "), descending.substring(0, 40));
    browser.value("document.querySelectorAll('th button')[4].click()");
    double last = 0;
    for (String cell : browser.text("(more.click(), " + reductions + ")").split(" ")) {
      double value = Double.parseDouble(cell);
      assertTrue(value >= last, value + " after " + last);
      last = value;
    }
    assertEquals(89, last);
  }

  @Test
  void worksByKeyboard() throws Exception {
    Browser browser = browser();
    browser.open(page, 1400, 900);
    String where =
        "(a => a.id || a.dataset.value || a.dataset.column || a.dataset.point || a.textContent)"
            + "(document.activeElement)";
    var order = new ArrayList<String>();
    for (int i = 0; i < 20; i++) {
      browser.press("Tab");
      order.add(browser.text(where));
    }
    assertEquals(
        List.of("reset", "all", "none", "none", "all", "none", recording(3), "all", "none", "25"),
        order.subList(0, 10));
    assertEquals(List.of("all", "none", "1000 Mb/s, shaped"), order.subList(10, 13));
    assertEquals(List.of("y", "ylog", "x", "xlog", "0"), order.subList(13, 18));

    // Headings: arrows move among them, Enter sorts.
    browser.value("document.querySelector('th button').focus()");
    browser.press("ArrowRight", "ArrowRight", "ArrowRight", "ArrowRight", "Enter");
    assertEquals("descending", browser.text("document.querySelectorAll('th')[4].ariaSort"));
    browser.press("Enter");
    assertEquals("ascending", browser.text("document.querySelectorAll('th')[4].ariaSort"));
    assertEquals("0", browser.text("table.tBodies[0].rows[0].cells[4].textContent"));

    // Rows: one stop, arrows within, and the point is shown.
    browser.press("Tab", "ArrowDown", "ArrowDown");
    assertEquals(
        2, browser.value("[...table.tBodies[0].rows].indexOf(document.activeElement)").asInt());
    assertEquals("none", browser.text("Chart.getChart('chart').tooltip.title[0]"));

    // Filters: arrows move, Space and Enter choose.
    browser.value("document.querySelector('[data-group=interval] input').focus()");
    browser.press("ArrowDown", " ");
    assertEquals("50", browser.text(where));
    assertEquals("2000 of 2400 points", browser.text("count.textContent"));
    browser.press("ArrowUp", "Enter");
    assertEquals("25", browser.text(where));
    assertEquals("1600 of 2400 points", browser.text("count.textContent"));
  }

  @Test
  void tellsPointUnderTheMouse() throws Exception {
    Browser browser = browser();
    browser.open(page, 1400, 900);
    JsonNode at =
        browser.value(
            "(c => { const p = c.getDatasetMeta(0).data[0], b = c.canvas.getBoundingClientRect();"
                + " return [b.x + p.x, b.y + p.y]; })(Chart.getChart('chart'))");
    browser.point(at.path(0).asDouble(), at.path(1).asDouble());
    String shown =
        browser.text(
            "new Promise(done => requestAnimationFrame(done)) && (t => t.title.concat("
                + "t.body.flatMap(b => b.lines)).join('\\n'))(Chart.getChart('chart').tooltip)");
    assertTrue(shown.startsWith("none\n"), shown);
    assertTrue(shown.contains("traffic reduction: 0 %"), shown);
    assertTrue(shown.contains("interval "), shown);
  }

  // A table wider than the paper loses its last columns without a word.
  @Test
  void printsWithNothingCutOff() throws Exception {
    Browser browser = browser();
    browser.open(page, 1000, 800);
    try (var document = Loader.loadPDF(browser.printed())) {
      var outside = new ArrayList<String>();
      var stripper =
          new PDFTextStripper() {
            @Override
            protected void writeString(String text, List<TextPosition> positions)
                throws IOException {
              TextPosition last = positions.getLast();
              float margin = 25;
              if (positions.getFirst().getX() < margin
                  || last.getX() + last.getWidth() > last.getPageWidth() - margin) {
                outside.add(text);
              }
              super.writeString(text, positions);
            }
          };
      String text = stripper.getText(document);
      assertEquals(List.of(), outside);
      for (String word : List.of("trials", "late checkpoints", "2400 of 2400 points", "all 10")) {
        assertTrue(text.replaceAll("\\s+", " ").contains(word), word);
      }
      assertFalse(text.contains("Show all"), "controls are printed");
      assertTrue(
          document.getPage(0).getResources().getXObjectNames().iterator().hasNext(),
          "no picture on the first page");
    }
  }

  @Test
  void fitsNarrowWindows() throws Exception {
    Browser browser = browser();
    for (int width : new int[] {360, 800, 1400, 2400}) {
      browser.open(page, width, 800);
      assertTrue(
          browser.value("document.documentElement.scrollWidth <= innerWidth").asBoolean(),
          "scrolls sideways at " + width);
      String pictures = System.getProperty("emulha.pictures");
      if (pictures != null) {
        Files.write(Path.of(pictures, "explore-" + width + ".png"), browser.picture());
      }
    }
    assertTrue(new String(Files.readAllBytes(page), StandardCharsets.UTF_8).length() < 2_000_000);
  }
}
