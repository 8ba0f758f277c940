package emulha.emulharcv;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import emulha.codecs.CheckpointDecoder;
import emulha.codecs.CheckpointKind;
import emulha.codecs.CorruptEncodingException;
import emulha.codecs.Method;
import emulha.memory.DirtyPages;
import emulha.memory.Page;
import emulha.replication.Message;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.Transaction;
import redis.clients.jedis.exceptions.JedisException;

/**
 * Pages by page number in a Redis server, encoded as they were sent and decoded on recovery: the
 * checkpoint store of Fernando (2024, sections 3.2 and 4.1.4). A checkpoint is one transaction
 * (MULTI, EXEC), so it becomes visible at once or not at all.
 *
 * <p>Keys: {@code emulha:page:VM:PFN} is a page's chain of records, {@code emulha:state:VM} a
 * state, {@code emulha:store} a hash of {@code description}, {@code methods} (JSON array) and
 * {@code holds}. A record is u8 kind (0 whole page, 1 of a full, 2 of an incremental checkpoint),
 * u8 method (its place in {@code methods}), u32 length, little-endian, and as many bytes. One that
 * needs the page's previous content is appended to the page's chain, any other replaces it; a chain
 * that would become longer than the page is replaced by the page.
 *
 * <p>The images are in RAM as well: methods decode by them.
 */
final class RedisStore implements CheckpointStore {
  private static final String FORMAT = "emulha redis store";
  private static final byte[] STORE = bytes("emulha:store");
  private static final byte[] DESCRIPTION = bytes("description");
  private static final byte[] METHODS = bytes("methods");
  private static final byte[] HOLDS = bytes("holds");
  private static final int TIMEOUT_MS = 60_000;
  private static final int BATCH = 512;
  private static final int RECORD_HEADER_BYTES = 6;
  private static final int MAX_METHODS = 255;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final URI server;
  private final List<Message.Vm> vms;
  private final Jedis jedis;
  private final List<String> methods = new ArrayList<>();

  /** By VM and page, bytes of its chain. */
  private final int[][] chains;

  private FailOverImages images;

  /** A call to the server. */
  private interface Call<T> {
    T run() throws IOException;
  }

  private RedisStore(URI server, Jedis jedis, List<Message.Vm> vms) throws IOException {
    this.server = server;
    this.jedis = jedis;
    this.vms = vms;
    chains = new int[vms.size()][];
    for (int vm = 0; vm < chains.length; vm++) {
      chains[vm] = new int[Math.toIntExact(vms.get(vm).ramPages())];
    }
    images = recover();
  }

  /** Opens the store for these VMs, and makes it if there is none. */
  static RedisStore of(URI server, List<Message.Vm> vms) throws IOException {
    Jedis jedis = connect(server);
    try {
      return call(
          server,
          () -> {
            byte[] found = jedis.hget(STORE, DESCRIPTION);
            if (found == null) {
              jedis.hset(STORE, DESCRIPTION, bytes(StoreDescription.toJson(FORMAT, vms)));
            } else {
              StoreDescription.requireSame(server.toString(), parse(server, found), vms);
            }
            return new RedisStore(server, jedis, vms);
          });
    } catch (IOException | RuntimeException e) {
      jedis.close();
      throw e;
    }
  }

  /** Opens a store that is there. */
  static RedisStore existing(URI server) throws IOException {
    Jedis jedis = connect(server);
    try {
      return call(
          server,
          () -> {
            byte[] found = jedis.hget(STORE, DESCRIPTION);
            if (found == null) {
              throw new IOException(server + ": no " + FORMAT + " is there");
            }
            return new RedisStore(server, jedis, parse(server, found));
          });
    } catch (IOException | RuntimeException e) {
      jedis.close();
      throw e;
    }
  }

  private static List<Message.Vm> parse(URI server, byte[] description) throws IOException {
    return StoreDescription.parse(
        server.toString(), new String(description, StandardCharsets.UTF_8), FORMAT);
  }

  private static Jedis connect(URI server) throws IOException {
    return call(
        server,
        () -> {
          var jedis = new Jedis(server, TIMEOUT_MS);
          jedis.connect();
          return jedis;
        });
  }

