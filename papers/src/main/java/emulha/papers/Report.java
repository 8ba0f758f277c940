package emulha.papers;

import emulha.analysis.drawing.Drawing;
import emulha.analysis.drawing.Figure;
import emulha.analysis.drawing.Legend;
import emulha.analysis.drawing.Palette;
import emulha.analysis.drawing.Width;
import emulha.analysis.figures.Explorer;
import emulha.analysis.figures.Figures;
import emulha.analysis.figures.TraceFigures;
import emulha.analysis.figures.Tradeoffs;
import emulha.analysis.measures.DerivedColumns;
import emulha.analysis.measures.Evidence;
import emulha.analysis.measures.Intervals;
import emulha.analysis.measures.Labels;
import emulha.analysis.measures.Manifest;
import emulha.analysis.measures.Measure;
import emulha.analysis.measures.Numbers;
import emulha.analysis.measures.Stability;
import emulha.analysis.measures.Summary;
import emulha.analysis.measures.TableText;
import emulha.files.WholeFile;
import emulha.metrics.MissRatioRow;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What became of a paper's figures and claims: {@code report.html}, which needs nothing else to be
 * read or printed, {@code index.md}, {@code explore.html}, {@code claims.csv}, and the figures with
 * their numbers in {@code figures/}, and tables' numbers in {@code tables/}.
 */
public final class Report {
  private static final String STYLE =
      """
      body { font: 15px/1.45 "Liberation Sans", Arial, sans-serif; color: #000; background: #fff;
        max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
      h1, h2, h3, th { font-weight: normal; }
      table { border-collapse: collapse; width: 100%; font-size: 13px; }
      th, td { border-top: 1px solid #999; padding: .3rem .5rem; text-align: left;
        vertical-align: top; overflow-wrap: anywhere; }
      td:first-child, td:nth-child(3) { overflow-wrap: normal; }
      figure { margin: 1.5rem 0; break-inside: avoid; }
      figure svg { max-width: 100%; height: auto; }
      figcaption { font-size: 13px; }
      tr { break-inside: avoid; }
      .holds::before { content: "✓ "; } .not::before { content: "✗ "; }
      .untested::before { content: "– "; } .input::before { content: "= "; }
      @media print { body { margin: 0; max-width: none; } }
      """;

  /** Directory of the tables' numbers, in that of the report. */
  static final String TABLES = "tables";

  private Report() {}

  /** A claim and its verdict. */
  private record Judged(Claim claim, Verdict verdict) {}

  /** What stands on the page. */
  private record Content(
      Paper paper,
      Claims claims,
      Evidence evidence,
      List<Judged> judged,
      List<ReportTable> tables,
      List<Figure> figures,
      List<String> warnings,
      Width width) {}

  /**
   * Writes the report on a paper.
   *
   * @param paper the paper
   * @param results directory of results: {@code checkpoints.csv} with {@code runs.csv}, files of
   *     trace statistics, {@code manifest.json}, in it or in subdirectories
   * @param out directory for the report, made if absent; an older report is replaced
   * @param width width of the figures in print
   * @param quick whether the results leave out what takes long: what they do not decide is then
   *     called so
   * @param remarks what else is to be known, a line each
   * @return a line per verdict with the number of claims
   * @throws IOException if the results cannot be read or the report not written
   */
  public static List<String> write(
      Paper paper, Path results, Path out, Width width, boolean quick, List<String> remarks)
      throws IOException {
    Evidence evidence = Evidence.read(results);
    Claims claims = paper.claims();
    List<Judged> judged =
        claims.claims().stream()
            .map(claim -> new Judged(claim, Claims.judge(claim, evidence, quick)))
            .toList();
    List<String> warnings = new ArrayList<>(remarks);
    warnings.addAll(Stability.warnings(evidence.summaries(), evidence.manifests()));
    Shown shown = paper.shown(evidence);
    List<Figure> figures =
        Figures.underNamesOfTheirOwn(
            Stream.concat(shown.figures().stream(), own(evidence).stream()).toList());
    var content =
        new Content(paper, claims, evidence, judged, shown.tables(), figures, warnings, width);
    Path directory = out.resolve("figures");
    Files.createDirectories(directory);
    Figures.write(figures, directory, width);
    WholeFile.write(
        directory.resolve("summary.csv"),
        TableText.csv(Numbers.of(evidence.plain(), List.of(Measure.values()))));
    for (ReportTable table : shown.tables()) {
      Files.createDirectories(out.resolve(TABLES));
      WholeFile.write(
          out.resolve(TABLES).resolve(table.name() + ".csv"), TableText.csv(table.numbers()));
    }
    WholeFile.write(out.resolve("claims.csv"), csv(judged));
    WholeFile.write(out.resolve("report.html"), html(content));
    Explorer.write(shown.points(), Figures.palette(figures), Map.of(), out);
    WholeFile.write(out.resolve("index.md"), markdown(content));
    return Arrays.stream(Verdict.Kind.values())
        .map(
            kind ->
                "%s: %d of %d claims"
                    .formatted(
                        kind.text(),
                        judged.stream().filter(j -> j.verdict().kind() == kind).count(),
                        judged.size()))
        .toList();
  }

