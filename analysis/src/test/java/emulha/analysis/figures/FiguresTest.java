package emulha.analysis.figures;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import emulha.analysis.drawing.Drawing;
import emulha.analysis.drawing.Figure;
import emulha.analysis.drawing.Figure.Curve;
import emulha.analysis.drawing.Figure.Curves;
import emulha.analysis.drawing.Figure.Point;
import emulha.analysis.drawing.Palette;
import emulha.analysis.drawing.Scale;
import emulha.analysis.drawing.Width;
import emulha.analysis.measures.Estimate;
import emulha.analysis.measures.Results;
import emulha.analysis.measures.Summary;
import emulha.metrics.CheckpointRow;
import emulha.metrics.RunRow;
import emulha.testsupport.Requirements;
import emulha.testsupport.Rows;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.apache.pdfbox.Loader;
import org.apache.pdfbox.text.PDFTextStripper;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tech.tablesaw.api.Table;

@Order(1)
final class FiguresTest {
  @TempDir Path directory;

  private Path in() {
    return directory.resolve("in");
  }

  private Path out() {
    return directory.resolve("out");
  }

  private static final List<String> METHODS =
      List.of(
          "none",
          "gzip:level=6",
          "delta:cache=16MiB",
          "delta:cache=32MiB",
          "similarity:chunk=256",
          "similarity:chunk=1KiB",
          "similarity:chunk=4KiB");

  /** Results like a grid's: every method at each interval, several trials. */
  private void grid(String traces, List<Long> intervals, int trials) throws IOException {
    var random = new Random(7);
    List<RunRow> runs = new ArrayList<>();
    List<CheckpointRow> rows = new ArrayList<>();
    for (long interval : intervals) {
      for (int m = 0; m < METHODS.size(); m++) {
        RunRow run = Rows.run(traces + interval + m, traces, METHODS.get(m), interval);
        runs.add(run);
        long pages = 200 + interval;
        for (int trial = 1; trial <= trials; trial++) {
          for (int n = -1; n < 5; n++) {
            long cpu = (long) (pages * (500 + 9000.0 * (m % 4)) * (1 + 0.2 * random.nextDouble()));
            rows.add(
                Rows.checkpoint(
                    run,
                    trial,
                    "vm",
                    n,
                    pages,
                    pages * 4096 * (10 - m) / 10,
                    cpu,
                    cpu + pages * 900));
          }
        }
      }
    }
    Rows.write(in().resolve(traces), runs, rows);
  }

  /** A line that goes from 25 to 100 ms and back to 50 shows what nobody measured. */
  @Test
  void transferTimesAreJoinedInTheOrderOfTheirIntervals() throws IOException {
    grid("a", List.of(25L, 50L, 100L), 1);
    List<Summary> byName =
        Summary.of(Results.read(in().resolve("a"))).stream()
            .sorted(Comparator.comparing(summary -> summary.setting().interval()))
            .toList();
    Figure figure =
        Figures.transferTime(
            "transfer-time",
            "a",
            Figures.BY_INTERVAL_AXIS,
            byName,
            summary -> summary.setting().interval());
    for (Curve curve : ((Curves) figure.plot()).curves()) {
      assertEquals(
          List.of(25.0, 50.0, 100.0), curve.points().stream().map(Point::x).toList(), curve.name());
    }
  }

  /** Of two recordings whose names differ in an underscore, one's figures replaced the other's. */
  @Test
  void figuresOfLikeNamesAreAllThere() throws IOException {
    grid("web_shop", List.of(25L, 50L), 1);
    grid("web-shop", List.of(25L, 50L), 1);
    List<String> names =
        Figures.of(Summary.of(Results.read(in()))).stream().map(Figure::name).toList();
    assertEquals(names.stream().distinct().toList(), names);
    assertTrue(names.contains("traffic-reduction-web-shop"), names::toString);
    assertTrue(names.contains("traffic-reduction-web-shop-2"), names::toString);
  }

