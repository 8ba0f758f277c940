package emulha.emulharcv.stores;

import emulha.files.Tree;
import emulha.memory.DirtyPages;
import emulha.memory.Page;
import emulha.memory.PageDigests;
import emulha.memory.PageSize;
import emulha.wire.Message;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.zip.CRC32C;
import net.jpountz.lz4.LZ4Compressor;
import net.jpountz.lz4.LZ4Exception;
import net.jpountz.lz4.LZ4Factory;
import net.jpountz.lz4.LZ4SafeDecompressor;
import org.jspecify.annotations.Nullable;

/**
 * A chain of image directories, one for each checkpoint, as CRIU's incremental dumps are; after the
 * CRIU talk (LPC), compressed as is built in there; {@link NaiveCriuStore} has its other way. Each
 * page is an LZ4 block, raw if it takes 7/8 of a page or more, nothing if it is zero, with the
 * sizes in the page map. A page that a later dump has is punched out of the earlier one's image: of
 * each 4096-byte block of the file in which no page is left, the space goes back to the file
 * system.
 *
 * <p>Directory {@code 000000}, {@code 000001}, … holds, for VM N, {@code pages-N.img} and {@code
 * state-N.img}, and one {@code pagemap.img}, little-endian: the bytes {@code EMHCRIU2}, i64
 * checkpoint held, then for each VM u32 pages and for each page u64 frame number, u32 bytes in the
 * image and the XXH3-64 of the page, ascending; the seal of the images ({@link ImageProof}) with
 * its length, u32; last the CRC-32C of all before. A directory gets its name when it is whole;
 * {@code head} says which was the newest ({@link Head}). Restoring reads from the newest to the
 * oldest, each page once. Files are not forced to the disk, as CRIU's are not: a killed receiver
 * loses nothing, a power failure may.
 */
class CriuStore implements CheckpointStore {
  static final String SYNTAX = "criu:DIR";
  static final StoreKind KIND = new DirectoryKind("criu", "emulha criu store", CriuStore::new);

  private static final long MAGIC = 0x3255495243484d45L;
  private static final String MAP = "pagemap.img";
  private static final int RAW_EIGHTHS = 7;

  /** What a file system gives space in, and takes it back. */
  private static final int BLOCK_BYTES = 4096;

  static final int BUFFER_BYTES = 1 << 18;

  private final Path directory;
  private final List<Message.Vm> vms;
  private final LZ4Compressor lz4 = LZ4Factory.fastestInstance().fastCompressor();
  private final LZ4SafeDecompressor unlz4 = LZ4Factory.fastestInstance().safeDecompressor();
  private final PageSize pageSize;
  final int pageBytes;
  private final byte[] block;
  private final List<Dump> dumps = new ArrayList<>();
  private final Latest[] latest;
  private final Head head;
  private ImageProof proof;
  private boolean usable = true;
  private FailOverImages images;
  private long bytes;

  /** The most since it was cleared, if that is {@link #peakKnown}. */
  private long peakBytes;

  /** Whether nothing is left of an earlier receiver, whose most nobody noted. */
  private boolean peakKnown;

  /** Where a VM's pages lie: the number of the dump, from 1, and where in its image. */
  @SuppressWarnings("ArrayRecordComponent")
  private record Latest(int[] dump, long[] offset, int[] size) {
    static Latest of(Message.Vm vm) {
      int pages = Math.toIntExact(vm.ramPages());
      return new Latest(new int[pages], new long[pages], new int[pages]);
    }
  }

  /** A dump's page map: by VM, frame numbers and sizes, and bytes in use of each file block. */
  @SuppressWarnings("ArrayRecordComponent")
  private record Dump(
      long holds, long[][] pfns, int[][] sizes, long[][] digests, int[][] used, byte[] seal) {}

