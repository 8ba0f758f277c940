package emulha.codecs.general;

import emulha.codecs.Arguments;
import emulha.codecs.Parameter;
import io.airlift.compress.v3.lz4.Lz4NativeCompressor;
import java.util.List;
import net.jpountz.lz4.LZ4Compressor;
import net.jpountz.lz4.LZ4Factory;

/** LZ4 blocks, without the frame around them. */
public final class Lz4 extends CodecProvider {
  /** Name of the stage. */
  public static final String NAME = "lz4";

  /** LZ4_ACCELERATION_MAX. */
  public static final int MAX_ACCELERATION = 65537;

  /** Hash table of LZ4_MEMORY_USAGE 14, and of LZ4HC (hash and chain table). */
  private static final long FAST_STATE_BYTES = 1 << 14;

  private static final long HIGH_STATE_BYTES = 1 << 18;

  public Lz4() {
    super(NAME, "LZ4 block", "Fernando §3.2.2 and Table 2; LZ4 block format");
  }

  @Override
  public List<Parameter> parameters() {
    return List.of(
        new Parameter("level", "0..12", "0", "0 is the fast compressor, above: high compression"),
        SCOPE);
  }

  @Override
  protected Codec codec(Arguments arguments) {
    return ofLevel(arguments.integer("level", 0, 12));
  }

  /**
   * The codec.
   *
   * @param level 0 to 12
   */
  public static Codec ofLevel(int level) {
    return new SimpleCodec(
        Lz4::library,
        5_000,
        () -> {
          LZ4Compressor lz4 =
              level == 0 ? Library.LZ4.fastCompressor() : Library.LZ4.highCompressor(level);
          return new BlockCompressor(
              lz4::maxCompressedLength,
              lz4::compress,
              level == 0 ? FAST_STATE_BYTES : HIGH_STATE_BYTES);
        },
        Lz4::newDecompressor);
  }

  /**
   * LZ4 blocks by {@code LZ4_compress_fast} with an acceleration, which lz4-java does not offer.
   *
   * @param acceleration 1 to {@link #MAX_ACCELERATION}
   * @throws IllegalArgumentException if there is no native library for this machine
   */
  public static Codec accelerated(int acceleration) {
    if (!Lz4NativeCompressor.isEnabled()) {
      throw new IllegalArgumentException(
          "method 'criu': no native LZ4 for this machine, which another acceleration than 1"
              + " needs");
    }
    return new SimpleCodec(
        () -> "aircompressor native liblz4; decoding " + library(),
        Codec.USUAL_NANOS,
        () -> {
          var lz4 = new Lz4NativeCompressor(acceleration);
          return new BlockCompressor(lz4::maxCompressedLength, lz4::compress, FAST_STATE_BYTES);
        },
        Lz4::newDecompressor);
  }

  private static Codec.Decompressor newDecompressor() {
    return new BlockDecompressor("LZ4 block", Library.LZ4.safeDecompressor()::decompress);
  }

  /** The library's name and kind, for example {@code lz4-java native}. */
  public static String library() {
    String kind = Library.LZ4.toString();
    return "lz4-java " + (kind.contains("JNI") ? "native liblz4" : "Java");
  }

  /** Loaded when it is first asked. */
  private static final class Library {
    static final LZ4Factory LZ4 = lz4();

    /** lz4-java's fastestInstance() turns to Java without a word; asking for native does not. */
    private static LZ4Factory lz4() {
      try {
        return LZ4Factory.nativeInstance();
      } catch (LinkageError | RuntimeException e) {
        return LZ4Factory.fastestJavaInstance();
      }
    }
  }
}
