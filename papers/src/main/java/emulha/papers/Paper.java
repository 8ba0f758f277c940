package emulha.papers;

import emulha.analysis.drawing.Figure;
import emulha.analysis.measures.Evidence;
import emulha.papers.criulpc.CriuFigures;
import emulha.papers.fernando2024.FernandoFigures;
import emulha.papers.fitdoc.FitdocFigures;
import emulha.papers.hou2013.HouFigures;
import emulha.papers.liuexclusion.LiuFigures;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The papers whose figures are drawn again and whose claims are tested. */
public enum Paper {
  /** Hou et al., VTDC 2013. */
  HOU2013(HouFigures::of),
  /** Fernando, 2024. */
  FERNANDO2024(FernandoFigures::of),
  /** FITDOC. */
  FITDOC(FitdocFigures::of),
  /** Liu et al., memory exclusion. */
  LIU_EXCLUSION(LiuFigures::of),
  /** The CRIU talk at the Linux Plumbers Conference. */
  CRIU_LPC(CriuFigures::of);

  /** The labels, for the help of an option. */
  public static final String NAMES = "hou2013, fernando2024, fitdoc, liu-exclusion or criu-lpc";

  @SuppressWarnings("ImmutableEnumChecker") // every function here is without state
  private final Function<Evidence, List<Figure>> figures;

  Paper(Function<Evidence, List<Figure>> figures) {
    this.figures = figures;
  }

  /** Name on the command line and of the claims' data file. */
  public String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /**
   * The paper of a name.
   *
   * @throws IllegalArgumentException if there is none; the message lists the names
   */
  public static Paper named(String label) {
    return Arrays.stream(values())
        .filter(paper -> paper.label().equals(label))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "unknown paper '%s'; available: %s"
                        .formatted(
                            label,
                            Arrays.stream(values())
                                .map(Paper::label)
                                .collect(Collectors.joining(", ")))));
  }

  /**
   * One of its data files: {@code claims.json}, {@code quick.json}, {@code full.json}, and {@code
   * corpus.json} where a corpus has the paper's workloads.
   */
  InputStream open(String name) throws IOException {
    InputStream in = Paper.class.getResourceAsStream(resource(name));
    if (in == null) {
      throw new IOException(resource(name) + " is missing from the program");
    }
    return in;
  }

  /** Whether it has a data file of that name. */
  boolean has(String name) {
    return Paper.class.getResource(resource(name)) != null;
  }

  private String resource(String name) {
    return label().replace("-", "") + "/" + name;
  }

  Claims claims() {
    return Claims.of(this);
  }

  List<Figure> figures(Evidence evidence) {
    return figures.apply(evidence);
  }
}
