package emulha.codecs;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import emulha.memory.DirtyPages;
import emulha.memory.Page;
import emulha.memory.PageSize;
import emulha.testsupport.Requirements;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32;
import net.jpountz.xxhash.XXHashFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The system's own tools restore what our encoders wrote, once it has the header and trailer of a
 * file around it.
 *
 * <p>Without this, encoder and decoder could agree on a format that nobody else knows, and sizes
 * would be those of something else.
 */
final class SystemToolsTest {
  private static final byte[] ZSTD_HEADER = {0x28, (byte) 0xb5, 0x2f, (byte) 0xfd, 0, (byte) 0x88};
  private static final byte[] ZSTD_LAST_EMPTY_BLOCK = {1, 0, 0};

  @TempDir private Path directory = Path.of("");

  private static final Sequence SEQUENCE = Sequence.fullFirst();
  private static final Sequence.Step STEP = SEQUENCE.steps().getFirst();

  /** The lane that holds the content when one stage settles all pages together. */
  private static byte[] encoded(String spec) throws IOException {
    return encoded(spec, STEP);
  }

  private static byte[] encoded(String spec, Sequence.Step step) throws IOException {
    try (var replay = new Replay(Method.parse(spec), SEQUENCE.ramPages())) {
      EncodedCheckpoint encoded = replay.encode(step);
      for (int lane = 1; lane < EncodedCheckpoint.MAX_LANES; lane++) {
        if (encoded.size(lane) == replay.encoder().payloadBytes()) {
          return encoded.copy(lane);
        }
      }
    }
    return fail(spec + " wrote into several lanes");
  }

  private static byte[] content(DirtyPages pages) {
    var all = new ByteArrayOutputStream();
    for (int i = 0; i < pages.count(); i++) {
      all.write(pages.slab(i), pages.offset(i), pages.pageSize().bytes());
    }
    return all.toByteArray();
  }

  private static byte[] joined(byte[]... parts) {
    var all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }

  private static byte[] littleEndian(long... values) {
    ByteBuffer buffer = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    for (long value : values) {
      buffer.putInt((int) value);
    }
    return buffer.array();
  }

  private byte[] restoredBy(byte[] file, String... command) throws Exception {
    Path input = Files.write(directory.resolve("input"), file);
    Path output = directory.resolve("output");
    List<String> line = new ArrayList<>(List.of(command));
    Requirements.programs(command[0]);
    Process process =
        new ProcessBuilder(line)
            .redirectInput(input.toFile())
            .redirectOutput(output.toFile())
            .redirectError(new File(directory.toFile(), "errors"))
            .start();
    assertEquals(0, process.waitFor(), () -> command[0] + ": " + errors());
    return Files.readAllBytes(output);
  }

  private String errors() {
    try {
      return Files.readString(directory.resolve("errors"));
    } catch (IOException e) {
      return e.toString();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"zlib", "libdeflate"})
  void gzip(String engine) throws Exception {
    String spec = "gzip:scope=checkpoint,engine=" + engine;
    if (!Method.parse(spec).binding().contains(engine)) {
      Requirements.lacking("no library " + engine);
    }
    byte[] content = content(STEP.vms().getFirst());
    var crc = new CRC32();
    crc.update(content);
    byte[] header = {0x1f, (byte) 0x8b, 8, 0, 0, 0, 0, 0, 0, (byte) 0xff};
    byte[] file = joined(header, encoded(spec), littleEndian(crc.getValue(), content.length));
    assertArrayEquals(content, restoredBy(file, "gzip", "-dc"));
  }

  @Test
  void bzip2() throws Exception {
    // 80 KiB and a quarter more: blocks of 200 kB.
    byte[] file = joined(new byte[] {'B', 'Z', 'h', '2'}, encoded("bzip2:scope=checkpoint"));
    assertArrayEquals(content(STEP.vms().getFirst()), restoredBy(file, "bzip2", "-dc"));
  }

  /** Besides: what our library makes of the same bytes is as large as what the tool makes. */
  @ParameterizedTest
  @ValueSource(ints = {0, 5, 9})
  void brotli(int level) throws Exception {
    byte[] content = content(STEP.vms().getFirst());
    byte[] stream = encoded("brotli:scope=checkpoint,level=" + level);
    assertArrayEquals(content, restoredBy(stream, "brotli", "-dc"));
    int tools = restoredBy(content, "brotli", "-c", "-q", Integer.toString(level)).length;
    assertEquals(1.0, (double) stream.length / tools, 0.01, stream.length + " and " + tools);
  }