  /** Numbers, not pixels: the figure's CSV is what the drawing shows. */
  @Test
  void numbersOfOneRow() throws IOException {
    RunRow run = Rows.run("r1", "redis-25ms", "gzip:level=6,scope=page", 25);
    Rows.write(
        in(), List.of(run), List.of(Rows.checkpoint(run, 1, "vm", 0, 2, 2048, 5000L, 10_000_000L)));
    assertEquals(
        List.of(
            "traffic-reduction",
            "wire-traffic-reduction",
            "sender-cpu",
            "receiver-cpu",
            "sender-memory",
            "receiver-memory",
            "transfer-time"),
        Figures.draw(in(), out(), Width.DOUBLE));
    assertEquals(
        """
        traces,vm,workload,origin,mode,pace,base,store,link_kind,link_bits_per_second,link_latency_ns,encrypted,method,interval_ms,interval_ns,vms,trials,disturbed_trials,replays,coverage,checkpoints,verified,\
        traffic_reduction,traffic_reduction_low,traffic_reduction_high
        redis-25ms,vm,vm-load,recording,replay,realtime,skip,,as-is,,,false,"gzip:level=6,scope=page",25,25000000,1,1,0,1,0.0,1,true,\
        0.75,,
        """,
        Files.readString(out().resolve("traffic-reduction.csv")));
    assertEquals(
        """
        | method | redis-25ms, 25 ms |
        | --- | --: |
        | gzip:level=6,scope=page | 2.5 |
        """,
        Files.readString(out().resolve("sender-cpu.md")));
    assertEquals(
        """
        % \\usepackage{booktabs}
        \\begin{tabular}{lr}
        \\toprule
        method & redis-25ms, 25 ms \\\\
        \\midrule
        gzip:level=6,scope=page & 10 \\\\
        \\bottomrule
        \\end{tabular}
        """,
        Files.readString(out().resolve("transfer-time.tex")));
  }

  /** Results at these intervals, of each of two programs. */
  private void ofTwoPrograms(List<Long> intervals) throws IOException {
    for (String commit : List.of("c0ffee0000", "decade0000")) {
      List<RunRow> runs =
          intervals.stream().map(ms -> Rows.run(commit + "-" + ms, "a", "none", ms)).toList();
      Path directory = in().resolve(commit);
      Rows.write(
          directory,
          runs,
          runs.stream()
              .map(run -> Rows.checkpoint(run, 1, "vm", 0, 10, 40960, 1000L, 2000L))
              .toList());
      Files.writeString(
          directory.resolve("manifest.json"),
          """
          {"environment": {"gitCommit": "%s", "jdk": "25"}}
          """
              .formatted(commit));
    }
  }

  /** A curve through both of two programs' points goes up and down at an interval. */
  @Test
  void refusesTwoPointsOfACurveAtOneInterval() throws IOException {
    ofTwoPrograms(List.of(25L, 50L));
    List<Summary> timed = Summary.of(Results.read(in()));
    String refusal =
        assertThrows(
                IllegalArgumentException.class,
                () ->
                    Figures.transferTime(
                        "transfer-time",
                        "a",
                        Figures.BY_INTERVAL_AXIS,
                        timed,
                        summary -> summary.setting().interval()))
            .getMessage();
    assertTrue(refusal.startsWith("none, 25 ms: several settings would be one point"), refusal);
    assertTrue(refusal.contains("c0ffee0000") && refusal.contains("decade0000"), refusal);
  }

  /** Without this, one who repeated trials with a newer program would look for the difference. */
  @Test
  void refusesResultsOfTwoProgramsAndSaysWhichTheyAre() throws IOException {
    ofTwoPrograms(List.of(25L));
    String refusal =
        assertThrows(IllegalArgumentException.class, () -> Figures.draw(in(), out(), Width.SINGLE))
            .getMessage();
    assertTrue(refusal.contains("would be one bar"), refusal);
    assertTrue(refusal.contains("c0ffee0000") && refusal.contains("decade0000"), refusal);
    assertFalse(refusal.contains("25, "), "what they have in common: " + refusal);
  }

  @Test
  void refusesResultsWithoutCheckpoints() throws IOException {
    Rows.write(in(), List.of(), List.of());
    String message =
        assertThrows(IOException.class, () -> Figures.draw(in(), out(), Width.SINGLE)).getMessage();
    assertTrue(message.contains("no incremental checkpoint"), message);
    assertFalse(Files.exists(out()));
  }

