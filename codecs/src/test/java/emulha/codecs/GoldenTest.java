package emulha.codecs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import emulha.memory.PageDigests;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.XZInputStream;
import org.tukaani.xz.XZOutputStream;

/**
 * Encodings that earlier versions wrote of the sequence {@code small}, of every method: {@code
 * golden.xz}. Without this, a change of a format that both ends share would pass all other tests,
 * and sender and receiver of different versions, or a kept checkpoint, would meet it first.
 *
 * <p>{@code EMULHA_GOLDEN=write} adds what is missing, and keeps all that is there. A format that
 * changes on purpose takes a new version of the protocol, so that the other version is refused;
 * then the file is deleted and written again.
 *
 * <p>The file, after decompression: digests of the sequence's steps (number as int, longs); then
 * for each method its description (UTF), and for each step the number of lanes (int) and of each
 * its number (byte), length (int) and bytes.
 */
final class GoldenTest {
  private static final Path FILE =
      Path.of(System.getProperty("emulha.root", ".."))
          .resolve("codecs/src/test/resources/emulha/codecs/golden.xz");

  private static final Sequence SEQUENCE = Sequence.small();
  private static final int MAX_FILE_BYTES = 700_000;

  /** Each method's encodings, one for each step. */
  private record Golden(List<Long> digests, Map<String, List<EncodedCheckpoint>> methods) {}

  private static final Golden GOLDEN = load();

  static List<String> methods() {
    return MethodSpecs.BUILT_IN;
  }

  private static List<Long> digests() {
    return SEQUENCE.steps().stream()
        .flatMap(step -> step.vms().stream())
        .map(PageDigests::ofCheckpoint)
        .toList();
  }

  private static Golden load() {
    try {
      Golden golden = Files.exists(FILE) ? read() : new Golden(digests(), new LinkedHashMap<>());
      if ("write".equals(System.getenv("EMULHA_GOLDEN"))) {
        for (String spec : MethodSpecs.BUILT_IN) {
          if (!golden.methods().containsKey(spec)) {
            golden.methods().put(spec, encoded(spec));
          }
        }
        write(golden);
      }
      return golden;
    } catch (IOException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private static List<EncodedCheckpoint> encoded(String spec) throws IOException {
    List<EncodedCheckpoint> steps = new ArrayList<>();
    try (var replay = new Replay(Method.parse(spec), SEQUENCE.ramPages())) {
      for (Sequence.Step step : SEQUENCE.steps()) {
        steps.add(replay.encode(step));
      }
    }
    return steps;
  }

  private static Golden read() throws IOException {
    var bytes =
        new ByteArrayInputStream(
            new XZInputStream(new ByteArrayInputStream(Files.readAllBytes(FILE))).readAllBytes());
    var in = new DataInputStream(bytes);
    List<Long> digests = new ArrayList<>();
    for (int left = in.readInt(); left > 0; left--) {
      digests.add(in.readLong());
    }
    Map<String, List<EncodedCheckpoint>> methods = new LinkedHashMap<>();
    while (bytes.available() > 0) {
      String spec = in.readUTF();
      List<EncodedCheckpoint> steps = new ArrayList<>();
      for (int step = 0; step < SEQUENCE.steps().size(); step++) {
        var encoded = new EncodedCheckpoint();
        for (int lanes = in.readInt(); lanes > 0; lanes--) {
          int lane = in.readUnsignedByte();
          byte[] content = in.readNBytes(in.readInt());
          encoded.append(lane, content, 0, content.length);
        }
        steps.add(encoded);
      }
      methods.put(spec, steps);
    }
    return new Golden(digests, methods);
  }

  private static void write(Golden golden) throws IOException {
    var bytes = new ByteArrayOutputStream();
    try (var out = new DataOutputStream(new XZOutputStream(bytes, new LZMA2Options(9)))) {
      out.writeInt(golden.digests().size());
      for (long digest : golden.digests()) {
        out.writeLong(digest);
      }
      for (var method : golden.methods().entrySet()) {
        out.writeUTF(method.getKey());
        for (EncodedCheckpoint step : method.getValue()) {
          int lanes = 0;
          for (int lane = 0; lane < EncodedCheckpoint.MAX_LANES; lane++) {
            lanes += step.size(lane) > 0 ? 1 : 0;
          }
          out.writeInt(lanes);
          for (int lane = 0; lane < EncodedCheckpoint.MAX_LANES; lane++) {
            if (step.size(lane) > 0) {
              out.writeByte(lane);
              out.writeInt((int) step.size(lane));
              out.write(step.copy(lane));
            }
          }
        }
      }
    }
    Files.write(FILE, bytes.toByteArray());
  }

  @ParameterizedTest
  @MethodSource("methods")
  void whatEarlierVersionsWroteIsStillRead(String spec) throws IOException {
    List<EncodedCheckpoint> steps = GOLDEN.methods().get(spec);
    if (steps == null) {
      fail("golden.xz has nothing of " + spec + "; EMULHA_GOLDEN=write adds it");
      return;
    }
    try (var replay = new Replay(Method.parse(spec), SEQUENCE.ramPages())) {
      for (int i = 0; i < steps.size(); i++) {
        replay.decode(SEQUENCE.steps().get(i), steps.get(i));
      }
      replay.compareImages();
    }
  }

  /** Without this, a change of the generator would look like a change of every format. */
  @Test
  void theSequenceIsTheOneThatWasEncoded() {
    assertEquals(digests(), GOLDEN.digests(), "the sequence 'small' is no longer the same");
  }

  /** Without this, the file could hold methods that nobody decodes, or outgrow the repository. */
  @Test
  void theFileIsSmallAndHoldsNothingElse() throws IOException {
    assertTrue(MethodSpecs.BUILT_IN.containsAll(GOLDEN.methods().keySet()));
    assertTrue(Files.size(FILE) < MAX_FILE_BYTES, Files.size(FILE) + " bytes");
  }
}
