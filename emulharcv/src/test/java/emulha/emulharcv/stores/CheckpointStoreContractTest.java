package emulha.emulharcv.stores;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import emulha.memory.DirtyPages;
import emulha.memory.Page;
import emulha.wire.Message;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What every store that outlives its receiver keeps to, against images kept in plain arrays.
 * Without this, a store could bring back pages of two checkpoints, and look as if it had not.
 */
class CheckpointStoreContractTest {
  private static final List<Message.Vm> VMS =
      List.of(new Message.Vm("left", 300), new Message.Vm("right", 64));

  @TempDir Path directory = Path.of("");

  /** The images as they must be. */
  private static final class Expected {
    final List<byte[]> images = new ArrayList<>();
    List<byte[]> states = List.of(new byte[0], new byte[0]);
    long holds = Message.NOTHING;

    Expected() {
      for (Message.Vm vm : VMS) {
        images.add(new byte[(int) vm.ramPages() * Page.BYTES]);
      }
    }

    void apply(StorableCheckpoint checkpoint) {
      for (int vm = 0; vm < images.size(); vm++) {
        DirtyPages pages = checkpoint.pages().get(vm);
        for (int i = 0; i < pages.count(); i++) {
          System.arraycopy(
              pages.slab(i),
              pages.offset(i),
              images.get(vm),
              (int) pages.pfn(i) * Page.BYTES,
              Page.BYTES);
        }
      }
      states = checkpoint.states();
      holds = checkpoint.holds();
    }

    void assertEqualTo(FailOverImages found) {
      assertEquals(holds, found.checkpoint());
      for (int vm = 0; vm < images.size(); vm++) {
        byte[] page = new byte[Page.BYTES];
        for (int pfn = 0; pfn < VMS.get(vm).ramPages(); pfn++) {
          found.read(vm, pfn, page, 0);
          byte[] expected = new byte[Page.BYTES];
          System.arraycopy(images.get(vm), pfn * Page.BYTES, expected, 0, Page.BYTES);
          assertArrayEquals(expected, page, "VM " + vm + ", page frame " + pfn);
        }
        assertArrayEquals(states.get(vm), found.state(vm), "state of VM " + vm);
      }
    }
  }

  private final List<RedisServer> servers = new ArrayList<>();

  @AfterEach
  void endServers() {
    for (RedisServer server : servers) {
      server.close();
    }
  }

  /** Names of all kinds that outlive their receiver: none can be left out. */
  static Stream<String> outliving() {
    return StoreKind.all().stream().filter(StoreKind::outlivesReceiver).map(StoreKind::name);
  }

  private StoreLocation location(String kind) throws Exception {
    if (kind.equals("redis")) {
      if (servers.isEmpty()) {
        servers.add(new RedisServer(directory));
      }
      return StoreLocation.parse(servers.getFirst().store());
    }
    return StoreLocation.parse(kind + ":" + directory.resolve("store"));
  }

  /** Pages of every sort: zero, compressible, noise, some written before, some not. */
  private static StorableCheckpoint random(Random random, long holds) {
    List<DirtyPages> parts = new ArrayList<>();
    List<byte[]> states = new ArrayList<>();
    for (Message.Vm vm : VMS) {
      var pages = new DirtyPages();
      for (long pfn = random.nextInt(4); pfn < vm.ramPages(); pfn += 1 + random.nextInt(9)) {
        int i = pages.append(pfn);
        byte[] page = new byte[Page.BYTES];
        switch (random.nextInt(4)) {
          case 0 -> {}
          case 1 -> random.nextBytes(page);
          default -> {
            for (int at = random.nextInt(64); at < Page.BYTES; at += 1 + random.nextInt(500)) {
              page[at] = (byte) random.nextInt();
            }
          }
        }
        System.arraycopy(page, 0, pages.slab(i), pages.offset(i), Page.BYTES);
      }
      parts.add(pages);
      byte[] state = new byte[random.nextInt(3) * 5000];
      random.nextBytes(state);
      states.add(state);
    }
    return new StorableCheckpoint(holds, parts, states);
  }

  private static void store(CheckpointStore store, Expected expected, StorableCheckpoint checkpoint)
      throws IOException {
    long written = store.store(checkpoint);
    assertTrue(written > 0);
    expected.apply(checkpoint);
  }

