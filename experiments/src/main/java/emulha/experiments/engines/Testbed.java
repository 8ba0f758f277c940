package emulha.experiments.engines;

import emulha.experiments.plan.Point;
import emulha.files.Scratch;
import emulha.files.Tree;
import emulha.wire.PrivateFile;
import emulha.wire.Token;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Runs points between two hosts on this machine, joined by a link of a given rate: two Linux
 * network namespaces and a pair of virtual Ethernet interfaces, each with a token bucket filter
 * (tc-tbf(8)). Rows say that the link was shaped, and to what. Not being on loopback, the ends
 * share a secret made for these points. A process of its own takes the hosts away again, with all
 * that runs in them, when this is closed or this JVM ends, however it ends. Needs root and the
 * commands {@code ip} and {@code tc}.
 */
public final class Testbed implements PointRunner {
  /** Name of the file in a sweep's directory that says over what link its points are run. */
  public static final String DESCRIPTION = "testbed.json";

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
  private final Shape shape;
  private final Path secrets;
  private final LocalRunner runner;
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

  private Testbed(String name, Shape shape, List<String> emulha, LocalRunner.Notes notes)
      throws IOException {
    sender = name + "-sender";
    receiver = name + "-receiver";
    this.shape = shape;
    secrets = Scratch.directory("testbed");
    Path token = secrets.resolve("token");
    PrivateFile.write(token, Token.newSecret());
    runner =
        new LocalRunner(
            at(sender, emulha),
            List.of("--link", "shaped"),
            at(receiver, emulha),
            RECEIVER_ADDRESS + ":0",
            List.of("--token-file", token.toString()),
            notes);
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

  /** A command line, to be run at a host. */
  private static List<String> at(String host, List<String> command) {
    return Stream.concat(Stream.of("ip", "netns", "exec", host), command.stream()).toList();
  }

  /**
   * Makes the two hosts.
   *
   * @param emulha the command line that runs emulha
   * @param notes takes what senders of points say
   * @throws IOException if this process is not root's, a command is missing, or the kernel refuses
   */
  public static Testbed open(Shape shape, List<String> emulha, LocalRunner.Notes notes)
      throws IOException, InterruptedException {
    if (!Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0)) {
      throw new IOException(
          "making network namespaces needs root; run it with sudo, or imitate the network with"
              + " emulhacp --bandwidth");
    }
    // Interface names have 15 characters at most.
    String id = Long.toString(ProcessHandle.current().pid());
    var testbed = new Testbed("emulha-" + id, shape, emulha, notes);
    try {
      testbed.build("eh" + id);
      // What tc does not take, it has said better by now.
      long _ = shape.bitsPerSecond();
      return testbed;
    } catch (IOException | InterruptedException | RuntimeException e) {
      testbed.close();
      throw e;
    }
  }

  private void build(String link) throws IOException, InterruptedException {
    String left = link + "s";
    String right = link + "r";
    run("ip netns add " + sender);
    run("ip netns add " + receiver);
    run(
        "ip link add %s netns %s type veth peer name %s netns %s"
            .formatted(left, sender, right, receiver));
    attach(sender, left, SENDER_ADDRESS);
    attach(receiver, right, RECEIVER_ADDRESS);
  }

  private void attach(String host, String device, String address)
      throws IOException, InterruptedException {
    run("ip -n %s addr add %s/30 dev %s".formatted(host, address, device));
    run("ip -n %s link set lo up".formatted(host));
    run("ip -n %s link set %s up".formatted(host, device));
    run(
        "tc -n %s qdisc add dev %s root tbf rate %s burst %s latency %s"
            .formatted(host, device, shape.rate, shape.burst, shape.latency));
  }

  @Override
  public void run(Point point, Path directory) throws IOException, InterruptedException {
    long bitsPerSecond = shape.bitsPerSecond();
    if (point.linkBitsPerSecond() != 0 && point.linkBitsPerSecond() != bitsPerSecond) {
      throw new IllegalArgumentException(
          "the testbed's link is one of %d bit/s (--rate), not of %d"
              .formatted(bitsPerSecond, point.linkBitsPerSecond()));
    }
    runner.run(point.over(bitsPerSecond), directory);
  }

  /** What the sender's interface has carried and held up, as tc(8) says it. */
  public String statistics() throws IOException, InterruptedException {
    return run("tc -n %s -s qdisc show".formatted(sender));
  }

  private static String run(String command) throws IOException, InterruptedException {
    return Tool.run(command, List.of(command.split(" ")), "; install iproute2");
  }

  /** Takes the hosts away, and ends what runs there. */
  @Override
  public void close() throws IOException {
    try {
      cleaner.getOutputStream().close();
      if (!cleaner.waitFor(CLEANING_S, TimeUnit.SECONDS)) {
        throw new IOException(
            "cannot take the network namespaces away; see ip netns list, ip netns del");
      }
    } catch (InterruptedException e) {
      // It goes on by itself.
      Thread.currentThread().interrupt();
    } finally {
      Tree.delete(secrets);
    }
  }
}