  /**
   * Opens the store in a directory that was prepared for these VMs.
   *
   * @param wanted the checkpoint to open, for recovery only; null for the last
   * @throws DamagedStoreException if the store cannot prove that checkpoint
   */
  CriuStore(Path directory, List<Message.Vm> vms, @Nullable Long wanted) throws IOException {
    this.directory = directory;
    this.vms = vms;
    pageSize = vms.getFirst().pageSize();
    pageBytes = pageSize.bytes();
    block = new byte[lz4.maxCompressedLength(pageBytes)];
    latest = vms.stream().map(Latest::of).toArray(Latest[]::new);
    head = new Head(directory.resolve("head"));
    removeUnfinished();
    List<String> damage = new ArrayList<>();
    int count = dumpsThere();
    for (int n = 0; n < count; n++) {
      try {
        add(readMap(dumpDirectory(n)));
        bytes += allocated(dumpDirectory(n));
      } catch (DamagedStoreException | NoSuchFileException e) {
        damage.add(
            e instanceof NoSuchFileException
                ? e.getMessage() + " is missing"
                : String.valueOf(e.getMessage()));
        break;
      }
    }
    peakKnown = dumps.isEmpty();
    images = proved(wanted, damage);
    if (wanted == null) {
      punch();
    }
    proof = ImageProof.of(images);
  }

  /** Number of dumps that there must be: up to the newest that is there or was. */
  private int dumpsThere() throws IOException {
    long newest = head.read().orElse(-1);
    for (Path path : named("\\d{6,9}")) {
      newest = Math.max(newest, Long.parseLong(path.getFileName().toString()));
    }
    return Math.toIntExact(newest + 1);
  }

  private FailOverImages proved(@Nullable Long wanted, List<String> damage) throws IOException {
    if (wanted == null && damage.isEmpty()) {
      try {
        return restored(dumps.size());
      } catch (DamagedStoreException | NoSuchFileException e) {
        damage.add(String.valueOf(e.getMessage()));
      }
    }
    List<Long> offered = new ArrayList<>();
    for (int count = dumps.size(); count > 0; count--) {
      long holds = dumps.get(count - 1).holds;
      if (holds != Message.NOTHING && (wanted == null || wanted == holds)) {
        try {
          FailOverImages found = restored(count);
          if (wanted != null) {
            return found;
          }
          found.close();
          offered.add(holds);
        } catch (DamagedStoreException | NoSuchFileException e) {
          if (wanted != null) {
            damage.add(String.valueOf(e.getMessage()));
          }
        }
      }
    }
    throw StoreDescription.damaged(
        damage.isEmpty() ? directory + ": does not hold what is asked for" : damage.getFirst(),
        offered);
  }

  private Path dumpDirectory(int number) {
    return directory.resolve("%06d".formatted(number));
  }

  private static Path pages(Path dump, int vm) {
    return dump.resolve("pages-" + vm + ".img");
  }

  private static Path state(Path dump, int vm) {
    return dump.resolve("state-" + vm + ".img");
  }

  /** What in the directory has a name of this form, in the order of the names. */
  private List<Path> named(String form) throws IOException {
    try (var content = Files.list(directory)) {
      return content.filter(path -> path.getFileName().toString().matches(form)).sorted().toList();
    }
  }

  private void removeUnfinished() throws IOException {
    for (Path path : named("\\.0.*")) {
      Tree.delete(path);
    }
    if (!Files.exists(dumpDirectory(0)) && head.read().isEmpty()) {
      removeDumps();
    }
  }

  /** From the first on: without it the rest is no chain, should this be interrupted. */
  private void removeDumps() throws IOException {
    for (Path path : named("\\d{6,}")) {
      Tree.delete(path);
    }
  }

  /** Bytes of whole blocks that a dump's files take. */
  private long allocated(Path dump) throws IOException {
    long total = 0;
    int number = dumps.size() - 1;
    for (int vm = 0; vm < vms.size(); vm++) {
      total += allocated(pages(dump, vm), dumps.get(number).used[vm]);
      total += Files.exists(state(dump, vm)) ? blocks(Files.size(state(dump, vm))) : 0;
    }
    return total + blocks(Files.size(dump.resolve(MAP)));
  }

  /** Bytes of whole blocks that a VM's image takes. */
  long allocated(Path image, int[] used) throws IOException {
    return Arrays.stream(used).filter(bytesThere -> bytesThere > 0).count() * BLOCK_BYTES;
  }

  static long blocks(long bytes) {
    return (bytes + BLOCK_BYTES - 1) / BLOCK_BYTES * BLOCK_BYTES;
  }

  @Override
  public FailOverImages images() {
    return images;
  }

  @Override
  public boolean usable() {
    return usable;
  }

