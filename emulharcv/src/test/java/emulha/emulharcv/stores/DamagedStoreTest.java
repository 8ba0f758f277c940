package emulha.emulharcv.stores;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import emulha.memory.DirtyPages;
import emulha.memory.Page;
import emulha.wire.Message;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import redis.clients.jedis.Jedis;

/**
 * Damage to a store: recovery gives back the images of the checkpoint that it names, byte for byte
 * those of plain arrays, or fails and writes nothing. Without this a wrong image would be resumed
 * from as if it were right.
 */
class DamagedStoreTest {
  private static final List<Message.Vm> VMS =
      List.of(new Message.Vm("left", 1100), new Message.Vm("right", 64));
  private static final int CHECKPOINTS = 5;

  /** {@code -Demulha.damages=200} does what {@code verify} does 10 times. */
  private static final int ROUNDS = Integer.getInteger("emulha.damages", 10);

  @TempDir Path directory = Path.of("");
  private final List<RedisServer> servers = new ArrayList<>();

  @AfterEach
  void endServers() {
    servers.forEach(RedisServer::close);
  }

  /** By checkpoint, images and states. */
  private final Map<Long, List<byte[]>> images = new TreeMap<>();

  private final Map<Long, List<byte[]>> states = new TreeMap<>();

  private StoreLocation location(String kind) throws Exception {
    if (kind.equals("redis")) {
      if (servers.isEmpty()) {
        servers.add(new RedisServer(directory.resolve("redis")));
      }
      return StoreLocation.parse(servers.getFirst().store());
    }
    return StoreLocation.parse(kind + ":" + directory.resolve("store"));
  }

  private void fill(StoreLocation location, Random random) throws IOException {
    images.clear();
    states.clear();
    List<byte[]> now = new ArrayList<>();
    for (Message.Vm vm : VMS) {
      now.add(new byte[(int) vm.ramPages() * Page.BYTES]);
    }
    try (var opened = location.open(VMS, line -> {})) {
      opened.store().clear();
      for (long number = Message.BASE; number < CHECKPOINTS; number++) {
        List<DirtyPages> parts = new ArrayList<>();
        List<byte[]> with = new ArrayList<>();
        for (int vm = 0; vm < VMS.size(); vm++) {
          var pages = new DirtyPages();
          for (long pfn = random.nextInt(40); pfn < VMS.get(vm).ramPages(); ) {
            int i = pages.append(pfn);
            byte[] page = new byte[Page.BYTES];
            if (random.nextInt(4) > 0) {
              random.nextBytes(page);
              Arrays.fill(page, 0, random.nextInt(Page.BYTES), (byte) 7);
            }
            System.arraycopy(page, 0, pages.slab(i), pages.offset(i), Page.BYTES);
            System.arraycopy(page, 0, now.get(vm), (int) pfn * Page.BYTES, Page.BYTES);
            pfn += 1 + random.nextInt(60);
          }
          parts.add(pages);
          byte[] state = new byte[number < 0 ? 0 : 3000];
          random.nextBytes(state);
          with.add(state);
        }
        opened.store().store(new StorableCheckpoint(number, parts, with));
        images.put(number, now.stream().map(byte[]::clone).toList());
        states.put(number, with);
      }
    }
  }

  /**
   * @return whether it was recovered, right
   */
  private boolean recoversRightOrNot(StoreLocation location, String what) throws IOException {
    Path out = directory.resolve("image");
    removeImages();
    List<ImageDescription> written;
    try {
      written = location.recover(out, null, line -> {});
    } catch (IOException e) {
      assertTrue(String.valueOf(e.getMessage()).length() < 1000, what + ": " + e.getMessage());
      for (int vm = 0; vm < VMS.size(); vm++) {
        assertFalse(Files.exists(directory.resolve("image." + vm)), what);
      }
      return false;
    }
    for (int vm = 0; vm < VMS.size(); vm++) {
      long number = written.get(vm).checkpoint();
      assertTrue(images.containsKey(number), what + ": checkpoint " + number);
      byte[] found = Files.readAllBytes(directory.resolve("image." + vm));
      int at = Arrays.mismatch(images.get(number).get(vm), found);
      assertEquals(-1, at, what + ": checkpoint " + number + ", VM " + vm);
      Path state = directory.resolve("image." + vm + ".state");
      assertArrayEquals(
          states.get(number).get(vm),
          Files.exists(state) ? Files.readAllBytes(state) : new byte[0],
          what);
    }
    return true;
  }

