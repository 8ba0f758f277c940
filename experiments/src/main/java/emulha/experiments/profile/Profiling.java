package emulha.experiments.profile;

import emulha.analysis.drawing.Width;
import emulha.analysis.figures.PageCostFigures;
import emulha.codecs.Method;
import emulha.files.WholeFile;
import emulha.metrics.PageCostRow;
import emulha.metrics.columns.RowWriter;
import emulha.runs.Environment;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What pages cost under several methods, as a directory of results. */
public final class Profiling {
  /** Name of the file of the costs. */
  public static final String FILE = "page_costs.csv";

  private Profiling() {}

  /** Measures a method. */
  @FunctionalInterface
  public interface Measuring {
    /** What pages cost under it, see {@link PageCosts}. */
    List<PageCostRow> costs(Method method) throws IOException, InterruptedException;
  }

  /**
   * Measures each method, and writes the costs, a manifest and figures.
   *
   * @param directory without results of an earlier profile
   * @param commandLine that asked for it, for the manifest
   * @return the rows of all methods
   */
  public static List<PageCostRow> write(
      List<Method> methods,
      Measuring measuring,
      Path directory,
      List<String> commandLine,
      Width width)
      throws IOException, InterruptedException {
    List<PageCostRow> rows = new ArrayList<>();
    try (var writer = RowWriter.open(directory.resolve(FILE), PageCostRow.class)) {
      for (Method method : methods) {
        rows.addAll(measuring.costs(method));
      }
      writer.writeAll(rows);
      writer.commit();
    }
    WholeFile.write(
        directory.resolve("manifest.json"), Environment.manifest(commandLine, Map.of()));
    PageCostFigures.draw(rows, directory.resolve("figures"), width);
    return rows;
  }
}
