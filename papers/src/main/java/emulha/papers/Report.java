package emulha.papers;

import emulha.analysis.drawing.Drawing;
import emulha.analysis.drawing.Figure;
import emulha.analysis.drawing.Legend;
import emulha.analysis.drawing.Palette;
import emulha.analysis.drawing.Resources;
import emulha.analysis.drawing.Sheet;
import emulha.analysis.drawing.Width;
import emulha.analysis.figures.Explorer;
import emulha.analysis.figures.Figures;
import emulha.analysis.figures.Gallery;
import emulha.analysis.figures.TraceFigures;
import emulha.analysis.figures.Tradeoffs;
import emulha.analysis.measures.DerivedColumns;
import emulha.analysis.measures.Evidence;
import emulha.analysis.measures.Groups;
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
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What became of a paper's figures and claims: {@code report.html}, which needs nothing else to be
 * read or printed, {@code index.md}, {@code explore.html}, {@code claims.csv}, and the figures with
 * their numbers in {@code figures/}, and tables' numbers in {@code tables/}.
 */
public final class Report {
  private static final String LEGEND =
      "A claim holds or does not hold if the whole interval says so in all settings that it"
          + " speaks of, or if one alone settles it: what is not so in one is not so in all. The"
          + " interval, [low, high], covers the median over trials with 95 % or more, and takes 6"
          + " trials. A range is what fewer trials show, and decides nothing. Where too few were"
          + " undisturbed, a transfer takes at most the upper end of the interval over all trials:"
          + " waiting makes it longer, and never shorter. Input: the"
          + " trace is synthetic and what the claim is about was put into it. All averages are over"
          + " incremental checkpoints; a value is the median over trials in fresh pairs of JVMs.";

  /** Directory of the tables' numbers, in that of the report. */
  static final String TABLES = "tables";

  private Report() {}

  private record Judged(Claim claim, Verdict verdict) {
    /** Where, claim, paper, here, and verdict. */
    List<String> cells() {
      String reason = verdict.reason();
      return List.of(
          claim.said().section(),
          claim.said().statement() + (claim.note().isEmpty() ? "" : " (" + claim.note() + ")"),
          claim.said().number(),
          verdict.ours() + (verdict.traces().isEmpty() ? "" : " on " + verdict.traces()),
          verdict.kind().text + (reason.isEmpty() ? "" : ": " + reason));
    }
  }

  private record Content(
      Paper paper,
      Claims claims,
      Evidence evidence,
      List<Judged> judged,
      List<ReportTable> tables,
      Gallery figures,
      List<String> warnings) {}

  /**
   * Writes the report on a paper.
   *
   * @param results directory of results: {@code checkpoints.csv} with {@code runs.csv}, files of
   *     trace statistics, {@code manifest.json}, in it or in subdirectories
   * @param out directory for the report, made if absent; an older report is replaced
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
    warnings.addAll(Stability.warnings(evidence));
    Shown shown = paper.shown(evidence);
    List<Figure> figures =
        Figures.underNamesOfTheirOwn(
            Stream.concat(shown.figures().stream(), own(evidence).stream()).toList());
    Palette palette = Figures.palette(figures);
    var gallery = Gallery.of(figures, palette, width);
    var content = new Content(paper, claims, evidence, judged, shown.tables(), gallery, warnings);
    Path directory = out.resolve("figures");
    gallery.write(directory);
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
    Explorer.write(shown.points(), palette, Map.of(), out);
    WholeFile.write(out.resolve("index.md"), markdown(content));
    return Arrays.stream(Verdict.Kind.values())
        .map(
            kind ->
                "%s: %d of %d claims"
                    .formatted(
                        kind.text,
                        judged.stream().filter(j -> j.verdict().kind() == kind).count(),
                        judged.size()))
        .toList();
  }

  /** Figures of our own that stand beside each paper's, at the interval nearest to 100 ms. */
  private static List<Figure> own(Evidence evidence) {
    List<Figure> figures = new ArrayList<>();
    List<Summary> timed = Figures.having(evidence.sets(), Measure.SENDER_CPU_NS_PER_PAGE);
    Groups.by(Labels.of(timed), timed)
        .forEach(
            (name, all) -> {
              List<Summary> some = Intervals.atNearestToHundred(all);
              Tradeoffs.pareto("pareto-" + Figures.slug(name), some).ifPresent(figures::add);
              Tradeoffs.breakEven("break-even-" + Figures.slug(name), some).ifPresent(figures::add);
            });
    figures.add(TraceFigures.missRatios(evidence.rows(MissRatioRow.class)));
    return figures;
  }