  @ParameterizedTest
  @MethodSource("outliving")
  void bringsBackTheLastCheckpoint(String kind) throws Exception {
    var random = new Random(0x57027eL);
    var expected = new Expected();
    for (int session = 0; session < 3; session++) {
      try (var opened = location(kind).open(VMS, line -> {})) {
        CheckpointStore store = opened.store();
        expected.assertEqualTo(store.images());
        for (int n = 0; n < 6; n++) {
          store(store, expected, random(random, 10L * session + n));
          expected.assertEqualTo(store.images());
          try (FailOverImages recovered = store.recover()) {
            assertTrue(recovered != null);
            expected.assertEqualTo(recovered);
          }
        }
        assertTrue(store.size().bytes() > 0);
      }
    }
    Path image = directory.resolve("image");
    var written = location(kind).recover(image, null, line -> {});
    assertEquals(25, written.getFirst().checkpoint());
    for (int vm = 0; vm < VMS.size(); vm++) {
      Path file = directory.resolve("image." + vm);
      assertArrayEquals(expected.images.get(vm), Files.readAllBytes(file));
      assertEquals(written.get(vm), ImageDescription.of(file));
    }
  }

  /** What was there before must not show through. */
  @ParameterizedTest
  @MethodSource("outliving")
  void aClearedStoreHoldsNothing(String kind) throws Exception {
    var random = new Random(0xc1ea2L);
    try (var opened = location(kind).open(VMS, line -> {})) {
      opened.store().store(random(random, 4));
      opened.store().clear();
      new Expected().assertEqualTo(opened.store().images());
    }
    var e =
        assertThrows(
            IOException.class,
            () -> location(kind).recover(directory.resolve("i"), null, line -> {}));
    assertTrue(String.valueOf(e.getMessage()).contains("holds no whole checkpoint"), e::toString);
    var expected = new Expected();
    try (var opened = location(kind).open(VMS, line -> {})) {
      store(opened.store(), expected, random(random, 5));
    }
    try (var opened = location(kind).open(VMS, line -> {})) {
      expected.assertEqualTo(opened.store().images());
    }
  }

  /** Who has a store that broke down while it was cleared asks it what it holds, to close it. */
  @Test
  void aStoreThatCannotBeClearedHoldsNothing() throws Exception {
    Path image = directory.resolve("store/vm-0.image");
    Path obstacle = image.resolve("obstacle");
    try (var opened = location("file").open(VMS, line -> {})) {
      opened.store().store(random(new Random(0xc1ea3L), 4));
      Files.delete(image);
      Files.createDirectories(obstacle);
      assertThrows(IOException.class, opened.store()::clear);
      assertFalse(opened.store().usable());
      assertEquals(Message.NOTHING, opened.store().images().checkpoint());
    }
    Files.delete(obstacle);
    Files.delete(image);
    try (var opened = location("file").open(VMS, line -> {})) {
      assertEquals(Message.NOTHING, opened.store().images().checkpoint());
      opened.store().clear();
      new Expected().assertEqualTo(opened.store().images());
    }
  }

  /** Two receivers would write over each other; another VM's images must not be lost. */
  @ParameterizedTest
  @MethodSource("outliving")
  void othersAreKeptOut(String kind) throws Exception {
    try (var opened = location(kind).open(VMS, line -> {})) {
      assertEquals(Message.NOTHING, opened.store().images().checkpoint());
      var used = assertThrows(IOException.class, () -> location(kind).open(VMS, line -> {}));
      assertTrue(String.valueOf(used.getMessage()).contains("uses this store"), used::toString);
    }
    var other = List.of(new Message.Vm("other", 300));
    var e = assertThrows(IOException.class, () -> location(kind).open(other, line -> {}));
    assertTrue(String.valueOf(e.getMessage()).contains("holds the images of"), e::toString);
    for (String another : List.of("file", "criu", "criu-naive")) {
      if (!kind.equals("redis") && !another.equals(kind)) {
        assertThrows(IOException.class, () -> location(another).open(VMS, line -> {}));
      }
    }
  }

