package emulha.emulharcv.stores;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import emulha.codecs.CheckpointKind;
import emulha.codecs.CorruptEncodingException;
import emulha.codecs.Method;
import emulha.codecs.pipeline.CheckpointDecoder;
import emulha.memory.DirtyPages;
import emulha.memory.PageSize;
import emulha.wire.Message;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.Transaction;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;
import redis.clients.jedis.util.JedisURIHelper;

/**
 * Pages by page number in a Redis server, encoded as they were sent and decoded on recovery: the
 * checkpoint store of Fernando (2024, sections 3.2 and 4.1.4). A checkpoint is one transaction
 * (MULTI, EXEC), so it becomes visible at once or not at all.
 *
 * <p>Keys, with another prefix if the location names one: {@code emulha:page:VM:PFN} is a page's
 * chain of records, {@code emulha:state:VM} a state, {@code emulha:store} a hash of {@code
 * description}, {@code methods} (JSON array), {@code holds}, {@code seal} (the digests of the
 * images, {@link ImageProof}), {@code holder} (who may write) and {@code sequence} (number of the
 * last transaction). A record is u8 kind (0 whole page, 1 of a full, 2 of an incremental
 * checkpoint), u8 method (its place in {@code methods}), u32 length, little-endian, and as many
 * bytes. One that needs the page's previous content is appended to the page's chain, any other
 * replaces it; a chain that would become longer than the page is replaced by the page.
 *
 * <p>Who opens the store for writing becomes its holder, unless the connection of the one before
 * lives: connections of holders bear a name. Each transaction watches the hash and requires that
 * holder and sequence are its own, so of two receivers that cannot see each other only the later
 * one writes. What is read is proved by the seal, so that a page that the server evicted, lost or
 * changed is never taken for one of zeros.
 *
 * <p>The images are in RAM as well: methods decode by them.
 */
final class RedisStore implements CheckpointStore {
  static final String SYNTAX = "redis://HOST:PORT[/DB][?prefix=NAME&password-file=FILE]";
  static final Kind KIND = new Kind();

  /** The kind; its places are {@link RedisServerLocation}. */
  record Kind() implements StoreKind {
    @Override
    public String name() {
      return "redis";
    }

    @Override
    public @Nullable StoreLocation locate(String text, String rest) {
      return RedisServerLocation.parse(text);
    }

    /** The server is shared; each receiver has keys of its own in it. */
    @Override
    public Optional<String> shared(String text, String name, String place) {
      if (text.matches("redis://[^/?#]*:[^/?#]*@.*")) {
        throw new IllegalArgumentException(
            "holds a password, which would be kept with the results: set "
                + RedisServerLocation.PASSWORD
                + ", or end it with ?password-file=FILE");
      }
      if (RedisServerLocation.parse(text) == null) {
        return Optional.empty();
      }
      int at = text.indexOf('?');
      if (at < 0) {
        return Optional.of(text + "?prefix=emulha-" + name);
      }
      return Optional.of(
          text.indexOf("prefix=", at) >= 0
              ? text.replaceFirst("(\\?.*prefix=[^&]*)", "$1-" + name)
              : text + "&prefix=emulha-" + name);
    }

    @Override
    public String sharedSyntax() {
      return "redis://HOST:PORT";
    }

    @Override
    public void require(Method method) {
      if (!method.decodesPagesAlone()) {
        throw new IllegalArgumentException(
            "the store redis keeps each page as it was sent, but '%s' encodes pages together; use a"
                    .formatted(method)
                + " method that encodes each alone, such as none, gzip, lz4, zstd, delta or prefix");
      }
    }
  }

  private static final String FORMAT = "emulha redis store";
  private static final byte[] DESCRIPTION = bytes("description");
  private static final byte[] METHODS = bytes("methods");
  private static final byte[] HOLDS = bytes("holds");
  private static final byte[] SEAL = bytes("seal");
  private static final byte[] HOLDER = bytes("holder");
  private static final byte[] SEQUENCE = bytes("sequence");
  private static final String CONNECTION = "emulha-holder-";
  private static final String NO_NAME = "";
  private static final int TIMEOUT_MS = 60_000;

  /** Content of pages that is asked for at once. */
  private static final int BATCH_BYTES = 2 << 20;

  private static final int RECORD_HEADER_BYTES = 6;
  private static final int MAX_METHODS = 255;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final RedisServerLocation server;
  private final byte[] store;
  private final List<Message.Vm> vms;
  private final PageSize pageSize;

  /** Pages that are asked for at once. */
  private final int batch;