  private static String html(Content content) {
    var page =
        new StringBuilder(
            Resources.text(Report.class, "report.html")
                .formatted(
                    content.paper().label(),
                    escaped(content.claims().title()),
                    escaped(content.claims().reference()),
                    escaped(LEGEND)));
    for (Judged one : content.judged()) {
      List<String> cells = one.cells();
      page.append(
          "<tr id=\"%s\">%s<td class=\"%s\">%s</td></tr>\n"
              .formatted(
                  escaped(one.claim().id()),
                  html(cells.subList(0, 4)),
                  one.verdict().kind().style,
                  escaped(cells.getLast())));
    }
    page.append("</tbody>\n</table>\n");
    content.tables().forEach(table -> html(page, table));
    page.append("<h2>Figures</h2>\n");
    if (content.figures().drawings().isEmpty()) {
      page.append("<p>The results hold nothing that the paper's figures show.</p>\n");
    }
    content
        .figures()
        .legend()
        .ifPresent(
            legend ->
                figure(page, legend, "Figure %s: which look is whose.".formatted(Legend.NAME)));
    for (Drawing drawing : content.figures().drawings()) {
      figure(
          page,
          drawing.sheet(),
          "%s Numbers: figures/%s.csv"
              .formatted(escaped(drawing.caption()), drawing.figure().name()));
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
            (name, value) -> page.append("<tr>%s</tr>\n".formatted(html(List.of(name, value)))));
    return page.append("</table>\n</body>\n</html>\n").toString();
  }

  private static void figure(StringBuilder page, Sheet sheet, String caption) {
    page.append("<figure>\n").append(sheet.svg()).append("\n<figcaption>").append(caption);
    page.append("</figcaption>\n</figure>\n");
  }

  private static String markdown(Content content) {
    var page = new StringBuilder();
    page.append("# ").append(content.claims().title()).append(", reproduced with emulha\n\n");
    page.append(content.claims().reference())
        .append("\n\n")
        .append(LEGEND)
        .append("\n\n## Claims\n\n");
    page.append("| where | claim | paper | here | verdict |\n|---|---|---|---|---|\n");
    for (Judged one : content.judged()) {
      page.append(TableText.markdownRow(one.cells()));
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
    if (content.figures().legend().isPresent()) {
      page.append("![legend](figures/%s.svg)\n\nWhich look is whose.\n\n".formatted(Legend.NAME));
    }
    for (Drawing drawing : content.figures().drawings()) {
      page.append(
          "![%1$s](figures/%1$s.svg)\n\n%2$s [numbers](figures/%1$s.csv)\n\n"
              .formatted(drawing.figure().name(), TableText.inMarkdown(drawing.caption())));
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
        .forEach((name, value) -> page.append(TableText.markdownRow(List.of(name, value))));
    return page.append("\nThe report: [%s](report.html)\n".formatted(content.paper().label()))
        .toString();
  }

  private static void html(StringBuilder page, ReportTable table) {
    page.append(
        "<p>%s Numbers: %s/%s.csv</p>\n<table>\n<thead><tr>"
            .formatted(escaped(table.what()), TABLES, table.name()));
    table.shown().columnNames().forEach(name -> page.append("<th>").append(escaped(name)));
    page.append("</tr></thead>\n<tbody>\n");
    for (List<String> row : TableText.rounded(table.shown())) {
      page.append("<tr>%s</tr>\n".formatted(html(row)));
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
                        one.verdict().kind().text,
                        one.verdict().reason(),
                        one.verdict().traces())))
        .collect(Collectors.joining("", TableText.csvLine(DerivedColumns.of("claims.csv")), ""));
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

  private static String html(List<String> cells) {
    return cells.stream()
        .map(cell -> "<td>" + escaped(cell) + "</td>")
        .collect(Collectors.joining());
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }
}
