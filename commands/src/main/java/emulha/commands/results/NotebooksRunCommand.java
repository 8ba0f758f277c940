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
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Makes the results that the notebooks read, and executes the notebooks. */
public final class NotebooksRunCommand extends Command {
  /** Stands for the recordings asked for. */
  private static final String YOURS = "yours";

  private static final String USUAL = "redis-25ms";

  /** File in a notebook's results that says that all of them are of bundled recordings. */
  private static final String OF_BUNDLED = "of-bundled-recordings";

  /**
   * By notebook, the name of each directory of results and the command that makes them. Its series
   * are bundled recordings, those that are VMs together joined by +, or {@link #YOURS}.
   */
  private static final List<Maker> MAKERS =
      """
      hou2013 workloads sweep --reduce-only --base skip --interval 25ms --interval 100ms \
      --trace hpcc-25ms --trace webshop-25ms --trace ffmpeg-25ms --trace oltp-25ms \
      --method none --method gzip:level=6 --method delta:cache=16MiB --method delta:cache=32MiB \
      --method similarity:chunk=256 --method similarity:chunk=1KiB --method similarity:chunk=4KiB
      hou2013 cluster sweep --reduce-only --base skip --every-subset \
      --trace hpcc-cluster-vm1-100ms+hpcc-cluster-vm2-100ms\
      +hpcc-cluster-vm3-100ms+hpcc-cluster-vm4-100ms \
      --method similarity:chunk=256 --method similarity:chunk=1KiB --method similarity:chunk=4KiB
      hou2013 timed sweep --pace asap --base skip --trace webshop-25ms --trace ffmpeg-25ms \
      --method none --method gzip:level=6 --method delta:cache=32MiB --method similarity:chunk=256
      compare-codecs-on-your-trace sweep sweep --pace asap --base skip --trace yours \
      --method none --method lz4 --method zstd:level=1 --method gzip:level=6 \
      --method delta:cache=32MiB --method delta:cache=32MiB,encoding=xor+zstd:level=1 \
      --method prefix:level=1
      results-in-pandas sweep sweep --reduce-only --base skip --interval 25ms --interval 100ms \
      --trace yours --method none --method lz4 --method zstd:level=1 --method gzip:level=6 \
      --method delta:cache=32MiB --method delta:cache=32MiB,encoding=xor+zstd:level=1 \
      --method prefix:level=1
      choose-a-method sample advise --link 1Gbit --cpu 25% --memory 64MiB --trace yours \
      --method none --method lz4 --method gzip:level=6 --method zstd:level=1 \
      --method delta:cache=4MiB+zstd:level=1 --method prefix:level=1,history=4MiB
      """
          .lines()
          .map(line -> List.of(line.split(" ")))
          .map(words -> new Maker(words.get(0), words.get(1), words.subList(2, words.size())))
          .toList();

  /** A command that makes results for a notebook. */
  private record Maker(String notebook, String results, List<String> command) {}

  /** Makes the results of a notebook. */
  interface Making {
    /** Makes all of them in a directory that is empty. */
    void in(Path directory) throws IOException, InterruptedException;
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
    List<String> all = MAKERS.stream().map(Maker::notebook).distinct().toList();
    List<String> wanted = names.isEmpty() ? all : names;
    wanted.forEach(name -> Values.named(one -> Names.known("notebook", one, all), name));
    Jupyter.requireReady();
    Path out = ThisProgram.root().resolve("out").resolve("notebooks");
    Path sources = ThisProgram.root().resolve("notebooks");
    for (String name : wanted) {
      List<Maker> makers = MAKERS.stream().filter(maker -> maker.notebook().equals(name)).toList();
      boolean bundled =
          traces.isEmpty() || makers.stream().noneMatch(one -> one.command().contains(YOURS));
      makeResults(out.resolve("results").resolve(name), bundled, place -> makeAll(makers, place));
      Path executed = out.resolve(name + ".ipynb");
      Files.deleteIfExists(executed);
      Jupyter.run(sources.resolve(name + ".ipynb"), out);
      if (update) {
        WholeFile.write(sources.resolve(name + ".ipynb"), Files.readAllBytes(executed));
      }
      output.println(name + " executed: out/notebooks/" + name + ".ipynb");
    }
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
      List<String> command = new ArrayList<>();
      for (var words = maker.command().iterator(); words.hasNext(); ) {
        String word = words.next();
        if (!word.equals("--trace")) {
          command.add(word);
          continue;
        }
        String set = words.next();
        boolean own = set.equals(YOURS) && !traces.isEmpty();
        for (String series : own ? traces : List.of(bundled(set))) {
          command.addAll(List.of("--trace", series));
        }
      }
      command.addAll(List.of("--out", partial.resolve(maker.results()).toString()));
      ThisProgram.run(command);
    }
  }

  private static String bundled(String set) {
    return Stream.of((set.equals(YOURS) ? USUAL : set).split("\\+"))
        .map(name -> ThisProgram.sample(name).toString())
        .collect(Collectors.joining("+"));
  }
}
