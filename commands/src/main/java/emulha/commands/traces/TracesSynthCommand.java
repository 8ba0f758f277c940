package emulha.commands.traces;

import com.beust.jcommander.Parameter;
import com.beust.jcommander.ParameterException;
import emulha.commands.options.Command;
import emulha.commands.options.Values;
import emulha.commands.options.Verbatim;
import emulha.commands.terminal.Progress;
import emulha.traces.synth.Cluster;
import emulha.traces.synth.SyntheticSeries;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

public final class TracesSynthCommand extends Command {
  @Parameter(
      splitter = Verbatim.class,
      description =
          "PROFILE DESTINATION; PROFILE is a name such as hpcc, a .json file, or a cluster: hou-s1,"
              + " hou-s2")
  List<String> arguments = new ArrayList<>();

  @Parameter(
      names = "--ram",
      order = 0,
      description = "RAM of each VM, such as 512MiB; the profile's own if not given")
  @Nullable String ram;

  @Parameter(
      names = "--vms",
      order = 1,
      description = "Number of VMs, whose series go to DESTINATION/vm1 and so on")
  @Nullable Integer vms;

  @Parameter(
      names = "--interval",
      order = 2,
      description = "Checkpointing interval, such as 25ms; the profile's own if not given")
  @Nullable String interval;

  @Parameter(
      names = "--duration",
      order = 3,
      description = "Time covered, such as 10s; the profile's own if not given")
  @Nullable String duration;

  @Parameter(names = "--scale", order = 4, description = "Factor to the profile's checkpoint sizes")
  double scale = 1;

  @Parameter(
      names = "--base",
      order = 5,
      description = "all: all of RAM; touched: only the pages that checkpoints may write")
  String base = "all";

  @Parameter(names = "--seed", order = 6, description = "The same seed gives the same bytes")
  long seed = 1;

  @Override
  public void run(PrintStream out, PrintStream err) throws IOException {
    require(arguments.size() == 2, "PROFILE DESTINATION");
    if (!List.of("all", "touched").contains(base)) {
      throw new ParameterException("--base takes all or touched, got '%s'".formatted(base));
    }
    var options =
        new SyntheticSeries.Options(
            ram == null ? null : Values.bytes("--ram", ram),
            interval == null ? null : Values.milliseconds("--interval", interval),
            duration == null ? null : Values.milliseconds("--duration", duration),
            scale,
            base.equals("all"),
            seed);
    Cluster cluster;
    try {
      cluster = Cluster.of(arguments.getFirst(), vms);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(e.getMessage(), e);
    }
    Path destination = Path.of(arguments.get(1));
    err.println("writing about %d MB".formatted(cluster.expectedBytes(options) / 1_000_000));
    List<Path> written;
    try (var progress = Progress.on(err)) {
      written = cluster.write(options, destination, progress::at);
    }
    written.forEach(series -> out.println(series + " written"));
  }
}