  private final Jedis jedis;
  private final List<String> methods = new ArrayList<>();

  /** By VM and page, bytes of its chain. */
  private final int[][] chains;

  private final ImageProof proof;

  /** This opening's name; empty if it only reads. */
  private byte[] holder = new byte[0];

  private byte[] sequence = new byte[0];
  private boolean usable = true;
  private FailOverImages images;

  private RedisStore(RedisServerLocation server, Jedis jedis, List<Message.Vm> vms, boolean writing)
      throws IOException {
    this.server = server;
    this.store = store(server);
    this.jedis = jedis;
    this.vms = vms;
    pageSize = vms.getFirst().pageSize();
    batch = pageSize.stretch(BATCH_BYTES);
    chains = new int[vms.size()][];
    for (int vm = 0; vm < chains.length; vm++) {
      chains[vm] = new int[Math.toIntExact(vms.get(vm).ramPages())];
    }
    if (writing) {
      hold();
    }
    images = recover();
    proof = ImageProof.of(images);
  }

  private static byte[] store(RedisServerLocation server) {
    return bytes(server.prefix() + ":store");
  }

  /**
   * Opens a store.
   *
   * @param wanted the VMs that it is for, and made for if there is none; null to read one that is
   *     there
   * @param log is told if the server may evict pages
   */
  static RedisStore open(
      RedisServerLocation server, @Nullable List<Message.Vm> wanted, Consumer<String> log)
      throws IOException {
    Jedis jedis = connect(server);
    try {
      return call(
          server,
          () -> {
            List<Message.Vm> vms = prepared(server, jedis, wanted);
            requireNoHolder(server, jedis);
            sayIfEvicting(server, jedis, log);
            return new RedisStore(server, jedis, vms, wanted != null);
          });
    } catch (IOException | RuntimeException | Error e) {
      jedis.close();
      throw e;
    }
  }

  private static List<Message.Vm> prepared(
      RedisServerLocation server, Jedis jedis, @Nullable List<Message.Vm> wanted)
      throws IOException {
    byte[] description = jedis.hget(store(server), DESCRIPTION);
    if (description == null) {
      refuseLeftovers(server, jedis);
      if (wanted == null) {
        throw new IOException(server + ": no " + FORMAT + " is there");
      }
      jedis.hset(store(server), DESCRIPTION, bytes(StoreDescription.toJson(FORMAT, wanted)));
      return wanted;
    }
    List<Message.Vm> found =
        StoreDescription.parse(
            server.toString(), new String(description, StandardCharsets.UTF_8), FORMAT);
    if (wanted != null) {
      StoreDescription.requireSame(server.toString(), found, wanted);
    }
    return found;
  }

  /** A store that lost its description is damaged, not absent. */
  private static void refuseLeftovers(RedisServerLocation server, Jedis jedis) throws IOException {
    if (jedis.exists(store(server)) || jedis.exists(bytes(server.prefix() + ":page:0:0"))) {
      throw new DamagedStoreException(
          "%s: the key %s:store is missing or has no description; remove the keys %s:* or choose another prefix (?prefix=NAME)"
              .formatted(server, server.prefix(), server.prefix()));
    }
  }

  private static String connectionName(byte[] holder) {
    return CONNECTION + new String(holder, StandardCharsets.US_ASCII);
  }

  private static void requireNoHolder(RedisServerLocation server, Jedis jedis) throws IOException {
    byte[] last = jedis.hget(store(server), HOLDER);
    if (last != null && jedis.clientList().contains(" name=" + connectionName(last) + " ")) {
      throw new IOException(server + ": another receiver or recovery uses this store");
    }
  }

  private static void sayIfEvicting(RedisServerLocation server, Jedis jedis, Consumer<String> log) {
    String memory = jedis.info("memory");
    String policy = figure(memory, "maxmemory_policy").orElse("");
    if (policy.startsWith("allkeys-")) {
      log.accept(
          "%s may evict pages (maxmemory %s bytes, maxmemory-policy %s); a checkpoint of which it does so is lost: set maxmemory-policy noeviction"
              .formatted(server, figure(memory, "maxmemory").orElse("0"), policy));
    }
  }

  /** What INFO says of something; empty if it says nothing of it. */
  private static Optional<String> figure(String info, String name) {
    return info.lines()
        .filter(line -> line.startsWith(name + ":"))
        .map(line -> line.substring(name.length() + 1))
        .findFirst();
  }

