package emulha.commands.replay;

import com.beust.jcommander.Parameter;
import com.beust.jcommander.ParametersDelegate;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.TextNode;
import emulha.commands.options.Command;
import emulha.commands.options.SecurityOptions;
import emulha.commands.options.SeriesOptions;
import emulha.commands.options.Values;
import emulha.commands.terminal.Printable;
import emulha.commands.terminal.Progress;
import emulha.commands.terminal.RunTable;
import emulha.emulhacp.Sender;
import emulha.emulhacp.SenderListener;
import emulha.emulhacp.SenderOptions;
import emulha.metrics.CheckpointRow;
import emulha.metrics.RunRow;
import emulha.metrics.SpinningRow;
import emulha.runs.Base;
import emulha.runs.Disturbances;
import emulha.runs.Environment;
import emulha.runs.Link;
import emulha.runs.Pace;
import emulha.runs.ResultDirectory;
import emulha.runs.Spin;
import emulha.runs.Terms;
import emulha.runs.Warmup;
import emulha.traces.Series;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.ConnectException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

public final class SendCommand extends Command {
  private static final DateTimeFormatter RUN_ID =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss.SSS", Locale.ROOT).withZone(ZoneOffset.UTC);

  private static final int RECONNECT_MS = 100;

  /** In place of the receiver's address: a receiver that is being started does not have one yet. */
  private static final String FROM_INPUT = "-";

  @Parameter(
      names = "--to",
      required = true,
      order = 0,
      description = "HOST:PORT where emulharcv listens; - reads that from standard input")
  String to;

  @ParametersDelegate final SeriesOptions series = new SeriesOptions();

  @ParametersDelegate final SecurityOptions security = new SecurityOptions();

  @Parameter(
      names = "--method",
      required = true,
      order = 1,
      description = "Compression method, see emulha methods")
  String method;

  @Parameter(
      names = "--pace",
      order = 3,
      description =
          "realtime: keep the interval; virtual: the same, but pass at once over what would be waited;"
              + " cooled: likewise, and with cold caches;"
              + " asap: next checkpoint after each ACK")
  String pace = "realtime";

  @Parameter(
      names = "--base",
      order = 4,
      description = "send: replicate the base as the full checkpoint; skip: both ends have it")
  String base = "send";

  @Parameter(
      names = "--from-checkpoint",
      order = 4,
      description =
          "First checkpoint to replicate, to a receiver (--keep) that holds the one before since an"
              + " earlier session; with --base skip --warmup 0")
  int fromCheckpoint;

  @Parameter(
      names = "--bandwidth",
      order = 4,
      description =
          "Imitate an Ethernet of this bandwidth, such as 1Gbit or 100Mbit; by default the network"
              + " is used as it is")
  @Nullable String bandwidth;

  @Parameter(
      names = "--latency",
      order = 4,
      description = "Delay to add on each way of the connection, such as 0.2ms")
  @Nullable String latency;

  @Parameter(
      names = "--link",
      order = 4,
      description =
          "imitated: the sender holds itself to --bandwidth and --latency; shaped: the network is"
              + " held to them already, and they are only written into the results")
  String link = "imitated";

  @Parameter(names = "--trials", order = 5, description = "Counted replays")
  int trials = 1;

  @Parameter(
      names = "--warmup",
      order = 6,
      description =
          "Replays before those, as fast as they go and not counted, so that the JIT compiler is not"
              + " measured: a number such as 3, or a time that they take at least")
  String warmup = Warmup.DEFAULT;

  @Parameter(
      names = "--no-verify",
      order = 7,
      description = "Do not prove the receiver's images equal to the recording")
  boolean noVerify;

  @Parameter(names = "--timeout", order = 8, description = "Longest silence of the receiver")
  String timeout = SenderOptions.DEFAULT_TIMEOUT.toSeconds() + "s";

  @Parameter(
      names = "--connect",
      order = 8,
      description = "How long to wait for a receiver that does not listen yet")
  String connect = "5s";

  @Parameter(
      names = "--spin",
      order = 8,
      description =
          "Watch the connection for this long, such as 50us, before the wait for an ACK blocks: it is"
              + " seen sooner, at the cost of a processor. No CPU time of the sender is reported then;"
              + " what watching took is in spinning.csv")
  @Nullable String spin;

  @Parameter(
      names = "--run-id",
      order = 9,
      description = "run_id of the rows; by default the time of the start")
  @Nullable String runId;