  @Override
  public void clear() throws IOException {
    usable = false;
    head.delete();
    removeDumps();
    dumps.clear();
    for (Latest one : latest) {
      Arrays.fill(one.dump, 0);
    }
    bytes = 0;
    peakBytes = 0;
    peakKnown = true;
    images.clear();
    proof.clear();
    usable = true;
  }

  @Override
  public long store(StorableCheckpoint checkpoint) throws IOException {
    Path finished = dumpDirectory(dumps.size());
    Path partial = finished.resolveSibling("." + finished.getFileName());
    long written = 0;
    usable = false;
    try {
      Tree.delete(partial);
      Files.createDirectory(partial);
      proof.apply(checkpoint);
      int[][] sizes = new int[vms.size()][];
      for (int vm = 0; vm < sizes.length; vm++) {
        DirtyPages part = checkpoint.pages().get(vm);
        sizes[vm] = new int[part.count()];
        if (part.count() > 0) {
          written += dump(part, sizes[vm], pages(partial, vm));
        }
        byte[] state = checkpoint.states().get(vm);
        if (state.length > 0) {
          Files.write(state(partial, vm), state);
          written += state.length;
        }
      }
      byte[] map = map(checkpoint, sizes);
      Files.write(partial.resolve(MAP), map);
      written += map.length;
      Files.move(partial, finished, StandardCopyOption.ATOMIC_MOVE);
      head.write(dumps.size());
      add(readMap(finished));
    } catch (IOException e) {
      removeQuietly(partial);
      throw new IOException(
          "cannot write the images of %s: %s".formatted(finished, e.getMessage()), e);
    }
    bytes += allocated(finished);
    peakBytes = Math.max(peakBytes, bytes);
    punch();
    images.apply(checkpoint);
    usable = true;
    return written;
  }

  /** What a full disk left must not stand in the way of the next attempt. */
  private static void removeQuietly(Path partial) {
    try {
      Tree.delete(partial);
    } catch (IOException e) {
      // Tried again before the next dump, and when the store is opened.
    }
  }

  /**
   * Writes the image of a VM's pages.
   *
   * @param sizes takes what each page takes in it
   * @return bytes written
   */
  long dump(DirtyPages part, int[] sizes, Path file) throws IOException {
    long total = 0;
    try (var out = new BufferedOutputStream(Files.newOutputStream(file), BUFFER_BYTES)) {
      for (int i = 0; i < part.count(); i++) {
        byte[] slab = part.slab(i);
        int offset = part.offset(i);
        if (!Page.isZero(slab, offset, pageBytes)) {
          int size = lz4.compress(slab, offset, pageBytes, block, 0, block.length);
          if (size * 8 >= pageBytes * RAW_EIGHTHS) {
            size = pageBytes;
            out.write(slab, offset, pageBytes);
          } else {
            out.write(block, 0, size);
          }
          sizes[i] = size;
          total += size;
        }
      }
    }
    return total;
  }

  private byte[] map(StorableCheckpoint checkpoint, int[][] sizes) {
    byte[] seal = proof.seal(checkpoint.holds(), checkpoint.states());
    int length = 2 * Long.BYTES + 2 * Integer.BYTES + seal.length;
    for (int[] each : sizes) {
      length =
          Math.addExact(
              length,
              Math.addExact(
                  Integer.BYTES, Math.multiplyExact(each.length, 2 * Long.BYTES + Integer.BYTES)));
    }
    ByteBuffer map = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    map.putLong(MAGIC).putLong(checkpoint.holds());
    for (int vm = 0; vm < sizes.length; vm++) {
      map.putInt(sizes[vm].length);
      for (int i = 0; i < sizes[vm].length; i++) {
        long pfn = checkpoint.pages().get(vm).pfn(i);
        map.putLong(pfn).putInt(sizes[vm][i]).putLong(proof.of(vm).get(pfn));
      }
    }
    map.putInt(seal.length).put(seal);
    map.putInt(crc(map.array(), map.position()));
    return map.array();
  }

  private static int crc(byte[] bytes, int length) {
    var crc = new CRC32C();
    crc.update(bytes, 0, length);
    return (int) crc.getValue();
  }

