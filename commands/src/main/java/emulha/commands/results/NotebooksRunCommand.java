package emulha.commands.results;

import com.beust.jcommander.Parameter;
import emulha.commands.options.Command;
import emulha.commands.options.Values;
import emulha.commands.options.Verbatim;
import emulha.commands.terminal.ThisProgram;
import emulha.files.Partial;
import emulha.files.Tree;
import emulha.files.WholeFile;
import emulha.names.Names;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Makes the results that the notebooks read, and executes the notebooks. */
public final class NotebooksRunCommand extends Command {
  /** Stands for the recordings asked for. */
  private static final String YOURS = "yours";

  private static final String USUAL = "redis-25ms";

  /** File in a notebook's results that says that all of them are of bundled recordings. */
  private static final String OF_BUNDLED = "of-bundled-recordings";

  private static final List<String> SIMILARITY =
      List.of("similarity:chunk=256", "similarity:chunk=1KiB", "similarity:chunk=4KiB");
  private static final List<String> HOU =
      Stream.concat(
              Stream.of("none", "gzip:level=6", "delta:cache=16MiB", "delta:cache=32MiB"),
              SIMILARITY.stream())
          .toList();
  private static final List<String> HOU_TIMED =
      List.of("none", "gzip:level=6", "delta:cache=32MiB", "similarity:chunk=256");
  private static final List<String> CODECS =
      List.of(
          "none",
          "lz4",
          "zstd:level=1",
          "gzip:level=6",
          "delta:cache=32MiB",
          "delta:cache=32MiB,encoding=xor+zstd:level=1",
          "prefix:level=1");
  private static final List<String> ADVISED =
      List.of(
          "none",
          "lz4",
          "gzip:level=6",
          "zstd:level=1",
          "delta:cache=4MiB+zstd:level=1",
          "prefix:level=1,history=4MiB");

  /**
   * A command that makes results.
   *
   * @param name of the directory that they go to
   * @param traces bundled recordings, those that are VMs together joined by +; or {@link #YOURS}
   * @param methods methods
   * @param command the command with its other options, a space between two words
   */
  private record Maker(String name, List<String> traces, List<String> methods, String command) {}

  /** Makes the results of a notebook. */
  interface Making {
    /** Makes all of them in a directory that is empty. */
    void in(Path directory) throws IOException, InterruptedException;
  }

  /** By notebook, what makes its results. */
  private static final Map<String, List<Maker>> NOTEBOOKS = new LinkedHashMap<>();

  static {
    String offline = "sweep --reduce-only --base skip";
    String twoIntervals = offline + " --interval 25ms --interval 100ms";
    String timed = "sweep --pace asap --base skip";
    NOTEBOOKS.put(
        "hou2013",
        List.of(
            new Maker(
                "workloads",
                List.of("hpcc-25ms", "webshop-25ms", "ffmpeg-25ms", "oltp-25ms"),
                HOU,
                twoIntervals),
            new Maker(
                "cluster",
                List.of(
                    "hpcc-cluster-vm1-100ms+hpcc-cluster-vm2-100ms+hpcc-cluster-vm3-100ms"
                        + "+hpcc-cluster-vm4-100ms"),
                SIMILARITY,
                offline + " --every-subset"),
            new Maker("timed", List.of("webshop-25ms", "ffmpeg-25ms"), HOU_TIMED, timed)));
    NOTEBOOKS.put(
        "compare-codecs-on-your-trace", List.of(new Maker("sweep", List.of(YOURS), CODECS, timed)));
    NOTEBOOKS.put(
        "results-in-pandas", List.of(new Maker("sweep", List.of(YOURS), CODECS, twoIntervals)));
    NOTEBOOKS.put(
        "choose-a-method",
        List.of(
            new Maker(
                "sample",
                List.of(YOURS),
                ADVISED,
                "advise --link 1Gbit --cpu 25% --memory 64MiB")));
  }

  @Parameter(splitter = Verbatim.class, description = "NOTEBOOK...: by default all")
  List<String> names = new ArrayList<>();

  @Parameter(
      names = "--trace",
      splitter = Verbatim.class,
      order = 0,
      description =
          "Series for the notebooks about a trace of yours, instead of a bundled recording; their"
              + " results are made anew")
  List<String> traces = new ArrayList<>();

  @Parameter(
      names = "--update",
      order = 1,
      description = "Put the executed notebooks in place of those in notebooks/")
  boolean update;

  @Override
  public void run(PrintStream output, PrintStream err) throws IOException, InterruptedException {
    List<String> wanted = names.isEmpty() ? List.copyOf(NOTEBOOKS.keySet()) : names;
    wanted.forEach(
        name -> Values.named(one -> Names.known("notebook", one, NOTEBOOKS.keySet()), name));
    Jupyter.requireReady();
    Path out = ThisProgram.root().resolve("out").resolve("notebooks");
    Path sources = ThisProgram.root().resolve("notebooks");
    for (String name : wanted) {
      makeResults(NOTEBOOKS.getOrDefault(name, List.of()), out.resolve("results").resolve(name));
      Path executed = out.resolve(name + ".ipynb");
      Files.deleteIfExists(executed);
      Jupyter.run(sources.resolve(name + ".ipynb"), out);
      if (update) {
        WholeFile.write(sources.resolve(name + ".ipynb"), Files.readAllBytes(executed));
      }
      output.println(name + " executed: out/notebooks/" + name + ".ipynb");
    }
  }

  private void makeResults(List<Maker> makers, Path results)
      throws IOException, InterruptedException {
    boolean bundled =
        traces.isEmpty() || makers.stream().noneMatch(one -> one.traces().contains(YOURS));
    makeResults(results, bundled, place -> makeAll(makers, place));
  }

  /**
   * Makes results that are not there yet, those of a trace of one's own, and those in place of such
   * ones.
   *
   * @param bundled whether they are to be of bundled recordings alone
   */
  static void makeResults(Path results, boolean bundled, Making making)
      throws IOException, InterruptedException {
    if (bundled && Files.exists(results.resolve(OF_BUNDLED))) {
      return;
    }
    Tree.delete(results);
    try (var made = Partial.of(results)) {
      making.in(Files.createDirectory(made.path()));
      if (bundled) {
        Files.createFile(made.path().resolve(OF_BUNDLED));
      }
      made.commit();
    }
  }

  private void makeAll(List<Maker> makers, Path partial) throws IOException, InterruptedException {
    for (Maker maker : makers) {
      List<String> command = new ArrayList<>(List.of(maker.command().split(" ")));
      for (String trace : maker.traces()) {
        for (String set : trace.equals(YOURS) && !traces.isEmpty() ? traces : List.of(trace)) {
          command.addAll(List.of("--trace", trace.equals(set) ? bundled(set) : set));
        }
      }
      for (String method : maker.methods()) {
        command.addAll(List.of("--method", method));
      }
      command.addAll(List.of("--out", partial.resolve(maker.name()).toString()));
      ThisProgram.run(command);
    }
  }

  private static String bundled(String set) {
    return Stream.of((set.equals(YOURS) ? USUAL : set).split("\\+"))
        .map(name -> ThisProgram.sample(name).toString())
        .collect(Collectors.joining("+"));
  }
}
