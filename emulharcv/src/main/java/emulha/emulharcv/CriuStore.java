package emulha.emulharcv;

import emulha.memory.DirtyPages;
import emulha.memory.Page;
import emulha.replication.Message;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.zip.CRC32C;
import net.jpountz.lz4.LZ4Compressor;
import net.jpountz.lz4.LZ4Exception;
import net.jpountz.lz4.LZ4Factory;
import net.jpountz.lz4.LZ4FrameInputStream;
import net.jpountz.lz4.LZ4FrameOutputStream;
import net.jpountz.lz4.LZ4FrameOutputStream.BLOCKSIZE;
import net.jpountz.lz4.LZ4FrameOutputStream.FLG;
import net.jpountz.lz4.LZ4SafeDecompressor;

/**
 * A chain of image directories, one for each checkpoint, as CRIU's incremental dumps are; after the
 * CRIU talk (LPC), with its two ways of compressing.
 *
 * <ul>
 *   <li>built in ({@code criu}): each page is an LZ4 block, raw if it takes 7/8 of a page or more,
 *       nothing if it is zero, with the sizes in the page map. A page that a later dump has is
 *       punched out of the earlier one's image: of each 4096-byte block of the file in which no
 *       page is left, the space goes back to the file system.
 *   <li>naive ({@code criu-naive}): the raw image is written, compressed into an LZ4 frame beside
 *       it, and removed; restoring decompresses each into a file first. Nothing is punched out.
 * </ul>
 *
 * Directory {@code 000000}, {@code 000001}, … holds, for VM N, {@code pages-N.img} (naive: {@code
 * pages-N.img.lz4}) and {@code state-N.img}, and one {@code pagemap.img}, little-endian: the bytes
 * {@code EMHCRIU1}, i64 checkpoint held, then for each VM u32 pages and for each page u64 frame
 * number and u32 bytes in the image, ascending; last the CRC-32C of all before. A directory gets
 * its name when it is whole. Restoring reads from the newest to the oldest, each page once. Files
 * are not forced to the disk, as CRIU's are not: a killed receiver loses nothing, a power failure
 * may.
 */
final class CriuStore implements CheckpointStore {
  private static final String FORMAT = "emulha criu store";
  private static final String NAIVE_FORMAT = "emulha criu-naive store";

  static String format(boolean naive) {
    return naive ? NAIVE_FORMAT : FORMAT;
  }

  private static final long MAGIC = 0x3155495243484d45L;
  private static final String MAP = "pagemap.img";
  private static final int RAW_EIGHTHS = 7;
  private static final int BUFFER_BYTES = 1 << 18;

  private final Path directory;
  private final List<Message.Vm> vms;
  private final boolean naive;
  private final LZ4Compressor lz4 = LZ4Factory.fastestInstance().fastCompressor();
  private final LZ4SafeDecompressor unlz4 = LZ4Factory.fastestInstance().safeDecompressor();
  private final byte[] block = new byte[lz4.maxCompressedLength(Page.BYTES)];
  private final List<Dump> dumps = new ArrayList<>();
  private final Latest[] latest;
  private FailOverImages images;
  private long bytes;
  private long peakBytes;

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
  private record Dump(long holds, long[][] pfns, int[][] sizes, int[][] used) {}

