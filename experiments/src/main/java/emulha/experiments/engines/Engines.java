package emulha.experiments.engines;

import emulha.experiments.plan.SweepPlan;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** What the points of a sweep can run on: the one list of engines, and how each is made. */
public final class Engines {
  /** Name of the engine that is used where none is named. */
  public static final String LOCAL = "local";

  /** What there is, for the help of an option. */
  public static final String DESCRIPTION =
      "Where points run: local, on this machine, or slurm, as jobs of a cluster whose nodes see"
          + " the same files";

  private static final List<Engine> ALL =
      List.of(
          new Engine(LOCAL, false, Engines::here),
          new Engine(
              "slurm",
              true,
              of ->
                  new SlurmRunner(
                      of.plan(), of.directory(), of.program().elsewhere().get(), of.options())));

  private Engines() {}

  /**
   * How this program is started.
   *
   * @param asked the command line that asked for the sweep, for manifests
   * @param here what starts it on this machine, to which a command and its options are added
   * @param elsewhere the same where it may outlive this process
   */
  public record Program(List<String> asked, List<String> here, Supplier<List<String>> elsewhere) {}

  /**
   * What an engine is made for.
   *
   * @param directory of the sweep
   * @param options for the engine alone
   * @param notes takes what senders of points say
   */
  public record Use(
      SweepPlan plan,
      Path directory,
      Program program,
      List<String> options,
      LocalRunner.Notes notes) {}

  /**
   * An engine.
   *
   * @param name on the command line
   * @param elsewhere whether it has points run by somebody else, who takes options
   */
  public record Engine(String name, boolean elsewhere, Function<Use, PointRunner> factory) {
    /** Makes it. */
    public PointRunner of(Use use) {
      return factory.apply(use);
    }
  }

  /**
   * The engine of a name.
   *
   * @throws IllegalArgumentException if there is none; the message lists the names
   */
  public static Engine named(String name) {
    return ALL.stream()
        .filter(engine -> engine.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "--engine is %s, not '%s'"
                        .formatted(
                            ALL.stream().map(Engine::name).collect(Collectors.joining(" or ")),
                            name)));
  }

  /**
   * For a plan of one link two hosts on it, if they can be made here; else this machine.
   *
   * @param why told why they cannot; the sender then imitates the link
   */
  public static PointRunner overLink(Use use, Consumer<String> why) throws InterruptedException {
    List<Long> links = use.plan().linksBitsPerSecond();
    if (links.size() == 1 && links.getFirst() != 0) {
      try {
        return Testbed.open(Testbed.Shape.of(links.getFirst()), use.program().here(), use.notes());
      } catch (IOException e) {
        why.accept("the link is imitated by the sender, since " + e.getMessage());
      }
    }
    return here(use);
  }

  /** Two JVMs a point, or none where there is no network and clock. */
  private static PointRunner here(Use use) {
    return use.plan().reduceOnly()
        ? new ReductionRunner(use.program().asked())
        : new LocalRunner(use.program().here(), use.notes());
  }
}