  /** Figures of our own that stand beside each paper's, at the interval nearest to 100 ms. */
  private static List<Figure> own(Evidence evidence) {
    List<Figure> figures = new ArrayList<>();
    Map<String, List<Summary>> groups = new LinkedHashMap<>();
    List<Summary> timed = Figures.having(evidence.sets(), Measure.SENDER_CPU_NS_PER_PAGE);
    Function<Summary, String> label = Labels.of(timed);
    for (Summary summary : timed) {
      groups.computeIfAbsent(label.apply(summary), name -> new ArrayList<>()).add(summary);
    }
    groups.forEach(
        (name, all) -> {
          long interval = Intervals.nearestToHundred(all);
          List<Summary> some =
              all.stream().filter(s -> s.setting().intervalNs() == interval).toList();
          Tradeoffs.pareto("pareto-" + Figures.slug(name), some).ifPresent(figures::add);
          Tradeoffs.breakEven("break-even-" + Figures.slug(name), some).ifPresent(figures::add);
        });
    TraceFigures.missRatios(evidence.rows(MissRatioRow.class)).ifPresent(figures::add);
    return figures;
  }

  private static String html(Content content) {
    var page =
        new StringBuilder(
            """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width">
            <title>%s</title>
            <style>
            %s</style>
            </head>
            <body>
            <h1>%s, reproduced with emulha</h1>
            <p>%s</p>
            <p>%s</p>
            """
                .formatted(
                    content.paper().label(),
                    STYLE,
                    escaped(content.claims().title()),
                    escaped(content.claims().reference()),
                    escaped(legend())));
    page.append("<h2>Claims</h2>\n<table>\n<thead><tr>");
    for (String heading : List.of("where", "claim", "paper", "here", "verdict")) {
      page.append("<th>").append(heading).append("</th>");
    }
    page.append("</tr></thead>\n<tbody>\n");
    for (Judged one : content.judged()) {
      page.append("<tr id=\"").append(escaped(one.claim().id())).append("\">");
      cell(page, one.claim().said().section());
      cell(page, one.claim().said().statement() + note(one.claim()));
      cell(page, one.claim().said().number());
      cell(page, here(one.verdict()));
      page.append("<td class=\"").append(cssClass(one.verdict().kind())).append("\">");
      page.append(escaped(text(one.verdict()))).append("</td></tr>\n");
    }
    page.append("</tbody>\n</table>\n");
    content.tables().forEach(table -> html(page, table));
    page.append("<h2>Figures</h2>\n");
    if (content.figures().isEmpty()) {
      page.append("<p>The results hold nothing that the paper's figures show.</p>\n");
    }
    Palette palette = Figures.palette(content.figures());
    Figures.legend(content.figures(), palette, content.width())
        .ifPresent(
            legend ->
                page.append("<figure>\n")
                    .append(legend.sheet().svg())
                    .append("\n<figcaption>Figure ")
                    .append(Legend.NAME)
                    .append(": which look is whose.</figcaption>\n</figure>\n"));
    for (Figure figure : content.figures()) {
      var drawing = new Drawing(figure, palette, content.width());
      page.append("<figure>\n")
          .append(drawing.sheet().svg())
          .append("\n<figcaption>")
          .append(escaped(Figures.caption(figure, drawing)))
          .append(" Numbers: figures/")
          .append(figure.name())
          .append(".csv</figcaption>\n</figure>\n");
    }
    if (!content.warnings().isEmpty()) {
      page.append("<h2>Warnings</h2>\n<ul>\n");
      content
          .warnings()
          .forEach(line -> page.append("<li>").append(escaped(line)).append("</li>\n"));
      page.append("</ul>\n");
    }
    page.append("<h2>Environment</h2>\n<table>\n");
    environment(content.evidence())
        .forEach(
            (name, value) -> {
              page.append("<tr>");
              cell(page, name);
              cell(page, value);
              page.append("</tr>\n");
            });
    return page.append("</table>\n</body>\n</html>\n").toString();
  }

