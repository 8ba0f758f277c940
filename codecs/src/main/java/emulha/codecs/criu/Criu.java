package emulha.codecs.criu;

import emulha.codecs.Arguments;
import emulha.codecs.NamedProvider;
import emulha.codecs.Parameter;
import emulha.codecs.Stage;
import emulha.codecs.general.Codec;
import emulha.codecs.general.Grouped;
import emulha.codecs.general.Lz4;
import emulha.codecs.zstd.Zstd;
import emulha.memory.Page;
import io.airlift.compress.v3.lz4.Lz4NativeCompressor;
import java.util.List;

/**
 * CRIU's built-in compression: the checkpoint's pages are one image, cut into blocks, each
 * compressed alone, so that one page can be read or punched out without the others. A block that
 * takes 7/8 of its size or more is stored raw, a block of zeros not at all; the sizes stand in the
 * page map (here: the index lane).
 *
 * <p>{@code block} cuts the checkpoint's pages in their order, as in the talk. {@code region} cuts
 * as CRIU does since then ({@code --compress-region}, CRIU's pull request 2895, merged 2026): each
 * run of consecutive pages alone, an entry of CRIU's page map, so that the last region of a run may
 * be shorter. {@code acceleration} is that of {@code LZ4_compress_fast} ({@code
 * --compress-acceleration}). Deviations: CRIU also begins an entry where a memory mapping or a
 * buffer of pipes ends, which a recording does not tell; memory of huge pages and of devices, which
 * CRIU leaves raw, is compressed.
 */
public final class Criu extends NamedProvider {
  /** Name of the stage. */
  public static final String NAME = "criu";

  private static final int RAW_EIGHTHS = 7;
  private static final long MIN_BLOCK = 64 << 10;
  private static final long MAX_BLOCK = 4 << 20;

  public Criu() {
    super(
        NAME,
        "pages compressed in independent blocks, sizes in the page map",
        "CRIU talk (LPC), built-in compression");
  }

  @Override
  public List<Parameter> parameters() {
    return List.of(
        new Parameter("block", "page|64KiB..4MiB", "page", "bytes compressed together"),
        new Parameter(
            "region", "none|64KiB..4MiB", "none", "bytes of consecutive pages compressed together"),
        new Parameter("codec", "lz4|zstd", "lz4", "what compresses a block, at its usual level"),
        new Parameter("acceleration", "1..65537", "1", "of LZ4: more is faster and finds less"));
  }

  @Override
  public Stage create(Arguments arguments) {
    boolean pages = arguments.text("block").equals("page");
    boolean regions = !arguments.text("region").equals("none");
    if (regions && !pages) {
      throw new IllegalArgumentException(
          "method 'criu': block and region exclude each other; give one of them");
    }
    int block =
        regions
            ? bytes(arguments, "region")
            : pages ? Grouped.Rules.PAGE : bytes(arguments, "block");
    int acceleration = arguments.integer("acceleration", 1, Lz4.MAX_ACCELERATION);
    Codec codec;
    if (arguments.choice("codec").equals("lz4")) {
      // Each page alone, the bytes are those of earlier versions; regions are those of liblz4.
      boolean lz4Java = acceleration == 1 && !(regions && Lz4NativeCompressor.isEnabled());
      codec = lz4Java ? Lz4.ofLevel(0) : Lz4.accelerated(acceleration);
    } else if (acceleration == 1) {
      codec = Zstd.ofLevel(3);
    } else {
      throw new IllegalArgumentException(
          "method 'criu': zstd takes no acceleration; leave it out, or use codec=lz4");
    }
    return new Grouped(codec, new Grouped.Rules(block, RAW_EIGHTHS, true, regions));
  }

  private static int bytes(Arguments arguments, String key) {
    long bytes = arguments.bytes(key, MIN_BLOCK, MAX_BLOCK);
    if (bytes % Page.BYTES != 0) {
      throw arguments.bad(key);
    }
    return (int) bytes;
  }
}