  private void removeImages() throws IOException {
    for (int vm = 0; vm < VMS.size(); vm++) {
      for (String end : List.of("", ".state", ".json")) {
        Files.deleteIfExists(directory.resolve("image." + vm + end));
      }
    }
  }

  /** A receiver that opens it must offer nothing, or what is right. */
  private void offersRightOrNothing(StoreLocation location, String what) {
    try (var opened = location.open(VMS, line -> {})) {
      FailOverImages found = opened.store().images();
      if (found.checkpoint() == Message.NOTHING) {
        return;
      }
      byte[] page = new byte[Page.BYTES];
      for (int vm = 0; vm < VMS.size(); vm++) {
        byte[] expected = images.get(found.checkpoint()).get(vm);
        for (int pfn = 0; pfn < VMS.get(vm).ramPages(); pfn++) {
          found.read(vm, pfn, page, 0);
          int from = pfn * Page.BYTES;
          assertTrue(
              Arrays.equals(page, 0, Page.BYTES, expected, from, from + Page.BYTES),
              what + ": page frame " + pfn);
        }
      }
    } catch (IOException e) {
      // Refused: nothing is offered.
    }
  }

  @ParameterizedTest
  @MethodSource("emulha.emulharcv.stores.CheckpointStoreContractTest#outliving")
  void neverAWrongImage(String kind) throws Exception {
    var random = new Random(0xda3a9eL + kind.hashCode());
    StoreLocation location = location(kind);
    int refused = 0;
    for (int round = 0; round < ROUNDS; round++) {
      if (kind.equals("redis")) {
        flush();
      } else {
        removeTree(directory.resolve("store"));
      }
      fill(location, random);
      String what = kind + ", round " + round + ": ";
      for (int damages = 1 + random.nextInt(2); damages > 0; damages--) {
        what += (kind.equals("redis") ? damageKey(random) : damageFile(random)) + "; ";
      }
      if (!recoversRightOrNot(location, what)) {
        refused++;
      }
      offersRightOrNothing(location, what);
    }
    // Some damage hits what no longer counts; most must not.
    assertTrue(refused * 5 >= ROUNDS, refused + " of " + ROUNDS + " refused");
    System.out.printf(
        "%s: %d rounds of damage, %d refused, the others right%n", kind, ROUNDS, refused);
  }

