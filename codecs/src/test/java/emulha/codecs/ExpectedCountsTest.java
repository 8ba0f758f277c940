package emulha.codecs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import emulha.codecs.pipeline.CheckpointEncoder;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Payload and whole pages over whole recordings, against the totals that an independent C
 * implementation got (zlib 1.2.13, liblz4 1.9.4, libzstd 1.5.4, OpenSSL).
 *
 * <p>Without this a method could restore every page and still count wrong.
 */
@Execution(ExecutionMode.CONCURRENT)
final class ExpectedCountsTest {
  static Stream<Arguments> rows() throws IOException {
    try (InputStream in = ExpectedCountsTest.class.getResourceAsStream("expected-counts.csv")) {
      String csv = new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
      return csv.lines()
          .skip(1)
          .map(line -> List.of(line.split(";", -1)))
          .flatMap(
              row ->
                  Stream.of(
                      Arguments.of(
                          row.get(0), row.get(1), row.get(2), "redis-25ms", row.get(3), row.get(4)),
                      Arguments.of(
                          row.get(0),
                          row.get(1),
                          row.get(2),
                          "ffmpeg-100ms",
                          row.get(5),
                          row.get(6))));
    }
  }

  @ParameterizedTest(name = "{0} on {3}: {1}")
  @MethodSource("rows")
  void countsAsTheIndependentImplementation(
      String row,
      String spec,
      double tolerancePercent,
      String name,
      long payloadBytes,
      long wholePages)
      throws IOException {
    Recording recording = Recording.whole(name);
    long[] ramPages = {recording.ramPages()};
    long[] dirty = {0};
    Method method = Method.parse(spec);
    try (CheckpointEncoder encoder =
        CheckpointEncoder.of(method, ramPages, (lane, bytes, offset, length) -> {})) {
      recording.readBase(
          pages -> {
            encoder.begin(CheckpointKind.PRIMING);
            encoder.encode(0, pages);
            encoder.end();
          });
      long primed = encoder.payloadBytes();
      recording.readCheckpoints(
          pages -> {
            dirty[0] += pages.count();
            encoder.begin(CheckpointKind.INCREMENTAL);
            encoder.encode(0, pages);
            encoder.end();
          });
      long payload = encoder.payloadBytes() - primed;
      long whole = encoder.counters().get(Counter.WHOLE_PAGES).orElseThrow();
      System.out.printf(
          "%s %s (%s): payload %d, expected %d (%+.3f %%); whole pages %d, expected %d%n",
          name,
          spec,
          method.binding(),
          payload,
          payloadBytes,
          100.0 * (payload - payloadBytes) / payloadBytes,
          whole,
          wholePages);
      if (tolerancePercent == 0) {
        assertEquals(payloadBytes, payload, row);
        assertEquals(wholePages, whole, row);
      } else {
        double tolerance = tolerancePercent / 100;
        assertTrue(Math.abs(payload - payloadBytes) <= tolerance * payloadBytes, row);
        assertTrue(Math.abs(whole - wholePages) <= tolerance * dirty[0], row);
      }
    }
  }
}