  /**
   * A log cut or flipped at any place is as if its checkpoint had never come; the images hold the
   * one before, even if some of the pages were written already.
   */
  @Test
  void aTornLogIsTheCheckpointBefore() throws Exception {
    var random = new Random(0x7022L);
    for (int round = 0; round < 40; round++) {
      Path store = directory.resolve("torn-" + round);
      var location = StoreLocation.parse("file:" + store);
      var before = new Expected();
      StorableCheckpoint last = random(random, 1);
      try (var opened = location.open(VMS, line -> {})) {
        store(opened.store(), before, random(random, 0));
      }
      Path log = store.resolve("log-0");
      try (var writing = new CheckpointLog(log)) {
        writing.write(2, last, new byte[0]);
      }
      try (var channel = FileChannel.open(log, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
        long at = (long) (random.nextDouble() * channel.size());
        if (random.nextBoolean()) {
          channel.truncate(at);
        } else {
          var one = ByteBuffer.allocate(1);
          channel.read(one, at);
          one.flip();
          one.put(0, (byte) (one.get(0) ^ 1 << random.nextInt(8)));
          channel.write(one, at);
        }
      }
      try (var opened = location.open(VMS, line -> {})) {
        before.assertEqualTo(opened.store().images());
      }
    }
  }

  /** A checkpoint whose log is whole is stored, although no page of it has reached the images. */
  @Test
  void aWholeLogIsTheCheckpoint() throws Exception {
    var random = new Random(0x2ed0L);
    var expected = new Expected();
    var proof = new ImageProof(VMS);
    StorableCheckpoint first = random(random, 0);
    try (var opened = location("file").open(VMS, line -> {})) {
      store(opened.store(), expected, first);
    }
    StorableCheckpoint last = random(random, 1);
    proof.apply(first);
    proof.apply(last);
    try (var log = new CheckpointLog(directory.resolve("store/log-0"))) {
      log.write(2, last, proof.seal(1, last.states()));
    }
    expected.apply(last);
    try (var opened = location("file").open(VMS, line -> {})) {
      expected.assertEqualTo(opened.store().images());
    }
  }

  /** Without it the space of pages that were dumped again would stay taken, as it does naively. */
  @Test
  void parentPagesArePunchedOut() throws Exception {
    var noise = new Random(0xf011L);
    for (String kind : List.of("criu", "criu-naive")) {
      var location = StoreLocation.parse(kind + ":" + directory.resolve(kind));
      try (var opened = location.open(VMS, line -> {})) {
        for (int n = 0; n < 8; n++) {
          var pages = new DirtyPages();
          for (long pfn = 0; pfn < 256; pfn++) {
            int i = pages.append(pfn);
            byte[] page = new byte[Page.BYTES];
            noise.nextBytes(page);
            System.arraycopy(page, 0, pages.slab(i), pages.offset(i), Page.BYTES);
          }
          opened
              .store()
              .store(
                  new StorableCheckpoint(
                      n, List.of(pages, new DirtyPages()), List.of(new byte[0], new byte[0])));
        }
        long content = 256L * Page.BYTES;
        var size = opened.store().size();
        long peak = size.peakBytes() == null ? 0 : size.peakBytes();
        if (kind.equals("criu")) {
          assertTrue(size.bytes() < content + 8 * 4 * Page.BYTES, size::toString);
          assertTrue(
              peak >= 2 * content && peak < 2 * content + 8 * 4 * Page.BYTES, size::toString);
          assertEquals(size.bytes(), diskUsage(directory.resolve(kind)));
        } else {
          assertTrue(size.bytes() > 8 * content, size::toString);
          assertTrue(peak > 9 * content, size::toString);
        }
      }
      try (var opened = location.open(VMS, line -> {})) {
        assertNull(opened.store().size().peakBytes(), "nobody noted what it took before");
        opened.store().clear();
        assertEquals(0L, opened.store().size().peakBytes());
      }
    }
  }

  /** Allocated bytes of the dumps' files, by du, which asks the file system. */
  private static long diskUsage(Path store) throws Exception {
    Process du =
        new ProcessBuilder(
                "sh",
                "-c",
                "find " + store + " -name '*.img' -print0 | du -c -B1 --files0-from=- | tail -1")
            .start();
    String text = new String(du.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
    assertEquals(0, du.waitFor());
    return Long.parseLong(text.split("\t", -1)[0]);
  }

  @Test
  void unknownStoresAreRefusedWithTheList() {
    for (StoreKind kind : StoreKind.all()) {
      assertTrue(StoreKind.SYNTAX.matches("(.*, )?" + kind.name() + "(:.*|,.*)?"), kind.name());
    }
    for (String text :
        List.of("rom", "file", "file:", "criu", "", "redis://h:1/name", "redis://h:65536")) {
      var e = assertThrows(IllegalArgumentException.class, () -> StoreLocation.parse(text));
      assertEquals("unknown store '" + text + "'; available: " + StoreKind.SYNTAX, e.getMessage());
    }
    var e =
        assertThrows(
            IllegalArgumentException.class,
            () -> StoreLocation.parse("ram").recover(directory.resolve("image"), null, line -> {}));
    assertTrue(String.valueOf(e.getMessage()).startsWith("the store ram ends"), e::toString);
  }
}