  /**
   * Intervals in numeric order (5000 after 100, not before 25), each trace set apart; methods in
   * the same order whatever that of the results is, caches and chunks by size (1KiB after 256).
   */
  @Test
  void figuresOfAGrid() throws IOException {
    grid("redis", List.of(5000L, 25L, 100L), 3);
    grid("ffmpeg", List.of(25L, 100L, 5000L), 3);
    List<Figure> figures = Figures.of(Summary.of(Results.read(in())));
    assertEquals(14 + 2 * 2 * 3, figures.size());
    var bars = (Figure.Bars) figures.getFirst().plot();
    assertEquals(List.of("25", "100", "5000"), bars.categories());
    assertEquals(
        List.of(
            "none",
            "delta:cache=16MiB",
            "delta:cache=32MiB",
            "gzip:level=6",
            "similarity:chunk=256",
            "similarity:chunk=1KiB",
            "similarity:chunk=4KiB"),
        bars.names());
    assertEquals(30, bars.series().get(2).values().getFirst().value(), 0.2);
    Estimate cpu = ((Figure.Bars) figures.get(2).plot()).series().get(1).values().getFirst();
    assertTrue(cpu.hasInterval());
    var curves = (Figure.Curves) figures.get(6).plot();
    assertEquals("interval", curves.curves().getLast().name());
    assertEquals(25, curves.curves().getFirst().points().getFirst().x());
  }

  /** What a repository keeps of results would change with every drawing, and hide what did. */
  @Test
  void theSameResultsGiveTheSameFiles() throws IOException {
    grid("redis", List.of(25L), 2);
    Figures.draw(in(), out(), Width.SINGLE);
    Path again = out().resolveSibling("again");
    Figures.draw(in(), again, Width.SINGLE);
    try (var files = Files.list(out())) {
      for (Path file : files.toList()) {
        Path other = again.resolve(file.getFileName());
        assertEquals(-1, Files.mismatch(file, other), file::toString);
      }
    }
  }

  /** A file cut off or in the wrong format would only be seen by whoever opens it. */
  @Test
  void everyFormatOpens() throws IOException {
    grid("redis", List.of(25L), 2);
    for (String name : Figures.draw(in(), out(), Width.SINGLE)) {
      var image = ImageIO.read(out().resolve(name + ".png").toFile());
      assertEquals(1000, image.getWidth());
      assertEquals(0xFFFFFFFF, image.getRGB(0, 0));
      try (var document = Loader.loadPDF(out().resolve(name + ".pdf").toFile())) {
        assertEquals(240, document.getPage(0).getMediaBox().getWidth(), 0.5);
        // Words that a reader can search for.
        String words = new PDFTextStripper().getText(document);
        assertTrue(words.contains("gzip:level=6"), name + ": " + words);
      }
      String svg = Files.readString(out().resolve(name + ".svg"));
      assertTrue(svg.startsWith("<svg") && svg.stripTrailing().endsWith("</svg>"));
      assertFalse(svg.contains("<image"));
      // Words as text, in a typeface that other machines have; 240 points wide.
      assertTrue(svg.contains("Liberation Sans, Arial"), svg);
      assertTrue(svg.contains(">gzip:level=6"), name);
      String caption = Files.readString(out().resolve(name + ".txt"));
      assertTrue(caption.length() > 40, caption);
      assertTrue(
          Files.readString(out().resolve(name + "-caption.tex"))
              .contains("\\label{fig:" + name + "}"));
      assertTrue(svg.contains("width=\"84.67mm\""), svg);
    }
    assertFalse(Files.exists(out().resolve(".sender-cpu.png.partial")));
  }

  /**
   * A bar on a logarithmic axis has a foot that is chosen, and its length says nothing: dots, and
   * what is zero is written.
   */
  @Test
  void logarithmicAxesHaveNoBars() {
    Figure figure = figure(Figure.Axis.fitted("memory", true), 5, 0, 800);
    String svg = new Drawing(figure, Figures.palette(List.of(figure)), Width.SINGLE).sheet().svg();
    assertTrue(svg.contains(">0</text>"), svg);
    Figure linear = figure(Figure.Axis.fitted("memory", false), 5, 0, 800);
    String bars = new Drawing(linear, Figures.palette(List.of(linear)), Width.SINGLE).sheet().svg();
    // The low bar has its value written: 5 of 800 can't be read off.
    assertTrue(bars.contains(">5</text>"), bars);
    assertFalse(svg.contains(">5</text>"), svg);
  }

