package emulha.experiments.engines;

import emulha.experiments.plan.Point;
import emulha.files.Scratch;
import emulha.files.Tree;
import emulha.wire.PrivateFile;
import emulha.wire.Token;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * Runs points between the two hosts of a {@link Testbed}. Their rows say that the link was shaped,
 * and to what. Not being on loopback, the ends share a secret made for these points.
 */
public final class TestbedRunner implements PointRunner {
  /** Name of the file in a sweep's directory that says over what link its points are run. */
  public static final String DESCRIPTION = "testbed.json";

  private final Testbed testbed;
  private final Path secrets;
  private final long bitsPerSecond;
  private final LocalRunner runner;

  private TestbedRunner(Testbed testbed, Path secrets, long bitsPerSecond, LocalRunner runner) {
    this.testbed = testbed;
    this.secrets = secrets;
    this.bitsPerSecond = bitsPerSecond;
    this.runner = runner;
  }

  /**
   * Makes the hosts.
   *
   * @param emulha the command line that runs emulha
   * @param notes takes what senders of points say
   * @throws IOException if that cannot be done here; the message says why
   */
  public static TestbedRunner open(
      Testbed.Shape shape, List<String> emulha, LocalRunner.Notes notes)
      throws IOException, InterruptedException {
    Testbed testbed = Testbed.open(shape);
    try {
      long bitsPerSecond = shape.bitsPerSecond();
      Path secrets = Scratch.directory("testbed");
      Path token = secrets.resolve("token");
      PrivateFile.write(token, Token.newSecret());
      var runner =
          new LocalRunner(
              testbed.atSender(emulha),
              List.of("--link", "shaped"),
              testbed.atReceiver(emulha),
              testbed.receiverAddress() + ":0",
              List.of("--token-file", token.toString()),
              notes);
      return new TestbedRunner(testbed, secrets, bitsPerSecond, runner);
    } catch (IOException | RuntimeException e) {
      testbed.close();
      throw e;
    }
  }

  @Override
  public void run(Point point, Path directory) throws IOException, InterruptedException {
    if (point.linkBitsPerSecond() != 0 && point.linkBitsPerSecond() != bitsPerSecond) {
      throw new IllegalArgumentException(
          "the testbed's link is one of %d bit/s (--rate), not of %d"
              .formatted(bitsPerSecond, point.linkBitsPerSecond()));
    }
    runner.run(point.over(bitsPerSecond), directory);
  }

  /** What the sender's interface has carried and held up, as tc(8) says it. */
  public String statistics() throws IOException, InterruptedException {
    return testbed.statistics();
  }

  @Override
  public void close() throws IOException {
    try (testbed) {
      Tree.delete(secrets);
    }
  }
}