  private static void removeTree(Path tree) throws IOException {
    if (Files.exists(tree)) {
      try (var files = Files.walk(tree)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
  }

  private String damageFile(Random random) throws IOException {
    List<Path> files;
    try (var all = Files.walk(directory.resolve("store"))) {
      files = all.filter(Files::isRegularFile).sorted().toList();
    }
    Path file = files.get(random.nextInt(files.size()));
    byte[] content = Files.readAllBytes(file);
    String what;
    switch (random.nextInt(5)) {
      case 0 -> {
        Files.delete(file);
        return "deleted " + file;
      }
      case 1 -> {
        int length = content.length == 0 ? 0 : random.nextInt(content.length);
        content = Arrays.copyOf(content, length);
        what = "cut to " + length;
      }
      case 2 -> {
        Path other = files.get(random.nextInt(files.size()));
        content = Files.readAllBytes(other);
        what = "replaced by " + other;
      }
      case 3 -> {
        int from = content.length == 0 ? 0 : random.nextInt(content.length);
        int to = Math.min(content.length, from + 1 + random.nextInt(8192));
        byte[] noise = new byte[to - from];
        random.nextBytes(noise);
        System.arraycopy(noise, 0, content, from, noise.length);
        what = "noise from " + from + " to " + to;
      }
      default -> {
        int at = content.length == 0 ? -1 : random.nextInt(content.length);
        if (at >= 0) {
          content[at] ^= (byte) (1 << random.nextInt(8));
        }
        what = "a bit flipped in byte " + at;
      }
    }
    Files.write(file, content);
    return file + " " + what;
  }

  private Jedis client() {
    return new Jedis(URI.create(servers.getFirst().store()));
  }

  private void flush() {
    try (Jedis jedis = client()) {
      jedis.flushAll();
    }
  }

  private String damageKey(Random random) {
    try (Jedis jedis = client()) {
      List<String> keys = jedis.keys("*").stream().sorted().toList();
      String key = random.nextInt(4) == 0 ? "emulha:store" : keys.get(random.nextInt(keys.size()));
      if (random.nextInt(3) == 0) {
        jedis.del(key);
        return "deleted " + key;
      }
      if (key.equals("emulha:store") && jedis.exists(key)) {
        List<String> fields = jedis.hkeys(key).stream().sorted().toList();
        String field = fields.get(random.nextInt(fields.size()));
        byte[] name = field.getBytes(StandardCharsets.UTF_8);
        byte[] value = jedis.hget(key.getBytes(StandardCharsets.UTF_8), name);
        if (random.nextBoolean()) {
          jedis.hdel(key, field);
          return "deleted field " + field;
        }
        int at = random.nextInt(value.length);
        value[at] ^= (byte) (1 << random.nextInt(8));
        jedis.hset(key.getBytes(StandardCharsets.UTF_8), name, value);
        return "a bit of field " + field + " at " + at;
      }
      byte[] name = key.getBytes(StandardCharsets.UTF_8);
      if (random.nextInt(4) == 0 || !jedis.type(key).equals("string")) {
        jedis.del(key);
        jedis.rpush(key, "another", "type");
        return key + " of another type";
      }
      byte[] value = jedis.get(name);
      if (random.nextBoolean()) {
        value = Arrays.copyOf(value, random.nextInt(value.length));
      } else {
        value[random.nextInt(value.length)] ^= (byte) (1 << random.nextInt(8));
      }
      jedis.set(name, value);
      return key + " changed";
    }
  }

  /** Damage must be named, and an older checkpoint that can be proved be offered and be right. */
  @Test
  void anOlderCheckpointIsOfferedWhereItCanBeProved() throws Exception {
    var random = new Random(0x01deL);
    StoreLocation location = location("criu-naive");
    fill(location, random);
    Path newest = directory.resolve("store/%06d".formatted(CHECKPOINTS));
    Files.delete(newest.resolve("pages-0.img.lz4"));
    var e =
        assertThrows(
            DamagedStoreException.class,
            () -> location.recover(directory.resolve("o"), null, line -> {}));
    String message = String.valueOf(e.getMessage());
    assertTrue(message.contains("pages-0.img.lz4"), message);
    assertTrue(message.contains("recover --checkpoint 3"), message);
    assertFalse(message.contains("--checkpoint 4"), message);
    var written = location.recover(directory.resolve("image"), 3L, line -> {});
    assertEquals(3, written.getFirst().checkpoint());
    assertArrayEquals(images.get(3L).getFirst(), Files.readAllBytes(directory.resolve("image.0")));
  }

  private static int crc(byte[] bytes, int from, int length) {
    var crc = new CRC32C();
    crc.update(bytes, from, length);
    return (int) crc.getValue();
  }

  private void assertDamaged(StoreLocation location, String file) {
    var e =
        assertThrows(
            DamagedStoreException.class,
            () -> location.recover(directory.resolve("image"), null, line -> {}));
    assertTrue(String.valueOf(e.getMessage()).contains(file), e::toString);
  }

  /** A checksum says that bytes are as they were written, not that they were written by us. */
  @ParameterizedTest
  @ValueSource(ints = {-1, 1 << 20, Integer.MAX_VALUE})
  void numbersOfPagesThatAFileHasNoRoomForAreDamage(int pages) throws Exception {
    StoreLocation chain = location("criu");
    fill(chain, new Random(0xc0471L));
    Path map = directory.resolve("store/%06d/pagemap.img".formatted(CHECKPOINTS));
    byte[] content = Files.readAllBytes(map);
    ByteBuffer bytes = ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN);
    int end = content.length - Integer.BYTES;
    bytes.putInt(16, pages).putInt(end, crc(content, 0, end));
    Files.write(map, content);
    assertDamaged(chain, "pagemap.img");
    removeTree(directory.resolve("store"));
    StoreLocation logs = location("file");
    fill(logs, new Random(0xc0472L));
    for (String name : List.of("store/log-0", "store/log-1")) {
      Path log = directory.resolve(name);
      content = Files.readAllBytes(log);
      bytes = ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN);
      bytes.putInt(40, pages);
      bytes.putInt(32, crc(content, 40, (int) bytes.getLong(24)));
      bytes.putInt(36, crc(content, 0, 36));
      Files.write(log, content);
    }
    assertDamaged(logs, "log-0");
  }

