package emulha.codecs.zstd;

import com.github.luben.zstd.ZstdCompressCtx;
import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.ZstdException;
import emulha.codecs.Arguments;
import emulha.codecs.CorruptEncodingException;
import emulha.codecs.LaneReader;
import emulha.codecs.NamedProvider;
import emulha.codecs.Parameter;
import emulha.codecs.Stage;
import emulha.codecs.general.Codec;
import emulha.codecs.general.CodecProvider;
import emulha.codecs.general.SimpleCodec;
import java.util.List;

/**
 * Zstandard. Of each frame only the blocks are kept: magic number and frame header (RFC 8878
 * §3.1.1) would be the same for every page.
 */
public final class Zstd extends NamedProvider {
  /** Name of the stage. */
  public static final String NAME = "zstd";

  /** Lowest level that libzstd has. */
  public static final int MIN_LEVEL = com.github.luben.zstd.Zstd.minCompressionLevel();

  /** Highest level that libzstd has. */
  public static final int MAX_LEVEL = com.github.luben.zstd.Zstd.maxCompressionLevel();

  /**
   * A frame header without magic number: descriptor 0 (no content size, checksum or dictionary) and
   * a window of 128 MiB, no less than any that a compressor here uses.
   */
  private static final byte[] HEADER = {0, (byte) ((27 - 10) << 3)};

  /** The key {@code level}. */
  public static final Parameter LEVEL =
      new Parameter(
          "level", MIN_LEVEL + ".." + MAX_LEVEL, "3", "negative is faster, higher is smaller");

  public Zstd() {
    super(
        NAME,
        "Zstandard blocks (RFC 8878) without the frame header",
        "Fernando §3.2.2 and Table 2");
  }

  @Override
  public List<Parameter> parameters() {
    return List.of(
        LEVEL,
        new Parameter(
            "dictionary",
            "none|FILE without comma and plus sign",
            "none",
            "a dictionary at the sender, as zstd --train makes them; sent once, and counted"),
        new Parameter(
            "train",
            "0..1000",
            "0",
            "incremental checkpoints on which a dictionary is trained; then sent once, and counted"),
        new Parameter("size", "256..16MiB", "110KiB", "most that a trained dictionary takes"),
        CodecProvider.SCOPE);
  }

  @Override
  public Stage create(Arguments arguments) {
    int level = arguments.integer("level", MIN_LEVEL, MAX_LEVEL);
    int train = arguments.integer("train", 0, 1000);
    int size = (int) arguments.bytes("size", 256, ZstdDictionary.MAX_BYTES);
    boolean file = !arguments.text("dictionary").equals("none");
    if (train == 0 && !file) {
      return CodecProvider.scoped(arguments, ofLevel(level));
    }
    if (!arguments.choice("scope").equals("page")) {
      throw new IllegalArgumentException(
          "method 'zstd': a dictionary is for pages alone; leave out scope=checkpoint, or"
              + " dictionary and train");
    }
    if (train > 0 && file) {
      throw new IllegalArgumentException(
          "method 'zstd': the dictionary is either read (dictionary=FILE) or trained (train=N)");
    }
    return new ZstdDictionary(level, file ? arguments.text("dictionary") : "", train, size);
  }

  /** Name and version of the bundled library. */
  public static String library() {
    return "zstd-jni native libzstd " + com.github.luben.zstd.util.ZstdVersion.VERSION;
  }

  /**
   * The codec of frames less their header.
   *
   * @param level {@link #MIN_LEVEL} to {@link #MAX_LEVEL}
   */
  public static Codec ofLevel(int level) {
    return new SimpleCodec(Zstd::library, 15_000, () -> new Compressor(level), Decompressor::new);
  }

  /** Compresses to frames less their header. */
  public static class Compressor implements Codec.Compressor {
    private final ZstdCompressCtx zstd = new ZstdCompressCtx();
    private final int level;
    private int longest;
    private long retainedBytes;

    /** A compressor without a dictionary. */
    protected Compressor(int level) {
      this.level = level;
      zstd.setLevel(level)
          .setMagicless(true)
          .setContentSize(false)
          .setChecksum(false)
          .setDictID(false);
    }

    /** Sets the dictionary of all frames to come; empty: none. */
    protected final void dictionary(byte[] bytes) {
      zstd.loadDict(bytes);
    }

    @Override
    public int bound(int length) {
      return Math.toIntExact(com.github.luben.zstd.Zstd.compressBound(length));
    }

    @Override
    public int compress(byte[] source, int offset, int length, byte[] target, int targetOffset) {
      if (length > longest) {
        longest = length;
        retainedBytes = 0;
      }
      int size =
          zstd.compressByteArray(target, targetOffset, bound(length), source, offset, length);
      if (target[targetOffset] != HEADER[0]) {
        throw new IllegalStateException("zstd frame descriptor " + target[targetOffset]);
      }
      int rest = size - HEADER.length;
      System.arraycopy(target, targetOffset + HEADER.length, target, targetOffset, rest);
      return rest;
    }

    @Override
    public long retainedBytes() {
      if (retainedBytes == 0) {
        retainedBytes = ZstdMemory.compressorBytes(level, longest);
      }
      return retainedBytes;
    }

    @Override
    public void close() {
      zstd.close();
    }
  }

  /** Restores frames less their header. */
  public static class Decompressor implements Codec.Decompressor {
    private final ZstdDecompressCtx zstd = new ZstdDecompressCtx();
    private byte[] frame = new byte[8192];

    /** A decompressor without a dictionary. */
    protected Decompressor() {
      zstd.setMagicless(true);
      System.arraycopy(HEADER, 0, frame, 0, HEADER.length);
    }

    /** Sets the dictionary of all frames to come; empty: none. */
    protected final void dictionary(byte[] bytes) {
      zstd.loadDict(bytes);
    }

    @Override
    public void decompress(LaneReader lane, int size, byte[] target, int offset, int length)
        throws CorruptEncodingException {
      if (size > frame.length - HEADER.length) {
        frame = new byte[size + HEADER.length];
        System.arraycopy(HEADER, 0, frame, 0, HEADER.length);
      }
      lane.read(frame, HEADER.length, size);
      int restored;
      try {
        restored = zstd.decompressByteArray(target, offset, length, frame, 0, size + HEADER.length);
      } catch (ZstdException e) {
        throw lane.corrupt("zstd frame: " + e.getMessage());
      }
      if (restored != length) {
        throw lane.corrupt("zstd frame holds " + restored + " of " + length + " bytes");
      }
      ZstdBlocks.requireOneFrame(lane, frame, HEADER.length, size);
    }

    @Override
    public long retainedBytes() {
      return ZstdMemory.DECOMPRESSOR_BYTES + frame.length;
    }

    @Override
    public void close() {
      zstd.close();
    }
  }
}