  /** Becomes the only one that may write. */
  private void hold() throws IOException {
    byte[] before = jedis.hget(store, SEQUENCE);
    if (before != null) {
      long _ = number(before, "its sequence");
    }
    byte[] id = new byte[16];
    new SecureRandom().nextBytes(id);
    holder = bytes(HexFormat.of().formatHex(id));
    jedis.clientSetname(connectionName(holder));
    jedis.hset(store, HOLDER, holder);
    byte[] found = jedis.hget(store, SEQUENCE);
    sequence = found == null ? bytes("0") : found;
  }

  private interface Commands {
    /** Bytes that they write. */
    long addTo(Transaction transaction) throws IOException;
  }

  /** Does all of these commands or none, if this still is the holder and all is as it left it. */
  private long transact(Commands commands) throws IOException {
    byte[] next = bytes(Long.toString(number(sequence, "its sequence") + 1));
    jedis.watch(store);
    List<byte[]> found = jedis.hmget(store, HOLDER, SEQUENCE);
    boolean first = found.get(1) == null && Arrays.equals(sequence, bytes("0"));
    if (!Arrays.equals(found.get(0), holder) || !(first || Arrays.equals(found.get(1), sequence))) {
      jedis.unwatch();
      throw new IOException(
          found.get(0) == null
              ? server + ": the key of the store was removed, or evicted"
              : server + ": another receiver has taken over this store");
    }
    try (Transaction transaction = jedis.multi()) {
      long written = commands.addTo(transaction);
      transaction.hset(store, SEQUENCE, next);
      List<Object> answers = transaction.exec();
      if (answers == null) {
        throw new IOException(server + ": another receiver has taken over this store");
      }
      for (Object answer : answers) {
        if (answer instanceof Exception e) {
          throw new IOException(
              "%s: a command of the checkpoint failed: %s".formatted(server, e.getMessage()), e);
        }
      }
      sequence = next;
      return written;
    }
  }

  private static Jedis connect(RedisServerLocation server) throws IOException {
    String password = server.password();
    return call(
        server,
        () -> {
          var config =
              DefaultJedisClientConfig.builder()
                  .connectionTimeoutMillis(TIMEOUT_MS)
                  .socketTimeoutMillis(TIMEOUT_MS)
                  .user(server.user())
                  .password(password)
                  .database(JedisURIHelper.getDBIndex(server.server()))
                  .build();
          var jedis =
              new Jedis(
                  new HostAndPort(server.server().getHost(), server.server().getPort()), config);
          try {
            jedis.connect();
          } catch (JedisException e) {
            jedis.close();
            throw e;
          }
          return jedis;
        });
  }