  /** The server gives nil for an evicted key, as for one that never was. */
  @Test
  void anEvictedPageIsNotOneOfZeros() throws Exception {
    StoreLocation location = location("redis");
    fill(location, new Random(0xe71c7L));
    List<String> warnings = new ArrayList<>();
    try (Jedis jedis = client()) {
      jedis.configSet("maxmemory-policy", "allkeys-lru");
      jedis.del(jedis.keys("emulha:page:0:*").stream().sorted().findFirst().orElseThrow());
    }
    var e =
        assertThrows(
            DamagedStoreException.class,
            () -> location.recover(directory.resolve("image"), null, warnings::add));
    assertTrue(String.valueOf(e.getMessage()).contains("of VM 0"), e::toString);
    assertTrue(warnings.getFirst().contains("noeviction"), warnings::toString);
  }

  /** Whatever a server gives for it, what is no list of methods is damage, and nothing else. */
  @Test
  void whatIsNoListOfMethodsIsDamage() throws Exception {
    StoreLocation location = location("redis");
    fill(location, new Random(0x3e7b0dL));
    for (String methods : List.of("null", "[null]", "{}", "[")) {
      try (Jedis jedis = client()) {
        jedis.hset("emulha:store", "methods", methods);
      }
      var e =
          assertThrows(
              DamagedStoreException.class,
              () -> location.recover(directory.resolve("image"), null, line -> {}));
      assertTrue(String.valueOf(e.getMessage()).contains("its list of methods"), e::toString);
    }
  }

  /** Damage must not pass for an error of this program. */
  @Test
  void aSequenceThatIsNoNumberIsDamage() throws Exception {
    StoreLocation location = location("redis");
    fill(location, new Random(0x5e9L));
    for (String number : List.of("", "x", "1.5", "99999999999999999999")) {
      try (Jedis jedis = client()) {
        jedis.hset("emulha:store", "sequence", number);
      }
      var e =
          assertThrows(DamagedStoreException.class, () -> location.open(VMS, line -> {}).close());
      assertTrue(
          String.valueOf(e.getMessage()).endsWith("damaged: its sequence is no number"),
          e::toString);
    }
  }