  private static String markdown(Content content) {
    var page = new StringBuilder();
    page.append("# ").append(content.claims().title()).append(", reproduced with emulha\n\n");
    page.append(content.claims().reference())
        .append("\n\n")
        .append(legend())
        .append("\n\n## Claims\n\n");
    page.append("| where | claim | paper | here | verdict |\n|---|---|---|---|---|\n");
    for (Judged one : content.judged()) {
      page.append(
          List.of(
                  one.claim().said().section(),
                  one.claim().said().statement() + note(one.claim()),
                  one.claim().said().number(),
                  here(one.verdict()),
                  text(one.verdict()))
              .stream()
              .map(TableText::markdownCell)
              .collect(Collectors.joining(" | ", "| ", " |\n")));
    }
    for (ReportTable table : content.tables()) {
      page.append(
          "\n%s [numbers](%s/%s.csv)\n\n%s"
              .formatted(
                  TableText.inMarkdown(table.what()),
                  TABLES,
                  table.name(),
                  TableText.markdown(table.shown(), table.left())));
    }
    page.append("\n## Figures\n\n");
    Palette palette = Figures.palette(content.figures());
    if (Figures.legend(content.figures(), palette, content.width()).isPresent()) {
      page.append("![legend](figures/%s.svg)\n\nWhich look is whose.\n\n".formatted(Legend.NAME));
    }
    for (Figure figure : content.figures()) {
      page.append(
          "![%s](figures/%s.svg)\n\n%s [numbers](figures/%s.csv)\n\n"
              .formatted(
                  figure.name(),
                  figure.name(),
                  TableText.inMarkdown(
                      Figures.caption(figure, new Drawing(figure, palette, content.width()))),
                  figure.name()));
    }
    if (!content.warnings().isEmpty()) {
      page.append("## Warnings\n\n");
      content
          .warnings()
          .forEach(line -> page.append("- ").append(TableText.inMarkdown(line)).append('\n'));
      page.append('\n');
    }
    page.append("## Environment\n\n| | |\n|---|---|\n");
    environment(content.evidence())
        .forEach(
            (name, value) ->
                page.append(
                    "| %s | %s |\n"
                        .formatted(TableText.markdownCell(name), TableText.markdownCell(value))));
    return page.append("\nThe report: [%s](report.html)\n".formatted(content.paper().label()))
        .toString();
  }

  private static void html(StringBuilder page, ReportTable table) {
    page.append("<p>")
        .append(escaped(table.what()))
        .append(" Numbers: %s/%s.csv</p>\n<table>\n<thead><tr>".formatted(TABLES, table.name()));
    table.shown().columnNames().forEach(name -> page.append("<th>").append(escaped(name)));
    page.append("</tr></thead>\n<tbody>\n");
    for (List<String> row : TableText.rounded(table.shown())) {
      page.append("<tr>");
      row.forEach(text -> cell(page, text));
      page.append("</tr>\n");
    }
    page.append("</tbody>\n</table>\n");
  }

  private static String csv(List<Judged> judged) {
    return judged.stream()
        .map(
            one ->
                TableText.csvLine(
                    List.of(
                        one.claim().id(),
                        one.claim().said().section(),
                        one.claim().said().statement(),
                        one.claim().said().number(),
                        one.verdict().ours(),
                        one.verdict().kind().text(),
                        one.verdict().reason(),
                        one.verdict().traces())))
        .collect(Collectors.joining("", TableText.csvLine(DerivedColumns.of("claims.csv")), ""));
  }

  private static String legend() {
    return "A claim holds or does not hold if the whole interval says so in all settings that it"
        + " speaks of, or if one alone settles it: what is not so in one is not so in all. The"
        + " interval, [low, high], covers the median over trials with 95 % or more, and takes 6"
        + " trials. A range is what fewer trials show, and decides nothing. Where too few were"
        + " undisturbed, a transfer takes at most the upper end of the interval over all trials:"
        + " waiting makes it longer, and never shorter. Input: the"
        + " trace is synthetic and what the claim is about was put into it. All averages are over"
        + " incremental checkpoints; a value is the median over trials in fresh pairs of JVMs.";
  }

  /** The environments found, each value once. */
  private static Map<String, String> environment(Evidence evidence) {
    Map<String, Set<String>> values = new LinkedHashMap<>();
    for (Manifest manifest : evidence.manifests()) {
      manifest
          .onEnvironment()
          .forEach(
              (name, text) -> values.computeIfAbsent(name, k -> new LinkedHashSet<>()).add(text));
    }
    Map<String, String> all = new LinkedHashMap<>();
    values.forEach((name, some) -> all.put(name, String.join(" / ", some)));
    all.put("manifests", Integer.toString(evidence.manifests().size()));
    all.put(
        "traces",
        evidence.summaries().stream()
            .map(s -> s.setting().traces() + " (" + s.setting().origin() + ")")
            .distinct()
            .collect(Collectors.joining(", ")));
    return all;
  }

  private static String note(Claim claim) {
    return claim.note().isEmpty() ? "" : " (" + claim.note() + ")";
  }

  private static String here(Verdict verdict) {
    return verdict.traces().isEmpty() ? verdict.ours() : verdict.ours() + " on " + verdict.traces();
  }

  private static String text(Verdict verdict) {
    return verdict.reason().isEmpty()
        ? verdict.kind().text()
        : verdict.kind().text() + ": " + verdict.reason();
  }

  private static String cssClass(Verdict.Kind kind) {
    return switch (kind) {
      case HOLDS -> "holds";
      case DOES_NOT_HOLD -> "not";
      case CANNOT_BE_TESTED, NOT_IN_QUICK -> "untested";
      case INPUT -> "input";
    };
  }

  private static void cell(StringBuilder page, String text) {
    page.append("<td>").append(escaped(text)).append("</td>");
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }
}