  /** The values of many low bars side by side stood over one another, and none could be read. */
  @Test
  void valuesThatCannotBeReadAreNotWritten() {
    List<String> categories = List.of("a", "b", "c", "d", "e", "f");
    List<Figure.BarSeries> series = new ArrayList<>();
    for (int s = 0; s < 7; s++) {
      // Low side by side in a, and alone in b.
      List<Estimate> values = new ArrayList<>();
      values.add(Estimate.exact(s == 0 ? 800 : 10.01 + s));
      values.add(Estimate.exact(s == 3 ? 17.25 : 800));
      categories.stream().skip(2).forEach(c -> values.add(Estimate.exact(800)));
      series.add(new Figure.BarSeries("gzip:level=" + s, values));
    }
    var bars = new Figure.Bars("x", categories, Figure.Axis.fitted("y", false), series);
    Figure figure = new Figure("f", "A caption.", bars, Table.create("t"));
    var palette = Figures.palette(List.of(figure));
    String narrow = new Drawing(figure, palette, Width.SINGLE).sheet().svg();
    assertTrue(narrow.contains(">17.25</text>"), narrow);
    assertFalse(narrow.contains(">12.01</text>"), narrow);
    String wide = new Drawing(figure, palette, Width.DOUBLE).sheet().svg();
    assertTrue(wide.contains(">12.01</text>"), wide);
  }

  private static Figure figure(Figure.Axis axis, double... values) {
    return new Figure(
        "f",
        "A caption.",
        new Figure.Bars(
            "x",
            List.of("a", "b", "c"),
            axis,
            List.of(
                new Figure.BarSeries(
                    "none", Arrays.stream(values).mapToObj(Estimate::exact).toList()))),
        Table.create("t"));
  }

  /**
   * With twenty methods a legend was higher than the plot below it. What is named in the figure is
   * in its upper third; else all of it is named in the legend that stands apart, and the caption
   * says so.
   */
  @ParameterizedTest
  @ValueSource(ints = {2, 7, 12, 20, 40})
  void legendsTakeAThirdAtMost(int methods) throws IOException {
    List<String> names =
        IntStream.range(0, methods).mapToObj(i -> "delta:cache=%dMiB,a=b".formatted(i)).toList();
    var bars =
        new Figure.Bars(
            "x",
            List.of("a", "b"),
            Figure.Axis.fitted("y", false),
            names.stream()
                .map(
                    name ->
                        new Figure.BarSeries(name, List.of(Estimate.exact(1), Estimate.exact(2))))
                .toList(),
            List.of(1.0, 1.0),
            "interval");
    List<Figure> figures = List.of(new Figure("f", "A caption.", bars, Table.create("t")));
    for (Width width : Width.values()) {
      Gallery.of(figures, Figures.palette(figures), width).write(out());
      String svg = Files.readString(out().resolve("f.svg"));
      Matcher size = Pattern.compile("viewBox=\"0 0 [0-9]+ ([0-9]+)\"").matcher(svg);
      assertTrue(size.find());
      boolean apart = !svg.contains(">" + names.getFirst() + "<");
      String caption = Files.readString(out().resolve("f.txt"));
      assertEquals(apart, caption.contains("figure legend"), caption);
      for (String name : names) {
        if (apart) {
          assertFalse(svg.contains(">" + name + "<"), name);
          assertTrue(
              Files.readString(out().resolve("legend.svg")).contains(">" + name + "<"), name);
        } else {
          Matcher text =
              Pattern.compile("<text[^>]* y=\"([0-9.]+)\"[^>]*>" + Pattern.quote(name) + "<")
                  .matcher(svg);
          assertTrue(text.find(), name);
          assertTrue(
              Double.parseDouble(text.group(1)) < Integer.parseInt(size.group(1)) / 3.0, name);
        }
      }
      assertTrue(svg.contains(">interval<"), "a reference is named where it is drawn");
      assertEquals(methods >= 12 && width == Width.SINGLE, apart);
    }
  }

