package emulha.commands.replay;

import com.beust.jcommander.Parameter;
import com.beust.jcommander.ParameterException;
import com.beust.jcommander.ParametersDelegate;
import emulha.codecs.SharedChunks;
import emulha.commands.options.Command;
import emulha.commands.options.SecurityOptions;
import emulha.commands.options.Values;
import emulha.commands.options.Verbatim;
import emulha.commands.terminal.Printable;
import emulha.emulharcv.Receiver;
import emulha.emulharcv.ReceiverOptions;
import emulha.emulharcv.stores.StoreKind;
import emulha.emulharcv.stores.StoreLocation;
import emulha.experiments.engines.LocalRunner;
import emulha.files.Closing;
import emulha.files.DurableFile;
import emulha.runs.Environment;
import emulha.wire.Connection;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

public final class ReceiveCommand extends Command {
  private static final String DESCRIPTION = "receiver.json";

  /** Those of more have more bytes than a number here holds. */
  private static final long MOST_MIB = Long.MAX_VALUE >> 20;

  @Parameter(
      names = "--listen",
      order = 0,
      description =
          "HOST:PORT to listen on; port 0 picks a free one. An address that other machines reach"
              + " takes --token-file or --tls")
  String listen = "127.0.0.1:7400";

  @ParametersDelegate final SecurityOptions security = new SecurityOptions();

  @Parameter(
      names = "--keep",
      order = 1,
      description = "Serve one session after another, instead of ending with the first")
  boolean keep;

  @Parameter(
      names = "--max-ram",
      order = 2,
      description =
          "Largest RAM of a session's VMs together, with the window of a method 'stream', in MiB; by"
              + " default half of this machine's")
  @Nullable Long maxRamMiB;

  @Parameter(names = "--timeout", order = 3, description = "Longest silence of a sender")
  String timeout = ReceiverOptions.DEFAULT_TIMEOUT.toSeconds() + "s";

  @Parameter(
      names = "--image-out",
      order = 4,
      description =
          "File for the fail-over image if the sender is lost, with its device state in FILE.state"
              + " and what they are in FILE.json; several VMs have FILE.0, FILE.1, …")
  @Nullable String imageOut;

  @Parameter(
      names = "--store",
      order = 5,
      splitter = Verbatim.class,
      description =
          "Where checkpoints are kept: "
              + StoreKind.SYNTAX
              + "; all but ram outlive the receiver, see emulha recover")
  String store = "ram";

  @Parameter(
      names = "--native-codecs",
      order = 6,
      description =
          "Run a library of this machine that a sender names (native:lib=FILE); for senders that may"
              + " run anything here")
  boolean nativeCodecs;

  @Parameter(
      names = "--allow-table",
      order = 7,
      splitter = Verbatim.class,
      description =
          "Connect to this server, redis://HOST[:PORT][/DB], for a sender whose method names it as"
              + " its shared table; repeat for more. No other is connected to")
  List<String> tables = new ArrayList<>();

  @Parameter(
      names = "--idle",
      order = 8,
      description =
          "Longest time in which a sender that has the session sends nothing but heartbeats; more"
              + " than the longest interval")
  String idle = ReceiverOptions.DEFAULT_IDLE.toSeconds() + "s";

  @Parameter(
      names = "--spin",
      order = 9,
      description =
          "Watch the connection for this long, such as 50us, before the wait for a checkpoint blocks:"
              + " it is seen sooner, at the cost of a processor. The sender reports no CPU time of this"
              + " end then; what watching took is in its spinning.csv")
  @Nullable String spin;

  @Parameter(
      names = "--out",
      order = 10,
      description =
          "Directory for receiver.json, which describes this machine, at the session's"
              + " end; the figures are in the sender's files")
  @Nullable String out;

  @Override
  public void run(PrintStream output, PrintStream err) throws IOException {
    if (keep && out != null) {
      throw new ParameterException("--keep and --out exclude each other");
    }
    Path description = out == null ? null : prepare(Path.of(out));
    var options =
        new ReceiverOptions(
            Values.address("--listen", listen),
            !keep,
            maxRamBytes(),
            new ReceiverOptions.Waiting(
                Values.duration("--timeout", timeout), Values.spinNs("--spin", spin)),
            imageOut == null ? null : Path.of(imageOut),
            security.security(),
            Values.named(StoreLocation::parse, store),
            new ReceiverOptions.Trust(
                nativeCodecs,
                tables.stream().map(ReceiveCommand::table).toList(),
                Values.duration("--idle", idle)));
    try (var receiver =
        new Receiver(
            options,
            line ->
                err.println("emulha emulharcv: " + Printable.text(StoreLocation.masked(line))))) {
      output.println(LocalRunner.LISTENS + Connection.text(receiver.address()));
      output.flush();
      var hook = Thread.ofPlatform().unstarted(() -> stop(receiver, err));
      Runtime.getRuntime().addShutdownHook(hook);
      try {
        receiver.run();
      } finally {
        Closing.removeHook(hook);
      }
    }
    if (description != null) {
      DurableFile.write(description, Environment.manifest(commandLine(), Map.of()));
    }
  }

  private long maxRamBytes() {
    Long given = maxRamMiB;
    if (given == null) {
      return ReceiverOptions.defaultMaxRamBytes();
    }
    if (given < 1 || given > MOST_MIB) {
      throw new ParameterException(
          "--max-ram takes 1 to %d (MiB), got '%d'".formatted(MOST_MIB, given));
    }
    return given << 20;
  }

  /** Ends a receiver that is told to, as by SIGTERM: what it holds is kept. */
  private static void stop(Receiver receiver, PrintStream err) {
    try {
      receiver.stop();
    } catch (IOException | RuntimeException e) {
      err.println("emulha emulharcv: " + Printable.text(String.valueOf(e.getMessage())));
    }
  }

  private static URI table(String text) {
    URI server = SharedChunks.server(text);
    if (server == null) {
      throw new ParameterException(
          "--allow-table takes redis://HOST[:PORT][/DB], got '" + StoreLocation.masked(text) + "'");
    }
    return server;
  }

  private static Path prepare(Path directory) throws IOException {
    Path file = directory.resolve(DESCRIPTION);
    if (Files.exists(file)) {
      throw new IOException(
          "%s: holds results already (%s); choose another directory or move them away"
              .formatted(directory, DESCRIPTION));
    }
    Files.createDirectories(directory);
    return file;
  }
}
