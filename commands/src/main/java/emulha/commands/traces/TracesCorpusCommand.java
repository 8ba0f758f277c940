package emulha.commands.traces;

import com.beust.jcommander.Parameter;
import com.beust.jcommander.ParameterException;
import emulha.commands.options.Command;
import emulha.commands.options.Values;
import emulha.commands.options.Verbatim;
import emulha.commands.terminal.Interrupt;
import emulha.commands.terminal.Progress;
import emulha.commands.terminal.ThisProgram;
import emulha.names.Names;
import emulha.traces.capture.corpus.Corpus;
import emulha.traces.capture.corpus.CorpusRecorder;
import emulha.traces.capture.qemu.QemuGuest;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

public final class TracesCorpusCommand extends Command {
  private static final String EXTENSION = ".json";

  @Parameter(splitter = Verbatim.class, description = "NAME of the corpus, or its file")
  List<String> arguments = new ArrayList<>();

  @Parameter(names = "--out", splitter = Verbatim.class, description = "Where it is made")
  String directory = "";

  @Parameter(names = "--only", description = "Make this recording alone; repeated: these")
  List<String> only = new ArrayList<>();

  @Parameter(
      names = "--checkpoints",
      description = "Record so many at most, and check the digest of the first 40")
  int checkpoints = Integer.MAX_VALUE;

  @Override
  public void run(PrintStream out, PrintStream err) throws IOException {
    if (arguments.size() != 1 || directory.isEmpty()) {
      throw new ParameterException(
          "takes a corpus (" + String.join(", ", names()) + ") and --out DIRECTORY");
    }
    if (checkpoints < 1) {
      throw new ParameterException(
          "--checkpoints takes a number from 1 on, not '%d'".formatted(checkpoints));
    }
    Corpus corpus = Corpus.read(file(arguments.getFirst()));
    List<Corpus.Recorded> wanted =
        only.isEmpty() ? corpus.recordings() : only.stream().map(corpus::recording).toList();
    QemuGuest.requireInstalled();
    int unequal = 0;
    try (var interrupt = new Interrupt();
        var progress = Progress.on(err)) {
      var recorder =
          new CorpusRecorder(
              corpus,
              TracesCaptureQemuCommand.recipes(),
              Path.of(directory),
              progress::at,
              interrupt::requested);
      for (Corpus.Recorded each : wanted) {
        for (Map.Entry<String, CorpusRecorder.Outcome> vm :
            recorder.make(each, checkpoints).entrySet()) {
          print(vm.getValue(), out);
          unequal += vm.getValue().verdict() == CorpusRecorder.Outcome.Verdict.UNEQUAL ? 1 : 0;
        }
      }
    }
    if (unequal > 0) {
      throw new IOException(
          unequal + " series differ from the corpus, though all versions are equal");
    }
  }

  private static void print(CorpusRecorder.Outcome outcome, PrintStream out) {
    out.println(
        "%s: %d checkpoints; first %d %s%s: %s"
            .formatted(
                outcome.series(),
                outcome.checkpoints(),
                Math.min(Corpus.PREFIX, outcome.checkpoints()),
                outcome.digests().first(),
                outcome.digests().whole() == null
                    ? ""
                    : ", whole %s, %d bytes packed"
                        .formatted(outcome.digests().whole(), outcome.digests().packedBytes()),
                switch (outcome.verdict()) {
                  case EQUAL -> "as in the corpus";
                  case UNEQUAL -> "UNEQUAL to the corpus's, with equal versions";
                  case NEW -> "the corpus has none to compare with";
                  case OTHER_VERSIONS ->
                      "not comparable, since versions differ: "
                          + String.join("; ", outcome.differences());
                }));
  }

  private static Path corpora() {
    return ThisProgram.root().resolve("traces").resolve("corpora");
  }

  private static Path file(String name) throws IOException {
    if (name.endsWith(EXTENSION)) {
      return Path.of(name);
    }
    List<String> names = names();
    return corpora()
        .resolve(Values.named(one -> Names.known("corpus", one, names), name) + EXTENSION);
  }

  private static List<String> names() throws IOException {
    if (!Files.isDirectory(corpora())) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(corpora())) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(file -> file.endsWith(EXTENSION))
          .map(file -> file.substring(0, file.length() - EXTENSION.length()))
          .sorted()
          .toList();
    }
  }
}