  /** A method that changes its colour from one report to the next is taken for another. */
  @Test
  void aMethodLooksTheSameInEveryRun() {
    List<String> many =
        List.of("none", "gzip:level=6", "delta:cache=1MiB", "delta:cache=32MiB", "zero+lz4", "x");
    var whole = new Palette(many);
    for (String name : many) {
      Palette.Look alone = new Palette(List.of(name)).of(name);
      assertEquals(alone.color().getRGB(), whole.of(name).color().getRGB(), name);
      assertEquals(alone.color().hatch(), whole.of(name).color().hatch(), name);
    }
    Set<List<Object>> looks = new HashSet<>();
    List<String> sixty = IntStream.range(0, 60).mapToObj(i -> "delta:cache=" + i).toList();
    var all = new Palette(sixty);
    sixty.forEach(
        name -> looks.add(List.of(all.of(name).color().getRGB(), all.of(name).color().hatch())));
    assertEquals(60, looks.size());
  }

  /** What whiskers are, and that a range is none, a reader can't guess from the drawing. */
  @Test
  void captionsSayWhatWhiskersAre() {
    assertEquals("A caption.", figure(Figure.Axis.fitted("y", false), 1, 2, 3).caption());
    var six = new Figure.BarSeries("a", List.of(new Estimate(2, 1, 3, 6)));
    var two = new Figure.BarSeries("b", List.of(new Estimate(2, 1, 3, 2)));
    var bars =
        new Figure.Bars("x", List.of("a"), Figure.Axis.fitted("y", false), List.of(six, two));
    String caption = new Figure("f", "A caption.", bars, Table.create("t")).caption();
    assertTrue(caption.contains("(n = 6)"), caption);
    assertTrue(caption.contains("Dashed: the range"), caption);
  }

  /** The order, names and axis that a paper needs, and nothing that is not there. */
  @Test
  void figuresAreAsWished() throws IOException {
    grid("redis", List.of(25L), 2);
    var wishes =
        new Wishes(
            List.of("gzip:level=6", "none"), Map.of("gzip:level=6", "zlib, 6"), true, 0.5, null);
    Figures.draw(in(), out(), Width.SINGLE, wishes);
    List<String> rows = Files.readAllLines(out().resolve("sender-cpu-plot.csv"));
    assertEquals(3, rows.size());
    assertTrue(rows.get(1).startsWith("\"zlib, 6\",\"redis"), rows.get(1));
    assertTrue(rows.get(2).startsWith("none,\"redis"), rows.get(2));
    assertTrue(Files.readString(out().resolve("sender-cpu.svg")).contains(">zlib, 6</text>"));
    // Numbers keep the method's name.
    assertTrue(Files.readString(out().resolve("sender-cpu.csv")).contains("gzip:level=6"));
    String problem =
        assertThrows(
                IllegalArgumentException.class,
                () ->
                    Figures.draw(
                        in(),
                        out(),
                        Width.SINGLE,
                        new Wishes(List.of("lzma"), Map.of(), null, null, null)))
            .getMessage();
    assertTrue(problem.contains("'lzma'") && problem.contains("gzip:level=6"), problem);
    assertThrows(
        IllegalArgumentException.class, () -> new Wishes(List.of(), Map.of(), true, 0.0, null));
    assertThrows(
        IllegalArgumentException.class, () -> new Wishes(List.of(), Map.of(), null, 2.0, 1.0));
  }

  /** Of series whose names differ in their signs alone, the figures of one stood for both. */
  @Test
  void figuresOfOneNameAreRefused() throws IOException {
    Figure figure = figure(Figure.Axis.fitted("y", false), 1, 2, 3);
    var twice = Gallery.of(List.of(figure, figure), Figures.palette(List.of(figure)), Width.SINGLE);
    String problem = assertThrows(IOException.class, () -> twice.write(out())).getMessage();
    assertTrue(problem.contains("two figures would be named f"), problem);
    assertFalse(Files.exists(out().resolve("f.svg")));
  }

