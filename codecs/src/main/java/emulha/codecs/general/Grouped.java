package emulha.codecs.general;

import emulha.codecs.Block;
import emulha.codecs.CorruptEncodingException;
import emulha.codecs.Counter;
import emulha.codecs.Counters;
import emulha.codecs.DecoderContext;
import emulha.codecs.EncoderContext;
import emulha.codecs.LaneReader;
import emulha.codecs.LaneWriter;
import emulha.codecs.Stage;
import emulha.codecs.StageDecoder;
import emulha.codecs.StageEncoder;
import emulha.memory.DirtyPages;
import emulha.memory.Page;
import emulha.memory.PageSize;
import java.io.IOException;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;

/**
 * Gathers a VM's blocks into groups and compresses each group alone. It settles every block and
 * needs no tags; for each group its index lane has the number of bytes gathered (varint) and the
 * size of the encoding (varint): 0 = all bytes zero, equal to the number of bytes = stored raw.
 *
 * @param rules how blocks are grouped
 */
public record Grouped(Codec codec, Rules rules) implements Stage {
  /**
   * How blocks are grouped.
   *
   * @param groupBytes a group is full when one more block would exceed this; {@link #PAGE}: each
   *     page is one
   * @param rawEighths a group is stored raw if its encoding takes at least so many eighths of it
   * @param zeroGroups whether a group of zeros is only a flag
   * @param runs whether a group ends where the next block is not of the page that follows
   */
  public record Rules(int groupBytes, int rawEighths, boolean zeroGroups, boolean runs) {
    /**
     * A VM's whole checkpoint together. One of more than 64 MiB is split there, which bounds the
     * buffers at both ends.
     */
    public static final Rules CHECKPOINT = new Rules(64 << 20, 8, false, false);

    /** In place of a number of bytes: those of a page. */
    public static final int PAGE = 0;

    /** The rules for pages of a size. */
    Rules ofPages(PageSize pageSize) {
      return groupBytes == PAGE ? new Rules(pageSize.bytes(), rawEighths, zeroGroups, runs) : this;
    }

    boolean isRaw(int size, int length) {
      return (long) size * 8 >= (long) length * rawEighths;
    }
  }

  @Override
  public Set<Block.Kind> handsOn(Set<Block.Kind> given) {
    return Set.of();
  }

  @Override
  public Set<Counter> counters() {
    return rules.zeroGroups() ? Set.of(Counter.ZERO_PAGES) : Set.of();
  }

  @Override
  public int usualNanos() {
    return codec.usualNanos();
  }

  @Override
  public String binding() {
    return codec.binding();
  }

  @Override
  public Optional<String> whyOneEncoder(boolean first) {
    return rules.groupBytes() == Rules.PAGE
        ? Optional.empty()
        : Optional.of("its encoding runs over many pages of a checkpoint");
  }

  @Override
  public Optional<String> whyNot(PageSize pageSize) {
    return rules.groupBytes() == Rules.PAGE || pageSize.divides(rules.groupBytes())
        ? Optional.empty()
        : Optional.of(
            "it compresses %d bytes together, which are no whole pages; use block=page, or block or"
                    .formatted(rules.groupBytes())
                + " region of %s or a multiple".formatted(pageSize));
  }

  @Override
  public boolean gathers() {
    return rules.equals(Rules.CHECKPOINT);
  }

  @Override
  public StageEncoder newEncoder(EncoderContext context, StageEncoder next) {
    return new Encoder(codec.newCompressor(), rules.ofPages(context.pageSize()), context, next);
  }

  @Override
  public StageDecoder newDecoder(DecoderContext context, StageDecoder next) {
    return new Decoder(codec.newDecompressor(), rules.ofPages(context.pageSize()), context, next);
  }

  /** A buffer of at least {@code needed} bytes, and no more than {@code limit} unless these are. */
  public static byte[] grown(byte[] buffer, int needed, int limit) {
    return buffer.length >= needed
        ? buffer
        : Arrays.copyOf(
            buffer, (int) Math.max(needed, Math.min(limit, Math.max(65536, buffer.length * 2L))));
  }