  /** A receiver that was cut off must not write into what another has taken over. */
  @Test
  void onlyTheLastHolderWrites() throws Exception {
    StoreLocation location = location("redis");
    var nothing = StorableCheckpoint.only(Message.BASE, VMS.size());
    try (var first = location.open(VMS, line -> {})) {
      first.store().store(nothing);
      try (Jedis jedis = client()) {
        // As if the first one's connection were gone from the server's list.
        jedis.hset("emulha:store", "holder", "somebody else");
      }
      var e = assertThrows(IOException.class, () -> first.store().store(nothing));
      assertTrue(String.valueOf(e.getMessage()).contains("taken over"), e::toString);
      assertFalse(first.store().usable());
    }
  }

  /** EXEC does the commands after one that fails, and says so only in its answer. */
  @Test
  void aFailedCommandOfATransactionIsNoticed() throws Exception {
    StoreLocation location = location("redis");
    var random = new Random(0xfa11L);
    fill(location, random);
    try (var opened = location.open(VMS, line -> {})) {
      try (Jedis jedis = client()) {
        jedis.del("emulha:page:0:0");
        jedis.lpush("emulha:page:0:0", "x");
      }
      var pages = new DirtyPages();
      pages.append(0);
      pages.slab(0)[pages.offset(0)] = 1;
      var encoded = new EncodedPages(emulha.codecs.Method.parse("none"), VMS.size());
      encoded.clear(emulha.codecs.CheckpointKind.INCREMENTAL);
      encoded.page(0, 0, true, new byte[10], 10);
      var e =
          assertThrows(
              IOException.class,
              () ->
                  opened
                      .store()
                      .store(
                          new StorableCheckpoint(
                              CHECKPOINTS,
                              List.of(pages, new DirtyPages()),
                              List.of(new byte[0], new byte[0]),
                              encoded)));
      assertTrue(
          String.valueOf(e.getMessage()).contains("a command of the checkpoint"), e::toString);
    }
    assertThrows(
        DamagedStoreException.class,
        () -> location.recover(directory.resolve("image"), null, line -> {}));
  }

  /** A password must not be in what is printed, or kept as a result. */
  @Test
  void passwordsAreNotShown() throws Exception {
    Path file = directory.resolve("password");
    Files.writeString(file, "sekret\n");
    servers.add(new RedisServer(directory.resolve("redis"), "sekret"));
    String at = servers.getFirst().store().substring("redis://".length());
    for (String text :
        List.of("redis://:sekret@" + at, "redis://" + at + "?password-file=" + file)) {
      StoreLocation location = StoreLocation.parse(text);
      assertFalse(location.toString().contains("sekret"), location::toString);
      try (var opened = location.open(VMS, line -> {})) {
        assertEquals(Message.NOTHING, opened.store().images().checkpoint());
      }
    }
    for (String text : List.of("redis://:wrong-one@" + at, "redis://" + at)) {
      StoreLocation location = StoreLocation.parse(text);
      var e = assertThrows(IOException.class, () -> location.open(VMS, line -> {}));
      assertFalse(String.valueOf(e.getMessage()).contains("wrong-one"), e::toString);
    }
    var e =
        assertThrows(
            IllegalArgumentException.class, () -> StoreLocation.parse("redis://:sekret@nowhere"));
    assertFalse(String.valueOf(e.getMessage()).contains("sekret"), e::toString);
  }

  /** Stores with prefixes of their own share a server. */
  @Test
  void prefixesTellStoresApart() throws Exception {
    fill(location("redis"), new Random(0x93ef1L));
    StoreLocation other = StoreLocation.parse(servers.getFirst().store() + "?prefix=other");
    var vms = List.of(new Message.Vm("third", 10));
    try (var opened = other.open(vms, line -> {})) {
      opened.store().store(StorableCheckpoint.only(Message.BASE, 1));
    }
    assertTrue(recoversRightOrNot(location("redis"), "beside another"));
    Path third = directory.resolve("third");
    assertEquals(-1, other.recover(third, null, line -> {}).getFirst().checkpoint());
  }
}
