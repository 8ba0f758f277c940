package emulha.analysis.figures;

import emulha.analysis.drawing.Drawing;
import emulha.analysis.drawing.Figure;
import emulha.analysis.drawing.Figure.Bars;
import emulha.analysis.drawing.Legend;
import emulha.analysis.drawing.Palette;
import emulha.analysis.drawing.PlotScript;
import emulha.analysis.drawing.Sheet;
import emulha.analysis.drawing.Width;
import emulha.analysis.measures.Estimate;
import emulha.analysis.measures.TableText;
import emulha.files.WholeFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/**
 * Figures drawn for print, all in the same looks. One thread only.
 *
 * @param drawings those of which there is something, in order
 * @param legend one for those that have no room for theirs, if there are any
 */
public record Gallery(List<Drawing> drawings, Optional<Sheet> legend, Width width) {
  /** Draws figures in the looks of a palette. */
  public static Gallery of(List<Figure> figures, Palette palette, Width width) {
    List<Drawing> drawings =
        figures.stream()
            .filter(one -> !one.isEmpty())
            .map(one -> new Drawing(one, palette, width))
            .toList();
    List<String> names =
        drawings.stream().flatMap(one -> one.namesElsewhere().stream()).distinct().toList();
    return new Gallery(
        drawings,
        names.isEmpty() ? Optional.empty() : Optional.of(new Legend(names, palette, width).sheet()),
        width);
  }

  /**
   * Writes the figures with their numbers and tables.
   *
   * @param out directory, made if absent; older files of the same names are replaced
   * @return the names of the figures
   * @throws IOException if two have one name, or a file of results has a figure's
   */
  public List<String> write(Path out) throws IOException {
    Set<String> names = new HashSet<>();
    for (Drawing drawing : drawings) {
      String name = drawing.figure().name();
      if (!names.add(name)) {
        throw new IOException(
            "two figures would be named %s; rename a series, or draw them apart".formatted(name));
      }
      Path numbers = out.resolve(name + ".csv");
      if (Files.exists(numbers) && !Files.exists(out.resolve(name + ".svg"))) {
        throw new IOException(
            numbers
                + ": a file of results, which the figure's numbers would replace; choose another"
                + " directory with --out");
      }
    }
    Files.createDirectories(out);
    if (legend.isPresent()) {
      write(legend.get(), out);
    }
    for (Drawing drawing : drawings) {
      Figure figure = drawing.figure();
      String caption = drawing.caption();
      write(drawing.sheet(), out);
      WholeFile.write(out.resolve(figure.name() + ".csv"), TableText.csv(figure.numbers()));
      WholeFile.write(
          out.resolve(figure.name() + "-plot.csv"), TableText.csv(PlotScript.data(figure)));
      WholeFile.write(out.resolve(figure.name() + ".py"), PlotScript.python(figure, width));
      WholeFile.write(out.resolve(figure.name() + ".txt"), caption + "\n");
      WholeFile.write(
          out.resolve(figure.name() + "-caption.tex"),
          "\\caption{%s}\n\\label{fig:%s}\n".formatted(TableText.escaped(caption), figure.name()));
      if (figure.plot() instanceof Bars bars) {
        Table pivot = pivot(bars);
        WholeFile.write(out.resolve(figure.name() + ".md"), TableText.markdown(pivot, 1));
        WholeFile.write(out.resolve(figure.name() + ".tex"), TableText.latex(pivot, 1));
      }
    }
    return drawings.stream().map(drawing -> drawing.figure().name()).toList();
  }

  private static void write(Sheet sheet, Path out) throws IOException {
    WholeFile.write(out.resolve(sheet.name() + ".png"), sheet.png());
    WholeFile.write(out.resolve(sheet.name() + ".svg"), sheet.svg());
    WholeFile.write(out.resolve(sheet.name() + ".pdf"), sheet.pdf());
  }

  /** The figure's values as printed: methods down, categories across. */
  private static Table pivot(Bars bars) {
    Table table = Table.create(StringColumn.create("method", bars.names()));
    for (int c = 0; c < bars.categories().size(); c++) {
      int category = c;
      table.addColumns(
          StringColumn.create(
              bars.categories().get(c),
              bars.series().stream().map(s -> printed(s.values().get(category))).toList()));
    }
    return table;
  }

  private static String printed(@Nullable Estimate value) {
    return value == null ? "" : TableText.rounded(value.value()) + TableText.interval(value);
  }
}
