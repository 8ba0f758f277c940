package emulha.emulharcv;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import emulha.codecs.Method;
import emulha.emulhacp.Sender;
import emulha.emulhacp.SenderOptions;
import emulha.emulharcv.stores.RedisServer;
import emulha.emulharcv.stores.StoreLocation;
import emulha.metrics.RunRow;
import emulha.runs.Base;
import emulha.runs.Link;
import emulha.runs.Pace;
import emulha.runs.Terms;
import emulha.runs.Warmup;
import emulha.traces.Series;
import emulha.wire.Security;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Replays into every store, and recovers from it. Without this, a store could keep what a method
 * sends in a way that its decoder does not read.
 */
class StoreReplicationTest {
  private static final List<Series> TWO_VMS =
      List.of(
          new MadeUpSeries("left", 0x1efL, 600, 5, 300),
          new MadeUpSeries("right", 0x21947L, 256, 5, 60));

  @TempDir Path directory = Path.of("");

  private static SenderOptions options(RunningReceiver receiver, String method, Base base, int from)
      throws IOException {
    return new SenderOptions(
        "run",
        new SenderOptions.Peer(receiver.address(), RunningReceiver.TIMEOUT, Security.NONE, 0),
        TWO_VMS,
        new Terms(Method.parse(method), Pace.ASAP, base, true, Link.AS_IT_IS),
        1,
        Warmup.NONE,
        from);
  }

  @ParameterizedTest
  @CsvSource({
    "ram, none, SEND",
    "file, delta, SEND",
    "file, gzip, SKIP",
    "criu, none, SEND",
    "criu-naive, zero+delta, SKIP",
    "redis, none, SEND",
    "redis, delta, SEND",
    "redis, exclude-free+zero+delta:encoding=xor+lz4, SEND",
    "redis, gzip:encoders=3, SEND",
    "redis, prefix, SKIP",
  })
  void whatIsRecoveredIsTheImage(String kind, String method, Base base) throws Exception {
    try (RedisServer server = kind.equals("redis") ? new RedisServer(directory) : null) {
      StoreLocation location =
          StoreLocation.parse(
              switch (kind) {
                case "ram" -> "ram";
                case "redis" -> server == null ? "" : server.store();
                default -> kind + ":" + directory.resolve("store");
              });
      RunRow run;
      List<byte[]> images;
      try (var receiver = new RunningReceiver(true, location)) {
        run = Sender.run(options(receiver, method, base, 0), row -> {});
        assertNull(receiver.outcome());
        images = receiver.images.getLast();
      }
      assertEquals(kind, run.storage().store());
      assertTrue(run.proof().verified());
      assertTrue(assertNotNullLong(run.storage().written().storeWrittenBytes()) > 0);
      assertTrue(assertNotNullLong(run.storage().storeBytes()) > 0);
      if (kind.equals("ram")) {
        // Each page is written once, and the state.
        long states =
            assertNotNullLong(run.storage().written().storeWrittenBytes())
                - run.traffic().rawBytes();
        assertEquals(8 * 300_000L + 2 * (0 + 1 + 3 + 4), states);
        assertNull(run.storage().recoveryNs());
        return;
      }
      assertNotNull(run.storage().recoveryNs());
      Path image = directory.resolve("image");
      var written = location.recover(image, null, line -> {});
      for (int vm = 0; vm < 2; vm++) {
        assertEquals(4, written.get(vm).checkpoint());
        assertArrayEquals(images.get(vm), Files.readAllBytes(image.resolveSibling("image." + vm)));
      }
    }
  }

  private static long assertNotNullLong(@Nullable Long value) {
    assertNotNull(value);
    return value;
  }

  /** Keeping part of a checkpoint's common encoding by page would lose the rest. */
  @Test
  void redisRefusesWhatIsEncodedTogether() throws Exception {
    try (RedisServer server = new RedisServer(directory);
        var receiver = new RunningReceiver(false, StoreLocation.parse(server.store()))) {
      for (String method : List.of("similarity", "gzip:scope=checkpoint", "stream", "criu-naive")) {
        var e =
            assertThrows(
                IOException.class,
                () -> Sender.run(options(receiver, method, Base.SKIP, 0), row -> {}));
        assertTrue(String.valueOf(e.getMessage()).contains("encodes pages together"), e::toString);
      }
    }
  }

  /**
   * A series goes on from another sender, with another method, in another receiver on the same
   * store (Fernando's forward and reverse incremental checkpoints).
   */
  @ParameterizedTest
  @CsvSource({"file", "redis", "criu", "criu-naive"})
  void anotherSenderGoesOnWithWhatTheStoreHolds(String kind) throws Exception {
    try (RedisServer server = kind.equals("redis") ? new RedisServer(directory) : null) {
      StoreLocation location =
          StoreLocation.parse(
              server == null ? kind + ":" + directory.resolve("store") : server.store());
      try (var receiver = new RunningReceiver(true, location)) {
        List<Series> first =
            List.of(
                new MadeUpSeries("left", 0x1efL, 600, 3, 300),
                new MadeUpSeries("right", 0x21947L, 256, 3, 60));
        SenderOptions whole = options(receiver, "delta", Base.SEND, 0);
        Sender.run(
            new SenderOptions(
                "one",
                new SenderOptions.Peer(
                    whole.receiver().address(), RunningReceiver.TIMEOUT, Security.NONE, 0),
                first,
                new Terms(whole.terms().method(), Pace.ASAP, Base.SEND, true, Link.AS_IT_IS),
                1,
                Warmup.NONE,
                0),
            row -> {});
        assertNull(receiver.outcome());
      }
      List<byte[]> images;
      try (var receiver = new RunningReceiver(true, location)) {
        assertTrue(
            Sender.run(options(receiver, "prefix", Base.SKIP, 3), row -> {}).proof().verified());
        assertNull(receiver.outcome());
        images = receiver.images.getLast();
      }
      Path image = directory.resolve("image");
      assertEquals(4, location.recover(image, null, line -> {}).getFirst().checkpoint());
      assertArrayEquals(images.getFirst(), Files.readAllBytes(directory.resolve("image.0")));
    }
  }
}