  @Test
  void zstdWithTrainedDictionary() throws Exception {
    var random = new java.util.SplittableRandom(0x5eed_d1c9L);
    byte[][] pages = new byte[200][];
    for (int i = 0; i < pages.length; i++) {
      var text = new StringBuilder();
      while (text.length() < Page.BYTES) {
        text.append("GET /item/").append(random.nextInt(1 << 24)).append(" HTTP/1.1 Host: shop;");
      }
      pages[i] = Arrays.copyOf(text.toString().getBytes(StandardCharsets.UTF_8), Page.BYTES);
    }
    byte[][] one = {pages[7].clone()};
    one[0][100] ^= 1;
    EncodedCheckpoint encoded;
    try (var replay =
        new Replay(Method.parse("zstd:train=1,size=2KiB"), new long[] {pages.length})) {
      replay.encode(DictionaryAndRegionsTest.step(pages));
      encoded = replay.encode(DictionaryAndRegionsTest.step(one));
    }
    // Two bytes of length, then the dictionary.
    Path dictionary =
        Files.write(
            directory.resolve("dictionary"),
            Arrays.copyOfRange(encoded.copy(3), 2, (int) encoded.size(3)));
    byte[] frame = joined(ZSTD_HEADER, encoded.copy(2));
    assertArrayEquals(one[0], restoredBy(frame, "zstd", "-dc", "-D", dictionary.toString()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"lz4", "lz4hc"})
  void lz4(String name) throws Exception {
    byte[] descriptor = {0x60, 0x70};
    int check = XXHashFactory.fastestJavaInstance().hash32().hash(descriptor, 0, 2, 0) >>> 8;
    byte[] block = encoded(name + ":scope=checkpoint");
    byte[] file =
        joined(
            littleEndian(0x184d2204L),
            descriptor,
            new byte[] {(byte) check},
            littleEndian(block.length),
            block,
            littleEndian(0));
    assertArrayEquals(content(STEP.vms().getFirst()), restoredBy(file, "lz4", "-dc"));
  }

  @Test
  void lz4Frame() throws Exception {
    assertArrayEquals(
        content(STEP.vms().getFirst()), restoredBy(encoded("criu-naive"), "lz4", "-dc"));
  }

  @Test
  void zstd() throws Exception {
    byte[] file = joined(ZSTD_HEADER, encoded("zstd:level=5,scope=checkpoint"));
    assertArrayEquals(content(STEP.vms().getFirst()), restoredBy(file, "zstd", "-dc"));
  }

  @Test
  void zstdStream() throws Exception {
    byte[] file = joined(encoded("stream:window=1MiB"), ZSTD_LAST_EMPTY_BLOCK);
    assertArrayEquals(content(STEP.vms().getFirst()), restoredBy(file, "zstd", "-dc"));
  }

  /** A page is one frame, however large: none is cut into pages of 4096 bytes. */
  @ParameterizedTest
  @ValueSource(ints = {4096, 16384, 65536, 2 << 20})
  void zstdOfOnePage(int pageBytes) throws Exception {
    DirtyPages page = bytesOfRecordings(pageBytes);
    try (var replay = new Replay(Method.parse("zstd"), page.pageSize(), new long[] {8})) {
      EncodedCheckpoint encoded =
          replay.encode(new Sequence.Step(CheckpointKind.INCREMENTAL, List.of(page)));
      assertEquals(replay.encoder().payloadBytes(), encoded.size(2));
      assertArrayEquals(
          content(page), restoredBy(joined(ZSTD_HEADER, encoded.copy(2)), "zstd", "-dc"));
    }
  }

  private static DirtyPages bytesOfRecordings(int pageBytes) {
    DirtyPages from = STEP.vms().getFirst();
    var page = new DirtyPages(PageSize.of(pageBytes));
    page.append(7);
    for (int at = 0; at < pageBytes; at += Page.BYTES) {
      int i = at / Page.BYTES % from.count();
      System.arraycopy(from.slab(i), from.offset(i), page.slab(0), page.offset(0) + at, Page.BYTES);
    }
    return page;
  }

  @ParameterizedTest
  @ValueSource(ints = {4096, 16384, 65536, 2 << 20})
  void zstdWithPrefix(int pageBytes) throws Exception {
    DirtyPages old = bytesOfRecordings(pageBytes);
    var changed = new DirtyPages(old.pageSize());
    changed.append(7, old.slab(0), old.offset(0));
    changed.slab(0)[100] ^= 0x55;
    changed.slab(0)[pageBytes - 7] ^= 0x55;
    byte[] encoding;
    try (var replay = new Replay(Method.parse("prefix"), old.pageSize(), new long[] {8})) {
      replay.encode(new Sequence.Step(CheckpointKind.PRIMING, List.of(old)));
      EncodedCheckpoint encoded =
          replay.encode(new Sequence.Step(CheckpointKind.INCREMENTAL, List.of(changed)));
      int size = (int) replay.encoder().payloadBytes();
      encoding = Arrays.copyOf(encoded.bytes(2), size);
      assertEquals(size, encoded.size(2));
    }
    Path prefix = Files.write(directory.resolve("prefix"), content(old));
    assertArrayEquals(
        content(changed),
        restoredBy(joined(ZSTD_HEADER, encoding), "zstd", "-dc", "--patch-from=" + prefix));
  }

  @Test
  void xz() throws Exception {
    assertArrayEquals(
        content(STEP.vms().getFirst()),
        restoredBy(
            encoded("xz:level=1,scope=checkpoint"),
            "xz",
            "-dc",
            "--format=raw",
            "--lzma2=dict=1MiB"));
  }
}
