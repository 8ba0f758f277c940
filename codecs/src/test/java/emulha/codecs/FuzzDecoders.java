package emulha.codecs;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A target for Jazzer: a method's decoder, after it has decoded a base and an increment, is given
 * lanes that the fuzzer makes up. Pages or a {@link CorruptEncodingException} are right; anything
 * else is a finding, and so is a byte written behind the last page.
 *
 * <p>Input: number of the method in {@link MethodSpecs} (1 byte), then pieces of lanes: number of
 * the lane (1 byte), length (2 bytes, little-endian), bytes.
 */
public final class FuzzDecoders {
  private static final Sequence SEQUENCE = Sequence.small();
  private static final int STEPS = SEQUENCE.steps().size();
  private static final List<Method> METHODS = MethodSpecs.ALL.stream().map(Method::parse).toList();
  private static final List<List<EncodedCheckpoint>> GOOD = new ArrayList<>();

  static {
    try {
      for (Method method : METHODS) {
        List<EncodedCheckpoint> good = new ArrayList<>();
        try (var replay = new Replay(method, SEQUENCE.ramPages())) {
          for (Sequence.Step step : SEQUENCE.steps()) {
            good.add(replay.encode(step));
          }
        }
        GOOD.add(good);
      }
    } catch (IOException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private FuzzDecoders() {}

  /** Decodes one input. */
  public static void fuzzerTestOneInput(byte[] input) throws IOException {
    if (input.length == 0) {
      return;
    }
    int number = (input[0] & 0xff) % GOOD.size();
    EncodedCheckpoint made = lanes(input);
    try (var replay = new Replay(METHODS.get(number), SEQUENCE.ramPages())) {
      for (int i = 0; i < STEPS - 1; i++) {
        replay.decode(SEQUENCE.steps().get(i), GOOD.get(number).get(i));
      }
      replay.decodeAnything(SEQUENCE.steps().get(STEPS - 1), made);
    } catch (CorruptEncodingException e) {
      // As it should be.
    }
  }

  private static EncodedCheckpoint lanes(byte[] input) {
    var lanes = new EncodedCheckpoint();
    int at = 1;
    while (at + 3 <= input.length) {
      int lane = input[at] & 0xff;
      int length = (input[at + 1] & 0xff) | (input[at + 2] & 0xff) << 8;
      at += 3;
      length = Math.min(length, input.length - at);
      lanes.append(lane, input, at, length);
      at += length;
    }
    return lanes;
  }

  /**
   * Writes what each method's encoder wrote, as inputs to begin with.
   *
   * @param args directory for them
   */
  public static void main(String[] args) throws IOException {
    Path directory = Files.createDirectories(Path.of(args[0]));
    for (int number = 0; number < GOOD.size(); number++) {
      EncodedCheckpoint last = GOOD.get(number).getLast();
      var input = new ByteArrayOutputStream();
      input.write(number);
      for (int lane = 0; lane < 256; lane++) {
        for (int at = 0; at < last.size(lane); at += 0xffff) {
          int length = (int) Math.min(0xffff, last.size(lane) - at);
          input.write(lane);
          input.write(length);
          input.write(length >>> 8);
          input.write(last.bytes(lane), at, length);
        }
      }
      Files.write(directory.resolve("seed-" + number), input.toByteArray());
    }
  }
}