  private Dump readMap(Path dump) throws IOException {
    Path file = dump.resolve(MAP);
    byte[] content = Files.readAllBytes(file);
    ByteBuffer map = ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN);
    int body = content.length - Integer.BYTES;
    if (body < 2 * Long.BYTES
        || map.getLong(0) != MAGIC
        || map.getInt(body) != crc(content, body)) {
      throw new DamagedStoreException(file + ": damaged, or not the page map of a dump");
    }
    map.position(Long.BYTES).limit(body);
    long holds = map.getLong();
    long[][] pfns = new long[vms.size()][];
    int[][] sizes = new int[vms.size()][];
    long[][] digests = new long[vms.size()][];
    int[][] used = new int[vms.size()][];
    for (int vm = 0; vm < pfns.length; vm++) {
      int count = counted(map, 2 * Long.BYTES + Integer.BYTES, file);
      pfns[vm] = new long[count];
      sizes[vm] = new int[count];
      digests[vm] = new long[count];
      long end = 0;
      for (int i = 0; i < count; i++) {
        pfns[vm][i] = map.getLong();
        sizes[vm][i] = map.getInt();
        digests[vm][i] = map.getLong();
        if (pfns[vm][i] < 0 || pfns[vm][i] >= vms.get(vm).ramPages()) {
          throw new DamagedStoreException(
              file + ": names page frame " + pfns[vm][i] + " of VM " + vm);
        }
        if (sizes[vm][i] < 0 || sizes[vm][i] > pageBytes) {
          throw new DamagedStoreException(
              file + ": page frame " + pfns[vm][i] + " has " + sizes[vm][i] + " bytes");
        }
        end += sizes[vm][i];
      }
      used[vm] = new int[Math.toIntExact(blocks(end) / BLOCK_BYTES)];
    }
    byte[] seal = new byte[counted(map, 1, file)];
    map.get(seal);
    return new Dump(holds, pfns, sizes, digests, used, seal);
  }

  /** Number of what follows in a page map, no more than it has room for. */
  private static int counted(ByteBuffer map, int bytesEach, Path file)
      throws DamagedStoreException {
    int count = map.remaining() < Integer.BYTES ? -1 : map.getInt();
    if (count < 0 || count > map.remaining() / bytesEach) {
      throw new DamagedStoreException(file + ": names more than it has room for");
    }
    return count;
  }

  /** Counts a dump in: its pages are the latest. */
  private void add(Dump dump) {
    dumps.add(dump);
    for (int vm = 0; vm < latest.length; vm++) {
      Latest here = latest[vm];
      long offset = 0;
      for (int i = 0; i < dump.pfns[vm].length; i++) {
        int pfn = (int) dump.pfns[vm][i];
        int size = dump.sizes[vm][i];
        if (here.dump[pfn] > 0) {
          count(dumps.get(here.dump[pfn] - 1).used[vm], here.offset[pfn], -here.size[pfn]);
        }
        count(dump.used[vm], offset, size);
        here.dump[pfn] = dumps.size();
        here.offset[pfn] = offset;
        here.size[pfn] = size;
        offset += size;
      }
    }
  }

  /** Adds a page's bytes, or takes them away, in the blocks that they lie in. */
  private static void count(int[] used, long offset, int signedSize) {
    int size = Math.abs(signedSize);
    int sign = Integer.signum(signedSize);
    for (long at = offset; at < offset + size; ) {
      long next = Math.min(offset + size, (at / BLOCK_BYTES + 1) * BLOCK_BYTES);
      used[(int) (at / BLOCK_BYTES)] += sign * (int) (next - at);
      at = next;
    }
  }

  /** Gives back the blocks in which no page is left. */
  void punch() throws IOException {
    for (int number = 0; number < dumps.size() - 1; number++) {
      for (int vm = 0; vm < vms.size(); vm++) {
        punch(dumps.get(number).used[vm], pages(dumpDirectory(number), vm));
      }
    }
  }

  private void punch(int[] used, Path file) throws IOException {
    BitSet empty = new BitSet();
    for (int i = 0; i < used.length; i++) {
      if (used[i] == 0) {
        empty.set(i);
        // Not again.
        used[i] = -1;
      }
    }
    if (empty.isEmpty()) {
      return;
    }
    try (var holes = new Holes(file)) {
      for (int from = empty.nextSetBit(0); from >= 0; ) {
        int to = empty.nextClearBit(from);
        holes.punch((long) from * BLOCK_BYTES, (long) (to - from) * BLOCK_BYTES);
        from = empty.nextSetBit(to);
      }
    }
    bytes -= (long) empty.cardinality() * BLOCK_BYTES;
  }

  @Override
  public Size size() {
    return new Size(bytes, peakKnown ? (Long) peakBytes : null);
  }

  @Override
  public FailOverImages recover() throws IOException {
    return restored(dumps.size());
  }

  /** The images as of the first so many dumps, proved. */
  private FailOverImages restored(int count) throws IOException {
    var restored = new FailOverImages(vms);
    try {
      restore(count, restored);
      return restored;
    } catch (IOException | RuntimeException | Error e) {
      restored.close();
      throw e;
    }
  }

  private void restore(int count, FailOverImages restored) throws IOException {
    if (count == 0) {
      return;
    }
    BitSet[] seen = new BitSet[vms.size()];
    Arrays.setAll(seen, vm -> new BitSet());
    for (int number = count - 1; number >= 0; number--) {
      for (int vm = 0; vm < seen.length; vm++) {
        if (dumps.get(number).pfns[vm].length > 0) {
          restore(dumps.get(number), dumpDirectory(number), vm, seen[vm], restored);
        }
      }
    }
    Dump last = dumps.get(count - 1);
    List<byte[]> states = new ArrayList<>();
    for (int vm = 0; vm < seen.length; vm++) {
      Path state = state(dumpDirectory(count - 1), vm);
      states.add(Files.exists(state) ? Files.readAllBytes(state) : new byte[0]);
    }
    var difference = ImageProof.of(restored).differenceTo(last.seal, last.holds, states);
    if (difference.isPresent()) {
      throw new DamagedStoreException(dumpDirectory(count - 1) + ": " + difference.get());
    }
    restored.nowHold(last.holds, states);
  }

  private void restore(Dump dump, Path from, int vm, BitSet seen, FailOverImages restored)
      throws IOException {
    Path file = pages(from, vm);
    try {
      makeReadable(file);
      try (FileChannel channel = FileChannel.open(file)) {
        restore(dump, channel, file, vm, seen, restored);
      }
    } finally {
      doneReading(file);
    }
  }

  private void restore(
      Dump dump, FileChannel channel, Path file, int vm, BitSet seen, FailOverImages restored)
      throws IOException {
    byte[] page = new byte[pageBytes];
    byte[] encoded = new byte[pageBytes];
    long offset = 0;
    for (int i = 0; i < dump.sizes[vm].length; i++) {
      int pfn = (int) dump.pfns[vm][i];
      int size = dump.sizes[vm][i];
      if (!seen.get(pfn)) {
        seen.set(pfn);
        read(channel, size == pageBytes ? page : encoded, offset, size, file);
        if (size == 0) {
          Arrays.fill(page, (byte) 0);
        } else if (size < pageBytes) {
          decode(encoded, size, page, file, pfn);
        }
        if (PageDigests.ofPage(page, 0, pageSize) != dump.digests[vm][i]) {
          throw new DamagedStoreException(
              "%s: page frame %d is not what was stored".formatted(file, pfn));
        }
        restored.write(vm, pfn, page);
      }
      offset += size;
    }
  }

  private void decode(byte[] encoded, int size, byte[] page, Path file, int pfn)
      throws IOException {
    try {
      if (unlz4.decompress(encoded, 0, size, page, 0, pageBytes) == pageBytes) {
        return;
      }
    } catch (LZ4Exception e) {
      throw new DamagedStoreException(
          "%s: page frame %d: %s".formatted(file, pfn, e.getMessage()), e);
    }
    throw new DamagedStoreException("%s: page frame %d is not a whole page".formatted(file, pfn));
  }

  /** An image is about to be read. */
  void makeReadable(Path image) throws IOException {}

  /** An image has been read, or cannot be. */
  void doneReading(Path image) throws IOException {}

  /** Files were there that are so no longer. */
  final void tookForAWhile(long more) {
    peakBytes = Math.max(peakBytes, bytes + more);
  }

  private static void read(FileChannel channel, byte[] target, long offset, int size, Path file)
      throws IOException {
    if (!Whole.read(channel, ByteBuffer.wrap(target, 0, size), offset)) {
      throw new DamagedStoreException("%s: ends before byte %d".formatted(file, offset + size));
    }
  }

  @Override
  public void close() {
    images.close();
  }
}