  private static <T> T call(RedisServerLocation server, Attempt<T> call) throws IOException {
    try {
      return call.make();
    } catch (JedisDataException e) {
      String message = String.valueOf(e.getMessage());
      if (message.startsWith("WRONGTYPE")) {
        throw new DamagedStoreException(
            server + ": damaged: a key of the store is of another type", e);
      }
      throw new IOException("%s: %s".formatted(server, message), e);
    } catch (JedisException e) {
      throw new IOException(
          "%s: %s; is redis-server running there, with room?".formatted(server, e.getMessage()), e);
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private byte[] pageKey(int vm, long pfn) {
    return bytes(server.prefix() + ":page:" + vm + ":" + pfn);
  }

  private byte[] stateKey(int vm) {
    return bytes(server.prefix() + ":state:" + vm);
  }

  @Override
  public boolean usable() {
    if (!usable) {
      return false;
    }
    try {
      return Arrays.equals(jedis.hget(store, HOLDER), holder);
    } catch (JedisException e) {
      return false;
    }
  }

  @Override
  public FailOverImages images() {
    return images;
  }

  @Override
  public boolean keepsEncodings() {
    return true;
  }

  @Override
  public void clear() throws IOException {
    call(
        server,
        () -> {
          usable = false;
          transact(
              transaction -> {
                transaction.hset(store, HOLDS, bytes(Long.toString(Message.NOTHING)));
                return 0;
              });
          for (int vm = 0; vm < chains.length; vm++) {
            for (int from = 0; from < chains[vm].length; from += batch) {
              jedis.unlink(keys(vm, from));
            }
            jedis.unlink(stateKey(vm));
            Arrays.fill(chains[vm], 0);
          }
          return "";
        });
    images.clear();
    proof.clear();
    usable = true;
  }

  private byte[][] keys(int vm, int from) {
    byte[][] keys = new byte[Math.min(batch, chains[vm].length - from)][];
    for (int i = 0; i < keys.length; i++) {
      keys[i] = pageKey(vm, from + i);
    }
    return keys;
  }

  @Override
  public long store(StorableCheckpoint checkpoint) throws IOException {
    usable = false;
    proof.apply(checkpoint);
    long written = call(server, () -> transact(transaction -> add(checkpoint, transaction)));
    images.apply(checkpoint);
    usable = true;
    return written;
  }

  private long add(StorableCheckpoint checkpoint, Transaction transaction) throws IOException {
    EncodedPages encoded = checkpoint.encoded();
    int method = encoded == null ? 0 : indexOf(encoded.method);
    long written = 0;
    for (int vm = 0; vm < chains.length; vm++) {
      DirtyPages pages = checkpoint.pages().get(vm);
      for (int i = 0; i < pages.count(); i++) {
        byte[] record = record(encoded, method, vm, i, pages);
        byte[] key = pageKey(vm, pages.pfn(i));
        int pfn = (int) pages.pfn(i);
        boolean follows = record[0] != 0 && encoded != null && encoded.usedPrevious(vm, i);
        if (follows && chains[vm][pfn] + record.length > RECORD_HEADER_BYTES + pageSize.bytes()) {
          record = whole(pages, i);
          follows = false;
        }
        if (follows) {
          transaction.append(key, record);
        } else {
          transaction.set(key, record);
          chains[vm][pfn] = 0;
        }
        chains[vm][pfn] += record.length;
        written += key.length + record.length;
      }
      byte[] state = checkpoint.states().get(vm);
      if (state.length == 0) {
        transaction.del(stateKey(vm));
      } else {
        transaction.set(stateKey(vm), state);
      }
      written += state.length;
    }
    byte[] seal = proof.seal(checkpoint.holds(), checkpoint.states());
    transaction.hset(
        store,
        Map.of(
            METHODS,
            JSON.writeValueAsBytes(methods),
            HOLDS,
            bytes(Long.toString(checkpoint.holds())),
            SEAL,
            seal));
    return written + seal.length;
  }

  private int indexOf(Method method) throws IOException {
    int index = methods.indexOf(method.spec());
    if (index >= 0) {
      return index;
    }
    if (methods.size() == MAX_METHODS) {
      throw new IOException(server + ": pages of too many methods; begin anew with a base");
    }
    methods.add(method.spec());
    return methods.size() - 1;
  }

  private static byte[] record(
      @Nullable EncodedPages encoded, int method, int vm, int index, DirtyPages pages) {
    if (encoded == null) {
      return whole(pages, index);
    }
    byte[] content = encoded.bytes(vm, index);
    return ByteBuffer.allocate(RECORD_HEADER_BYTES + content.length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put((byte) (encoded.kind() == CheckpointKind.FULL ? 1 : 2))
        .put((byte) method)
        .putInt(content.length)
        .put(content)
        .array();
  }

  private static byte[] whole(DirtyPages pages, int index) {
    int pageBytes = pages.pageSize().bytes();
    return ByteBuffer.allocate(RECORD_HEADER_BYTES + pageBytes)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putShort((short) 0)
        .putInt(pageBytes)
        .put(pages.slab(index), pages.offset(index), pageBytes)
        .array();
  }

  @Override
  public Size size() throws IOException {
    String memory = call(server, () -> jedis.info("memory"));
    String bytes =
        figure(memory, "used_memory_dataset")
            .orElseThrow(
                () -> new IOException(server + ": INFO memory does not say used_memory_dataset"));
    return new Size(Long.parseLong(bytes), null);
  }

  @Override
  public FailOverImages recover() throws IOException {
    return call(
        server,
        () -> {
          var restored = new FailOverImages(vms);
          Map<Integer, CheckpointDecoder> decoders = new TreeMap<>();
          try {
            restore(restored, decoders);
            return restored;
          } catch (IOException | RuntimeException e) {
            restored.close();
            throw e;
          } finally {
            decoders.values().forEach(CheckpointDecoder::close);
          }
        });
  }

  private void restore(FailOverImages restored, Map<Integer, CheckpointDecoder> decoders)
      throws IOException {
    List<byte[]> before = jedis.hmget(store, HOLDS, SEAL, METHODS, SEQUENCE);
    byte[] holds = before.get(0);
    if (holds == null) {
      if (before.get(3) != null) {
        throw new DamagedStoreException(server + ": damaged: it does not say what it holds");
      }
      return;
    }
    long held = number(holds, "what it holds");
    methods.clear();
    byte[] known = before.get(2);
    if (known != null) {
      try {
        List<String> names = JSON.readValue(known, new TypeReference<List<String>>() {});
        if (names == null || names.contains(null)) {
          throw new DamagedStoreException(server + ": damaged: its list of methods");
        }
        methods.addAll(names);
      } catch (JsonProcessingException e) {
        throw new DamagedStoreException(server + ": damaged: its list of methods", e);
      }
    }
    long[] ramPages = vms.stream().mapToLong(Message.Vm::ramPages).toArray();
    byte[] page = new byte[pageSize.bytes()];
    List<byte[]> states = new ArrayList<>();
    for (int vm = 0; vm < ramPages.length; vm++) {
      for (int from = 0; from < ramPages[vm]; from += batch) {
        List<byte[]> values = jedis.mget(keys(vm, from));
        for (int i = 0; i < values.size(); i++) {
          byte[] chain = values.get(i);
          chains[vm][from + i] = chain == null ? 0 : chain.length;
          if (chain != null) {
            if (held == Message.NOTHING) {
              continue;
            }
            restore(chain, vm, from + i, restored, decoders, ramPages, page);
          }
        }
      }
      byte[] state = jedis.get(stateKey(vm));
      states.add(state == null ? new byte[0] : state);
    }
    if (!Arrays.equals(before.get(3), jedis.hget(store, SEQUENCE))) {
      throw new IOException(server + ": a receiver uses this store; end it first");
    }
    if (held == Message.NOTHING) {
      return;
    }
    byte[] seal = before.get(1);
    var difference =
        ImageProof.of(restored).differenceTo(seal == null ? new byte[0] : seal, held, states);
    if (difference.isPresent()) {
      throw new DamagedStoreException(
          "%s: damaged: of %s, %s; was a key removed, or evicted?"
              .formatted(server, FailOverImages.name(held), difference.get()));
    }
    restored.nowHold(held, states);
  }

  private long number(byte[] text, String what) throws IOException {
    try {
      return Long.parseLong(new String(text, StandardCharsets.US_ASCII));
    } catch (NumberFormatException e) {
      throw new DamagedStoreException(server + ": damaged: " + what + " is no number", e);
    }
  }

  private void restore(
      byte[] chain,
      int vm,
      int pfn,
      FailOverImages restored,
      Map<Integer, CheckpointDecoder> decoders,
      long[] ramPages,
      byte[] page)
      throws IOException {
    ByteBuffer records = ByteBuffer.wrap(chain).order(ByteOrder.LITTLE_ENDIAN);
    while (records.hasRemaining()) {
      if (records.remaining() < RECORD_HEADER_BYTES) {
        throw damaged(vm, pfn, "its chain ends inside a record");
      }
      int kind = records.get();
      int method = records.get() & 0xff;
      int length = records.getInt();
      if (length < 0 || length > records.remaining() || kind < 0 || kind > 2) {
        throw damaged(vm, pfn, "a record of kind " + kind + " and " + length + " bytes");
      }
      if (kind == 0) {
        if (length != page.length) {
          throw damaged(vm, pfn, "a whole page of " + length + " bytes");
        }
        records.get(page);
      } else {
        CheckpointDecoder decoder = decoders.get(method);
        if (decoder == null) {
          if (method >= methods.size()) {
            throw damaged(vm, pfn, "a record of method " + method + " of " + methods.size());
          }
          try {
            decoder =
                CheckpointDecoder.of(
                    Method.parse(methods.get(method)),
                    pageSize,
                    ramPages,
                    restored::read,
                    null,
                    null);
          } catch (IllegalArgumentException e) {
            throw damaged(vm, pfn, "it is of an unknown method");
          }
          decoders.put(method, decoder);
        }
        try {
          decoder.decodeAlone(
              kind == 1 ? CheckpointKind.FULL : CheckpointKind.INCREMENTAL,
              vm,
              pfn,
              chain,
              records.position(),
              length,
              page,
              0);
        } catch (CorruptEncodingException
            | IllegalArgumentException
            | IndexOutOfBoundsException e) {
          throw damaged(vm, pfn, String.valueOf(e.getMessage()));
        }
        records.position(records.position() + length);
      }
      restored.write(vm, pfn, page);
    }
  }

  private IOException damaged(int vm, int pfn, String reason) {
    return new DamagedStoreException(
        "%s: page frame %d of VM %d is damaged: %s".formatted(server, pfn, vm, reason));
  }

  @Override
  public void close() {
    images.close();
    try (jedis) {
      // The server may learn of the connection's end only after another has asked for the store.
      if (holder.length > 0 && jedis.isConnected() && !jedis.isBroken()) {
        jedis.clientSetname(NO_NAME);
      }
    } catch (JedisException e) {
      // Then the server has seen the end of the connection, or has ended itself.
    }
  }
}
