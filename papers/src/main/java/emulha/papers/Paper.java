package emulha.papers;

import emulha.analysis.measures.Evidence;
import emulha.names.Names;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/**
 * The papers whose figures are drawn again and whose claims are tested: each a package, with its
 * data files beside its figures, and a line here, from which all its names follow. One that takes
 * the figures of another has data files alone.
 */
public enum Paper {
  HOU2013(emulha.papers.hou2013.HouFigures::of),
  FERNANDO2024(emulha.papers.fernando2024.FernandoFigures::of),
  FITDOC(emulha.papers.fitdoc.FitdocFigures::of),
  LIU_EXCLUSION(emulha.papers.liuexclusion.LiuFigures::of),
  CRIU_LPC(emulha.papers.criulpc.CriuFigures::of),
  SURVEY(emulha.papers.survey.Survey::of),
  NATIVE_RATES(emulha.papers.survey.Survey::of);

  @SuppressWarnings("ImmutableEnumChecker") // every function here is without state
  private final Function<Evidence, Shown> shown;

  Paper(Function<Evidence, Shown> shown) {
    this.shown = shown;
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
    return Names.choose("paper", label, List.of(values()), Paper::label);
  }

  /** All labels, for the help of an option. */
  public static String names() {
    return Names.either(Arrays.stream(values()).map(Paper::label).toList());
  }

  /**
   * One of its data files: {@code claims.json}, {@code quick.json} and {@code full.json} where it
   * needs no recordings of the reader's, and {@code corpus.json} where a corpus has the paper's
   * workloads.
   */
  InputStream open(String name) throws IOException {
    InputStream in = Paper.class.getResourceAsStream(resource(name));
    if (in == null) {
      throw new IOException(resource(name) + " is missing from the program");
    }
    return in;
  }

  boolean has(String name) {
    return Paper.class.getResource(resource(name)) != null;
  }

  private String resource(String name) {
    return label().replace("-", "") + "/" + name;
  }

  Claims claims() {
    return Claims.of(this);
  }

  /** What a report on it shows of results. */
  Shown shown(Evidence evidence) {
    return shown.apply(evidence);
  }
}