  private static <T> T call(URI server, Call<T> call) throws IOException {
    try {
      return call.run();
    } catch (JedisException e) {
      throw new IOException(
          "%s: %s; is redis-server running there, with room?".formatted(server, e.getMessage()), e);
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] pageKey(int vm, long pfn) {
    return bytes("emulha:page:" + vm + ":" + pfn);
  }

  private static byte[] stateKey(int vm) {
    return bytes("emulha:state:" + vm);
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
          jedis.hset(STORE, HOLDS, bytes(Long.toString(Message.NOTHING)));
          for (int vm = 0; vm < chains.length; vm++) {
            for (int from = 0; from < chains[vm].length; from += BATCH) {
              jedis.unlink(keys(vm, from));
            }
            jedis.unlink(stateKey(vm));
            Arrays.fill(chains[vm], 0);
          }
          return "";
        });
    images.clear();
  }

  private byte[][] keys(int vm, int from) {
    byte[][] keys = new byte[Math.min(BATCH, chains[vm].length - from)][];
    for (int i = 0; i < keys.length; i++) {
      keys[i] = pageKey(vm, from + i);
    }
    return keys;
  }

  @Override
  public long store(StorableCheckpoint checkpoint) throws IOException {
    long written = call(server, () -> transact(checkpoint));
    images.apply(checkpoint);
    return written;
  }

  private long transact(StorableCheckpoint checkpoint) throws IOException {
    EncodedPages encoded = checkpoint.encoded();
    int method = encoded == null ? 0 : indexOf(encoded.method);
    long written = 0;
    try (Transaction transaction = jedis.multi()) {
      for (int vm = 0; vm < chains.length; vm++) {
        DirtyPages pages = checkpoint.pages().get(vm);
        for (int i = 0; i < pages.count(); i++) {
          byte[] record = record(encoded, method, vm, i, pages);
          byte[] key = pageKey(vm, pages.pfn(i));
          int pfn = (int) pages.pfn(i);
          boolean follows = record[0] != 0 && encoded != null && encoded.usedPrevious(vm, i);
          if (follows && chains[vm][pfn] + record.length > RECORD_HEADER_BYTES + Page.BYTES) {
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
      transaction.hset(
          STORE,
          Map.of(
              METHODS,
              JSON.writeValueAsBytes(methods),
              HOLDS,
              bytes(Long.toString(checkpoint.holds()))));
      if (transaction.exec() == null) {
        throw new IOException(server + ": did not store the checkpoint");
      }
    }
    return written;
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
    return ByteBuffer.allocate(RECORD_HEADER_BYTES + Page.BYTES)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putShort((short) 0)
        .putInt(Page.BYTES)
        .put(pages.slab(index), pages.offset(index), Page.BYTES)
        .array();
  }

  @Override
  public Size size() throws IOException {
    String info = call(server, () -> jedis.info("memory"));
    for (String line : info.split("\r\n")) {
      if (line.startsWith("used_memory_dataset:")) {
        return new Size(Long.parseLong(line.substring(line.indexOf(':') + 1)), null);
      }
    }
    throw new IOException(server + ": INFO memory does not say used_memory_dataset");
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
    byte[] holds = jedis.hget(STORE, HOLDS);
    if (holds == null) {
      return;
    }
    methods.clear();
    byte[] known = jedis.hget(STORE, METHODS);
    if (known != null) {
      methods.addAll(JSON.readValue(known, new TypeReference<List<String>>() {}));
    }
    long[] ramPages = vms.stream().mapToLong(Message.Vm::ramPages).toArray();
    byte[] page = new byte[Page.BYTES];
    List<byte[]> states = new ArrayList<>();
    for (int vm = 0; vm < ramPages.length; vm++) {
      for (int from = 0; from < ramPages[vm]; from += BATCH) {
        List<byte[]> values = jedis.mget(keys(vm, from));
        for (int i = 0; i < values.size(); i++) {
          byte[] chain = values.get(i);
          chains[vm][from + i] = chain == null ? 0 : chain.length;
          if (chain != null) {
            restore(chain, vm, from + i, restored, decoders, ramPages, page);
          }
        }
      }
      byte[] state = jedis.get(stateKey(vm));
      states.add(state == null ? new byte[0] : state);
    }
    byte[] holdsNow = jedis.hget(STORE, HOLDS);
    if (!Arrays.equals(holds, holdsNow)) {
      throw new IOException(server + ": a receiver uses this store; end it first");
    }
    restored.nowHold(Long.parseLong(new String(holds, StandardCharsets.US_ASCII)), states);
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
        if (length != Page.BYTES) {
          throw damaged(vm, pfn, "a whole page of " + length + " bytes");
        }
        records.get(page);
      } else {
        CheckpointDecoder decoder = decoders.get(method);
        if (decoder == null) {
          if (method >= methods.size()) {
            throw damaged(vm, pfn, "a record of method " + method + " of " + methods.size());
          }
          decoder = Method.parse(methods.get(method)).newDecoder(ramPages, restored::read);
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
        } catch (CorruptEncodingException e) {
          throw damaged(vm, pfn, String.valueOf(e.getMessage()));
        }
        records.position(records.position() + length);
      }
      restored.write(vm, pfn, page);
    }
  }

  private IOException damaged(int vm, int pfn, String reason) {
    return new IOException(
        "%s: page frame %d of VM %d is damaged: %s".formatted(server, pfn, vm, reason));
  }

  @Override
  public void close() {
    images.close();
    jedis.close();
  }
}
