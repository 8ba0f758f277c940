package emulha.experiments.engines;

import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Two hosts on this machine, joined by a link of a given rate: two Linux network namespaces and a
 * pair of virtual Ethernet interfaces, each with a token bucket filter (tc-tbf(8)). A process of
 * its own takes them away again, with all that runs in them, when this is closed or this JVM ends,
 * however it ends. Needs root and the commands {@code ip} and {@code tc}.
 */
public final class Testbed implements AutoCloseable {
  private static final String SENDER_ADDRESS = "10.0.0.1";
  private static final String RECEIVER_ADDRESS = "10.0.0.2";

  /** Longest that taking the namespaces away may last. */
  private static final long CLEANING_S = 60;

  private static final Pattern QUANTITY = Pattern.compile("([0-9]+(?:\\.[0-9]+)?)([A-Za-z]+)");

  /** Powers of ten of the units of a rate. */
  private static final Map<String, Integer> BITS =
      Map.of("bit", 0, "kbit", 3, "mbit", 6, "gbit", 9);

  private final String sender;
  private final String receiver;
  private final Process cleaner;

  /**
   * How each interface limits what it sends, in the words of tc(8).
   *
   * @param rate such as {@code 1gbit}
   * @param burst depth of the token bucket, such as {@code 64kb}
   * @param latency longest that a packet may wait for tokens, such as {@code 20ms}
   */
  public record Shape(String rate, String burst, String latency) {
    public Shape {
      for (String quantity : List.of(rate, burst, latency)) {
        if (!QUANTITY.matcher(quantity).matches()) {
          throw new IllegalArgumentException(
              "expected a number and a unit of tc, such as 1gbit, 64kb or 20ms, got '%s'"
                  .formatted(quantity));
        }
      }
    }

    /** A link of this rate, with the burst and latency that carried iperf3 at the link's speed. */
    public static Shape of(long bitsPerSecond) {
      return new Shape(bitsPerSecond + "bit", "64kb", "20ms");
    }

    /**
     * The rate.
     *
     * @throws IOException if its unit is not one of bits, or it is no whole number of them
     */
    public long bitsPerSecond() throws IOException {
      Matcher matcher = QUANTITY.matcher(rate);
      Integer power =
          matcher.matches() ? BITS.get(matcher.group(2).toLowerCase(Locale.ROOT)) : null;
      if (power == null) {
        throw new IOException(
            "give the testbed's rate in bit, kbit, mbit or gbit, such as 1gbit, not as " + rate);
      }
      try {
        return new BigDecimal(matcher.group(1)).scaleByPowerOfTen(power).longValueExact();
      } catch (ArithmeticException e) {
        throw new IOException(
            "the testbed's rate is a whole number of bit/s up to %d, not %s"
                .formatted(Long.MAX_VALUE, rate),
            e);
      }
    }
  }

  private Testbed(String name) throws IOException {
    sender = name + "-sender";
    receiver = name + "-receiver";
    // Standard input ends with this JVM at the latest. Ctrl-C goes to this process too.
    cleaner =
        new ProcessBuilder(
                "sh",
                "-c",
                """
                trap '' INT TERM HUP QUIT
                read -r line
                for name; do
                  ip netns pids "$name" | xargs -r kill -9
                  ip netns del "$name"
                done
                """,
                "cleaner",
                sender,
                receiver)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
  }

  /**
   * Makes the two hosts.
   *
   * @throws IOException if this process is not root's, a command is missing, or the kernel refuses
   */
  public static Testbed open(Shape shape) throws IOException, InterruptedException {
    if (!Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0)) {
      throw new IOException(
          "making network namespaces needs root; run it with sudo, or imitate the network with"
              + " emulhacp --bandwidth");
    }
    // Interface names have 15 characters at most.
    String id = Long.toString(ProcessHandle.current().pid());
    var testbed = new Testbed("emulha-" + id);
    try {
      testbed.build("eh" + id, shape);
      return testbed;
    } catch (IOException | InterruptedException | RuntimeException e) {
      testbed.close();
      throw e;
    }
  }

  private void build(String link, Shape shape) throws IOException, InterruptedException {
    String left = link + "s";
    String right = link + "r";
    run("ip", "netns", "add", sender);
    run("ip", "netns", "add", receiver);
    run(
        List.of(
            "ip", "link", "add", left, "netns", sender, "type", "veth", "peer", "name", right,
            "netns", receiver));
    for (List<String> end :
        List.of(
            List.of(sender, left, SENDER_ADDRESS), List.of(receiver, right, RECEIVER_ADDRESS))) {
      String host = end.get(0);
      String device = end.get(1);
      run("ip", "-n", host, "addr", "add", end.get(2) + "/30", "dev", device);
      run("ip", "-n", host, "link", "set", "lo", "up");
      run("ip", "-n", host, "link", "set", device, "up");
      run(
          List.of(
              "tc",
              "-n",
              host,
              "qdisc",
              "add",
              "dev",
              device,
              "root",
              "tbf",
              "rate",
              shape.rate,
              "burst",
              shape.burst,
              "latency",
              shape.latency));
    }
  }

  /** A command line, to be run at the sender's host. */
  public List<String> atSender(List<String> command) {
    return at(sender, command);
  }

  /** A command line, to be run at the receiver's host. */
  public List<String> atReceiver(List<String> command) {
    return at(receiver, command);
  }

  private static List<String> at(String host, List<String> command) {
    List<String> there = new ArrayList<>(List.of("ip", "netns", "exec", host));
    there.addAll(command);
    return there;
  }

  /** The receiver's address, as the sender knows it. */
  public String receiverAddress() {
    return RECEIVER_ADDRESS;
  }

  /** What the sender's interface has carried and held up, as tc(8) says it. */
  public String statistics() throws IOException, InterruptedException {
    return run("tc", "-n", sender, "-s", "qdisc", "show");
  }

  private static String run(String... command) throws IOException, InterruptedException {
    return run(List.of(command));
  }

  private static String run(List<String> command) throws IOException, InterruptedException {
    Process process;
    try {
      process = new ProcessBuilder(command).redirectErrorStream(true).start();
    } catch (IOException e) {
      throw new IOException("cannot run %s; install iproute2".formatted(command.getFirst()), e);
    }
    process.getOutputStream().close();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IOException("%s fails: %s".formatted(String.join(" ", command), said.strip()));
    }
    return said;
  }

  /** Takes the hosts away, and ends what runs there. */
  @Override
  public void close() throws IOException {
    cleaner.getOutputStream().close();
    try {
      if (!cleaner.waitFor(CLEANING_S, TimeUnit.SECONDS)) {
        throw new IOException(
            "cannot take the network namespaces away; see ip netns list, ip netns del");
      }
    } catch (InterruptedException e) {
      // It goes on by itself.
      Thread.currentThread().interrupt();
    }
  }
}