  /** Opens the store in a directory that was prepared for these VMs. */
  CriuStore(Path directory, List<Message.Vm> vms, boolean naive) throws IOException {
    this.directory = directory;
    this.vms = vms;
    this.naive = naive;
    latest = vms.stream().map(Latest::of).toArray(Latest[]::new);
    removeUnfinished();
    for (int n = 0; Files.isDirectory(dumpDirectory(n)); n++) {
      add(readMap(dumpDirectory(n)));
      bytes += allocated(dumpDirectory(n));
    }
    peakBytes = bytes;
    punch();
    images = recover();
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

  private void removeUnfinished() throws IOException {
    try (var content = Files.list(directory)) {
      for (Path path :
          content.filter(path -> path.getFileName().toString().startsWith(".0")).toList()) {
        remove(path);
      }
    }
    if (!Files.exists(dumpDirectory(0))) {
      removeDumps();
    }
  }

  /** From the first on: without it the rest is no chain, should this be interrupted. */
  private void removeDumps() throws IOException {
    try (var content = Files.list(directory)) {
      for (Path path :
          content
              .filter(path -> path.getFileName().toString().matches("\\d{6,}"))
              .sorted()
              .toList()) {
        remove(path);
      }
    }
  }

  private static void remove(Path tree) throws IOException {
    try (var files = Files.walk(tree)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  /** Bytes of whole blocks that a dump's files take. */
  private long allocated(Path dump) throws IOException {
    long total = 0;
    int number = dumps.size() - 1;
    for (int vm = 0; vm < vms.size(); vm++) {
      if (naive) {
        Path packed = dump.resolve("pages-" + vm + ".img.lz4");
        total += Files.exists(packed) ? blocks(Files.size(packed)) : 0;
      } else {
        for (int used : dumps.get(number).used[vm]) {
          total += used > 0 ? Page.BYTES : 0;
        }
      }
      total += Files.exists(state(dump, vm)) ? blocks(Files.size(state(dump, vm))) : 0;
    }
    return total + blocks(Files.size(dump.resolve(MAP)));
  }

  private static long blocks(long bytes) {
    return (bytes + Page.BYTES - 1) / Page.BYTES * Page.BYTES;
  }

  @Override
  public FailOverImages images() {
    return images;
  }

  @Override
  public void clear() throws IOException {
    removeDumps();
    dumps.clear();
    for (Latest one : latest) {
      Arrays.fill(one.dump, 0);
    }
    bytes = 0;
    peakBytes = 0;
    images.clear();
  }

  @Override
  public long store(StorableCheckpoint checkpoint) throws IOException {
    Path finished = dumpDirectory(dumps.size());
    Path partial = finished.resolveSibling("." + finished.getFileName());
    Files.createDirectory(partial);
    long written = 0;
    try {
      int[][] sizes = new int[vms.size()][];
      for (int vm = 0; vm < sizes.length; vm++) {
        DirtyPages part = checkpoint.pages().get(vm);
        sizes[vm] = new int[part.count()];
        if (part.count() > 0) {
          written +=
              naive
                  ? dumpNaively(part, sizes[vm], pages(partial, vm))
                  : dump(part, sizes[vm], pages(partial, vm));
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
      add(readMap(finished));
    } catch (IOException e) {
      throw new IOException(
          "cannot write the images of %s: %s".formatted(finished, e.getMessage()), e);
    }
    bytes += allocated(finished);
    peakBytes = Math.max(peakBytes, bytes);
    punch();
    images.apply(checkpoint);
    return written;
  }

  private long dump(DirtyPages part, int[] sizes, Path file) throws IOException {
    long total = 0;
    try (var out = new BufferedOutputStream(Files.newOutputStream(file), BUFFER_BYTES)) {
      for (int i = 0; i < part.count(); i++) {
        byte[] slab = part.slab(i);
        int offset = part.offset(i);
        if (!Page.isZero(slab, offset, Page.BYTES)) {
          int size = lz4.compress(slab, offset, Page.BYTES, block, 0, block.length);
          if (size * 8 >= Page.BYTES * RAW_EIGHTHS) {
            size = Page.BYTES;
            out.write(slab, offset, Page.BYTES);
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

  private long dumpNaively(DirtyPages part, int[] sizes, Path file) throws IOException {
    try (var out = new BufferedOutputStream(Files.newOutputStream(file), BUFFER_BYTES)) {
      for (int i = 0; i < part.count(); i++) {
        out.write(part.slab(i), part.offset(i), Page.BYTES);
        sizes[i] = Page.BYTES;
      }
    }
    Path packed = packed(file);
    try (InputStream in = Files.newInputStream(file);
        OutputStream out =
            new LZ4FrameOutputStream(
                Files.newOutputStream(packed),
                BLOCKSIZE.SIZE_4MB,
                FLG.Bits.BLOCK_INDEPENDENCE,
                FLG.Bits.CONTENT_CHECKSUM)) {
      in.transferTo(out);
    }
    long total = Files.size(file) + Files.size(packed);
    peakBytes = Math.max(peakBytes, bytes + blocks(Files.size(file)) + blocks(Files.size(packed)));
    Files.delete(file);
    return total;
  }

  private static Path packed(Path pages) {
    return pages.resolveSibling(pages.getFileName() + ".lz4");
  }

  private static byte[] map(StorableCheckpoint checkpoint, int[][] sizes) {
    int length = 2 * Long.BYTES + Integer.BYTES;
    for (int[] each : sizes) {
      length += Integer.BYTES + each.length * (Long.BYTES + Integer.BYTES);
    }
    ByteBuffer map = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    map.putLong(MAGIC).putLong(checkpoint.holds());
    for (int vm = 0; vm < sizes.length; vm++) {
      map.putInt(sizes[vm].length);
      for (int i = 0; i < sizes[vm].length; i++) {
        map.putLong(checkpoint.pages().get(vm).pfn(i)).putInt(sizes[vm][i]);
      }
    }
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
      throw new IOException(file + ": damaged, or not the page map of a dump");
    }
    map.position(Long.BYTES);
    long holds = map.getLong();
    long[][] pfns = new long[vms.size()][];
    int[][] sizes = new int[vms.size()][];
    int[][] used = new int[vms.size()][];
    for (int vm = 0; vm < pfns.length; vm++) {
      int count = map.getInt();
      pfns[vm] = new long[count];
      sizes[vm] = new int[count];
      long end = 0;
      for (int i = 0; i < count; i++) {
        pfns[vm][i] = map.getLong();
        sizes[vm][i] = map.getInt();
        end += sizes[vm][i];
      }
      used[vm] = new int[Math.toIntExact(blocks(end) / Page.BYTES)];
    }
    return new Dump(holds, pfns, sizes, used);
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
      long next = Math.min(offset + size, (at / Page.BYTES + 1) * Page.BYTES);
      used[(int) (at / Page.BYTES)] += sign * (int) (next - at);
      at = next;
    }
  }

  /** Gives back the blocks in which no page is left. */
  private void punch() throws IOException {
    if (naive) {
      return;
    }
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
        holes.punch((long) from * Page.BYTES, (long) (to - from) * Page.BYTES);
        from = empty.nextSetBit(to);
      }
    }
    bytes -= (long) empty.cardinality() * Page.BYTES;
  }

  @Override
  public Size size() {
    return new Size(bytes, peakBytes);
  }

  @Override
  public FailOverImages recover() throws IOException {
    var restored = new FailOverImages(vms);
    BitSet[] seen = new BitSet[vms.size()];
    Arrays.setAll(seen, vm -> new BitSet());
    for (int number = dumps.size() - 1; number >= 0; number--) {
      for (int vm = 0; vm < seen.length; vm++) {
        if (dumps.get(number).pfns[vm].length > 0) {
          restore(dumps.get(number), dumpDirectory(number), vm, seen[vm], restored);
        }
      }
    }
    if (!dumps.isEmpty()) {
      List<byte[]> states = new ArrayList<>();
      for (int vm = 0; vm < seen.length; vm++) {
        Path state = state(dumpDirectory(dumps.size() - 1), vm);
        states.add(Files.exists(state) ? Files.readAllBytes(state) : new byte[0]);
      }
      restored.nowHold(dumps.getLast().holds, states);
    }
    return restored;
  }

  private void restore(Dump dump, Path from, int vm, BitSet seen, FailOverImages restored)
      throws IOException {
    Path file = pages(from, vm);
    if (naive) {
      unpack(file);
    }
    try (FileChannel channel = FileChannel.open(file)) {
      byte[] page = new byte[Page.BYTES];
      byte[] encoded = new byte[Page.BYTES];
      long offset = 0;
      for (int i = 0; i < dump.sizes[vm].length; i++) {
        int pfn = (int) dump.pfns[vm][i];
        int size = dump.sizes[vm][i];
        if (!seen.get(pfn)) {
          seen.set(pfn);
          read(channel, size == Page.BYTES ? page : encoded, offset, size, file);
          if (size == 0) {
            Arrays.fill(page, (byte) 0);
          } else if (size < Page.BYTES) {
            decode(encoded, size, page, file, pfn);
          }
          restored.write(vm, pfn, page);
        }
        offset += size;
      }
    } finally {
      if (naive) {
        Files.deleteIfExists(file);
      }
    }
  }

  private void decode(byte[] encoded, int size, byte[] page, Path file, int pfn)
      throws IOException {
    try {
      if (unlz4.decompress(encoded, 0, size, page, 0, Page.BYTES) == Page.BYTES) {
        return;
      }
    } catch (LZ4Exception e) {
      throw new IOException("%s: page frame %d: %s".formatted(file, pfn, e.getMessage()), e);
    }
    throw new IOException("%s: page frame %d is not a whole page".formatted(file, pfn));
  }

  private static void unpack(Path file) throws IOException {
    try (InputStream in = new LZ4FrameInputStream(Files.newInputStream(packed(file)), true);
        OutputStream out = Files.newOutputStream(file)) {
      in.transferTo(out);
    }
  }

  private static void read(FileChannel channel, byte[] target, long offset, int size, Path file)
      throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap(target, 0, size);
    for (long at = offset; buffer.hasRemaining(); ) {
      int n = channel.read(buffer, at);
      if (n < 0) {
        throw new IOException("%s: ends before byte %d".formatted(file, offset + size));
      }
      at += n;
    }
  }

  @Override
  public void close() {
    images.close();
  }
}
