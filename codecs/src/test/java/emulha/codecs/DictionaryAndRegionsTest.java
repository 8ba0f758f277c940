package emulha.codecs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import emulha.codecs.pipeline.CheckpointEncoder;
import emulha.memory.DirtyPages;
import emulha.memory.Page;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the contract test cannot see of {@code regions} and of dictionaries of {@code zstd}. */
final class DictionaryAndRegionsTest {
  @TempDir private Path directory = Path.of("");

  static Sequence.Step step(byte[]... pages) {
    var dirty = new DirtyPages();
    for (int pfn = 0; pfn < pages.length; pfn++) {
      dirty.append(pfn, pages[pfn], 0);
    }
    return new Sequence.Step(CheckpointKind.INCREMENTAL, List.of(dirty));
  }

  private static long payload(Replay replay, Sequence.Step step) throws IOException {
    long before = replay.encoder().payloadBytes();
    replay.decode(step, replay.encode(step));
    return replay.encoder().payloadBytes() - before;
  }

  /** Counted by hand: without this, more than the changed regions could be sent. */
  @Test
  void onlyChangedRegionsAreSent() throws IOException {
    byte[] page = new byte[Page.BYTES];
    new SplittableRandom(0x5eed_4e61L).nextBytes(page);
    for (String spec : List.of("regions", "regions:hash=xxh3-128", "regions:verify=true")) {
      try (var replay = new Replay(Method.parse(spec), new long[] {1})) {
        assertEquals(4096, payload(replay, step(page)));
        assertEquals(0, payload(replay, step(page)));
        byte[] changed = page.clone();
        changed[255] ^= 1;
        changed[256] ^= 1;
        changed[4095] ^= 1;
        assertEquals(3 * 256, payload(replay, step(changed)));
        changed[300] ^= 1;
        assertEquals(256, payload(replay, step(changed)));
        assertEquals(1, replay.encoder().counters().get(Counter.UNCHANGED_PAGES).orElseThrow());
      }
    }
    try (var replay = new Replay(Method.parse("regions:size=64"), new long[] {1})) {
      payload(replay, step(page));
      long hashes = replay.encoder().retainedBytes();
      assertTrue(hashes >= 64 * 8 && hashes < Page.BYTES, hashes + " bytes for a page's hashes");
    }
  }

  /** Records alike in all pages and different in none: what a dictionary is for. */
  private static byte[][] records(SplittableRandom random, int pages) {
    byte[][] all = new byte[pages][];
    for (int p = 0; p < pages; p++) {
      var text = new StringBuilder();
      while (text.length() < Page.BYTES) {
        text.append("session=").append(random.nextInt(1 << 20)).append(";path=/index/");
        text.append(random.nextInt(1 << 20)).append(";agent=Mozilla/5.0 (X11; Linux x86_64);;");
      }
      all[p] = Arrays.copyOf(text.toString().getBytes(StandardCharsets.UTF_8), Page.BYTES);
    }
    return all;
  }

  /** Without this, the dictionary's bytes could be missing from the results. */
  @Test
  void aTrainedDictionaryIsSentOnceCountedAndPays() throws IOException {
    var random = new SplittableRandom(0x5eed_d1c7L);
    try (var with = new Replay(Method.parse("zstd:train=1,size=2KiB"), new long[] {200});
        var without = new Replay(Method.parse("zstd"), new long[] {200})) {
      Sequence.Step first = step(records(random, 200));
      assertEquals(payload(without, first), payload(with, first));
      Sequence.Step second = step(records(random, 1));
      EncodedCheckpoint encoded = with.encode(second);
      with.decode(second, encoded);
      long dictionary = encoded.size(3);
      assertTrue(dictionary > 256 && dictionary <= 2 + 2048, dictionary + " bytes");
      Sequence.Step third = step(records(random, 200));
      long plain = payload(without, third);
      long trained = payload(with, third);
      assertTrue(trained < plain * 9 / 10, trained + " of " + plain);
    }
  }

  /** Without this, a file that is no dictionary or not there would be found in mid-run. */
  @Test
  void aDictionaryIsReadAtTheSenderAlone() throws IOException {
    Path file = directory.resolve("words");
    Method method = Method.parse("zstd:dictionary=" + file);
    String message =
        assertThrows(
                IllegalArgumentException.class,
                () -> CheckpointEncoder.of(method, new long[] {1}, (a, b, c, d) -> {}))
            .getMessage();
    assertTrue(message.contains("cannot read the dictionary " + file), message);
    byte[][] pages = records(new SplittableRandom(0x5eed_d1c8L), 2);
    Files.write(file, pages[0]);
    try (var replay = new Replay(method, new long[] {2});
        var plain = new Replay(Method.parse("zstd"), new long[] {2})) {
      long with = payload(replay, step(pages));
      // The first page is the dictionary itself.
      assertTrue(with < 2 + 4096 + payload(plain, step(pages)) - 500, with + " bytes");
    }
    for (String spec :
        List.of("zstd:train=1,scope=checkpoint", "zstd:train=1,dictionary=x", "zstd:train=-1")) {
      assertThrows(IllegalArgumentException.class, () -> Method.parse(spec), spec);
    }
  }

  /** Without this, a device without an end, or a huge file, would take the sender's memory. */
  @Test
  void noMoreIsReadThanADictionaryHas() throws IOException {
    Path file = directory.resolve("large");
    try (var large = new RandomAccessFile(file.toFile(), "rw")) {
      large.setLength(1L << 32);
    }
    Path endless = Path.of("/dev/zero");
    for (Path none : Files.exists(endless) ? List.of(file, endless) : List.of(file)) {
      Method method = Method.parse("zstd:dictionary=" + none);
      assertEquals(
          "method 'zstd': %s has at least 16777217 bytes; a dictionary has 8 to 16777216"
              .formatted(none),
          assertThrows(
                  IllegalArgumentException.class,
                  () -> CheckpointEncoder.of(method, new long[] {1}, (a, b, c, d) -> {}))
              .getMessage());
    }
  }

  /** Without this, a stage that hands on several parts would lose all but the last. */
  @Test
  void autoRefusesWhatHandsOnParts() {
    String message =
        assertThrows(IllegalArgumentException.class, () -> Method.parse("auto:stages=regions/lz4"))
            .getMessage();
    assertTrue(message.endsWith("it hands pages on in parts"), message);
  }
}