  @Parameter(
      names = "--out",
      required = true,
      order = 10,
      description = "Directory for checkpoints.csv, runs.csv and manifest.json")
  String out;

  @Override
  public void run(PrintStream output, PrintStream err) throws IOException, InterruptedException {
    String id = runId == null ? RUN_ID.format(Instant.now()) : runId;
    List<Series> vms = series.open();
    var options =
        new SenderOptions(
            id,
            new SenderOptions.Peer(
                Values.address("--to", receiver()),
                Values.duration("--timeout", timeout),
                security.security(),
                Values.spinNs("--spin", spin)),
            vms,
            new Terms(
                Values.method("--method", method),
                Values.choice("--pace", pace, Pace.class),
                Values.choice("--base", base, Base.class),
                !noVerify,
                network()),
            trials,
            Values.warmup("--warmup", warmup),
            fromCheckpoint);
    long checkpoints = vms.stream().mapToLong(vm -> vm.info().checkpoints()).min().orElse(0);
    RunRow row;
    Disturbances.Since since = Disturbances.since();
    try (var results = ResultDirectory.open(Path.of(out));
        var progress = Progress.on(err)) {
      var listener = new Listener(results, progress, err, checkpoints);
      row = send(options, listener);
      results.run(row);
      var details = new LinkedHashMap<String, Object>();
      details.put("method", row.setting().method());
      details.put("binding", row.setting().binding());
      details.put("receiver", listener.receiver);
      if (!listener.spin.equals(Spin.NONE)) {
        details.put("spin", listener.spin);
      }
      details.put("disturbances", since.now());
      results.commit(Environment.manifest(commandLine(), details));
    }
    output.print(RunTable.of(List.of(row)));
  }

  private String receiver() throws IOException {
    if (!to.equals(FROM_INPUT)) {
      return to;
    }
    var input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    String line = input.readLine();
    if (line == null) {
      throw new IOException("--to -: standard input ended without the receiver's address");
    }
    return line.strip();
  }

  /** Sender and receiver may be started together, and either may be up first. */
  private RunRow send(SenderOptions options, SenderListener listener)
      throws IOException, InterruptedException {
    long end = System.nanoTime() + Values.duration("--connect", connect).toNanos();
    while (true) {
      try {
        return Sender.run(options, listener);
      } catch (IOException e) {
        if (!(e.getCause() instanceof ConnectException) || System.nanoTime() - end > 0) {
          throw e;
        }
        Thread.sleep(RECONNECT_MS);
      }
    }
  }

  private final class Listener implements SenderListener {
    private final ResultDirectory results;
    private final Progress progress;
    private final PrintStream err;
    private final long checkpoints;
    private final Set<String> notes = new HashSet<>();
    private JsonNode receiver = NullNode.getInstance();
    private Spin spin = Spin.NONE;

    Listener(ResultDirectory results, Progress progress, PrintStream err, long checkpoints) {
      this.results = results;
      this.progress = progress;
      this.err = err;
      this.checkpoints = checkpoints;
    }

    @Override
    public void connected(String environment) {
      receiver = asJson(environment);
      progress.at("warm-up", 0, trials * checkpoints);
    }

    /** A receiver may be anything; what it says of itself is kept as text if it is not JSON. */
    private static JsonNode asJson(String text) {
      try {
        return new ObjectMapper().readTree(text);
      } catch (JsonProcessingException e) {
        return TextNode.valueOf(text);
      }
    }

    @Override
    public void row(CheckpointRow row) throws IOException {
      results.checkpoint(row);
      progress.at(
          "trial " + row.key().trial(),
          (row.key().trial() - 1) * checkpoints + row.key().number().checkpoint() + 1,
          trials * checkpoints);
    }

    @Override
    public void spun(SpinningRow row) throws IOException {
      spin =
          row.end().equals(SpinningRow.SENDER)
              ? new Spin(row.spinNs(), spin.receiverNs())
              : new Spin(spin.senderNs(), row.spinNs());
      results.spun(row);
    }

    @Override
    public void note(String line) {
      if (notes.add(line)) {
        err.println("emulha emulhacp: " + Printable.text(line));
      }
    }
  }

  private Link network() {
    Link.How how = Values.choice("--link", link, Link.How.class);
    Long bitsPerSecond =
        bandwidth == null ? null : (Long) Values.bitsPerSecond("--bandwidth", bandwidth);
    Long latencyNs = latency == null ? null : (Long) Values.nanoseconds("--latency", latency);
    return Values.understood("", () -> new Link(bitsPerSecond, latencyNs, how));
  }
}