  /** A logarithmic axis had no place for it, and the command ended in the middle. */
  @Test
  void anAxisFromZeroIsLinear() {
    Figure logarithmic = figure(Figure.Axis.fitted("memory", true), 5, 0, 800);
    Figure wished = new Wishes(List.of(), Map.of(), null, 0.0, 1000.0).applied(logarithmic);
    String svg = new Drawing(wished, Figures.palette(List.of(wished)), Width.SINGLE).sheet().svg();
    // The value of a low bar: dots have none.
    assertTrue(svg.contains(">5</text>"), svg);
    assertThrows(
        IllegalArgumentException.class, () -> new Wishes(List.of(), Map.of(), true, null, 0.0));
  }

  /** Every kind of figure's script draws, with the library itself. */
  @Test
  void scriptsDraw() throws Exception {
    String interpreter = "";
    for (String one : List.of("python3", "/usr/bin/python3")) {
      if (interpreter.isEmpty()
          && new ProcessBuilder("sh", "-c", one + " -c 'import matplotlib' 2>&-").start().waitFor()
              == 0) {
        interpreter = one;
      }
    }
    if (interpreter.isEmpty()) {
      Requirements.lacking("python3 with matplotlib is not installed");
    }
    grid("redis", List.of(25L, 100L), 6);
    List<String> names = Figures.draw(in(), out(), Width.SINGLE);
    List<String> kinds =
        List.of(
            "traffic-reduction-redis",
            "transfer-time-redis",
            "pareto-redis-25",
            "break-even-redis-25");
    assertTrue(names.containsAll(kinds), names.toString());
    for (String name : kinds) {
      Path drawn = out().resolve(name + "-again.pdf");
      Process python =
          new ProcessBuilder(interpreter, out().resolve(name + ".py").toString(), drawn.toString())
              .redirectErrorStream(true)
              .start();
      String said = new String(python.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertEquals(0, python.waitFor(), name + ": " + said);
      assertTrue(Files.size(drawn) > 1000, name);
    }
  }

  /** A label left out, as the chart library does with long ones, leaves bars without a name. */
  @Test
  void labelsAreWrappedAndWhole() {
    assertEquals(List.of("100"), Drawing.wrapped("100", 50, 14));
    assertEquals(
        List.of("HPC-C", "(synthetic),", "100 ms"),
        Drawing.wrapped("HPC-C (synthetic), 100 ms", 80, 14));
    String name = "similarity:chunk=256,hash=md5 on a-recording-with-a-long-name";
    assertEquals(
        name.replace(" ", ""), String.join("", Drawing.wrapped(name, 60, 14)).replace(" ", ""));
  }

  private static List<String> ticks(boolean log, double min, double max, double length) {
    return new Scale(log, min, max, length)
        .ticks(36).stream()
            .map(tick -> tick.text() + (tick.exponent().isEmpty() ? "" : "^" + tick.exponent()))
            .toList();
  }

  /** A label that is left out, or one in another form, makes a logarithmic axis look linear. */
  @Test
  void labelsAxes() {
    assertEquals(List.of("10^\u22121", "10^0", "10^1", "10^2"), ticks(true, 0.1, 100, 200));
    assertEquals(List.of("10^2", "10^3"), ticks(true, 71, 1400, 200));
    assertEquals(List.of("20", "50", "100"), ticks(true, 18, 130, 200));
    assertEquals(List.of("0.2", "0.5"), ticks(true, 0.11, 0.9, 200));
    assertEquals(List.of("10^0", "10^3", "10^6"), ticks(true, 1, 1e7, 100));
    assertEquals(List.of("0", "20", "40", "60", "80", "100"), ticks(false, 0, 100, 216));
    assertEquals(List.of("\u22120.2", "0", "0.2", "0.4"), ticks(false, -0.21, 0.5, 160));
    assertEquals(List.of("0", "20000", "40000"), ticks(false, 0, 42000, 100));
  }

  @Test
  void placesValuesOnAxes() {
    var linear = new Scale(false, -10, 30, 200);
    assertEquals(50, linear.along(0), 1e-9);
    assertEquals(150, linear.screen(0), 1e-9);
    assertEquals(200, linear.along(31), 1e-9);
    assertEquals(100, new Scale(true, 1, 10000, 200).along(100), 1e-9);
  }
}