  private static final class Encoder implements StageEncoder {
    private final Codec.Compressor compressor;
    private final Rules rules;
    private final LaneWriter index;
    private final LaneWriter lane;
    private final Counters counters;
    private final StageEncoder next;
    private byte[] group = new byte[0];
    private byte[] encoding = new byte[0];
    private int length;
    private int pages;
    private long lastPfn;

    Encoder(Codec.Compressor compressor, Rules rules, EncoderContext context, StageEncoder next) {
      this.compressor = compressor;
      this.rules = rules;
      this.index = context.openIndexLane();
      this.lane = context.openLane();
      this.counters = context.counters();
      this.next = next;
    }

    @Override
    public void encode(Block block) throws IOException {
      if (block.length() > rules.groupBytes() - length
          || (rules.runs() && length > 0 && block.pfn() - lastPfn > 1)) {
        writeGroup();
      }
      lastPfn = block.pfn();
      group = grown(group, length + block.length(), rules.groupBytes());
      System.arraycopy(block.bytes(), block.offset(), group, length, block.length());
      length += block.length();
      if (block.kind() == Block.Kind.PAGE) {
        pages++;
      }
      if (length == rules.groupBytes()) {
        writeGroup();
      }
    }

    private void writeGroup() throws IOException {
      if (length == 0) {
        return;
      }
      index.writeVarint(length);
      if (rules.zeroGroups() && Page.isZero(group, 0, length)) {
        index.writeVarint(0);
        counters.add(Counter.ZERO_PAGES, pages);
      } else {
        int bound = compressor.bound(length);
        encoding = grown(encoding, bound, bound);
        int size = compressor.compress(group, 0, length, encoding, 0);
        if (rules.isRaw(size, length)) {
          index.writeVarint(length);
          lane.write(group, 0, length);
          counters.add(Counter.WHOLE_PAGES, pages);
        } else {
          index.writeVarint(size);
          lane.write(encoding, 0, size);
        }
      }
      length = 0;
      pages = 0;
    }

    @Override
    public void skip(Block page) throws IOException {
      next.skip(page);
    }

    @Override
    public void endVm(int vm) throws IOException {
      writeGroup();
    }

    @Override
    public long retainedBytes() {
      return compressor.retainedBytes() + group.length + encoding.length;
    }

    @Override
    public void close() {
      compressor.close();
    }
  }

  private static final class Decoder implements StageDecoder {
    private final Codec.Decompressor decompressor;
    private final Rules rules;
    private final LaneReader index;
    private final LaneReader lane;
    private final StageDecoder next;
    private byte[] group = new byte[0];
    private int position;
    private int length;

    Decoder(
        Codec.Decompressor decompressor, Rules rules, DecoderContext context, StageDecoder next) {
      this.decompressor = decompressor;
      this.rules = rules;
      this.index = context.openIndexLane();
      this.lane = context.openLane();
      this.next = next;
    }

    @Override
    public void beginVm(int vm, DirtyPages pages) {
      position = 0;
      length = 0;
    }

    @Override
    public void decode(Block block) throws CorruptEncodingException {
      if (position == length) {
        readGroup();
      }
      if (block.length() > length - position) {
        throw index.corrupt(
            "a group of %d bytes has %d left for a block of %d"
                .formatted(length, length - position, block.length()));
      }
      System.arraycopy(group, position, block.bytes(), block.offset(), block.length());
      position += block.length();
    }

    private void readGroup() throws CorruptEncodingException {
      int bytes = index.readVarint(rules.groupBytes());
      int size = index.readVarint(bytes);
      group = grown(group, bytes, rules.groupBytes());
      if (size == bytes) {
        lane.read(group, 0, bytes);
      } else if (size != 0) {
        decompressor.decompress(lane, size, group, 0, bytes);
      } else if (rules.zeroGroups()) {
        Arrays.fill(group, 0, bytes, (byte) 0);
      } else {
        throw index.corrupt("a group of zeros where none is expected");
      }
      position = 0;
      length = bytes;
    }

    @Override
    public void skip(Block page) throws CorruptEncodingException {
      next.skip(page);
    }

    @Override
    public void endVm(int vm) throws CorruptEncodingException {
      if (position != length) {
        throw index.corrupt((length - position) + " bytes of a group are left over");
      }
    }

    @Override
    public long retainedBytes() {
      return decompressor.retainedBytes() + group.length;
    }

    @Override
    public void close() {
      decompressor.close();
    }
  }
}
