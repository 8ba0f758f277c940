package emulha.codecs.general;

import emulha.codecs.Arguments;
import emulha.codecs.Parameter;
import emulha.codecs.Stage;
import emulha.codecs.StageProvider;
import emulha.memory.Page;
import java.util.List;

/**
 * CRIU's built-in compression: the checkpoint's pages are one image, cut into blocks, each
 * compressed alone, so that one page can be read or punched out without the others. A block that
 * takes 7/8 of its size or more is stored raw, a block of zeros not at all; the sizes stand in the
 * page map (here: the index lane).
 */
public final class Criu implements StageProvider {
  private static final int RAW_EIGHTHS = 7;
  private static final long MIN_BLOCK = 64 << 10;
  private static final long MAX_BLOCK = 4 << 20;

  @Override
  public String name() {
    return "criu";
  }

  @Override
  public String summary() {
    return "pages compressed in independent blocks, sizes in the page map";
  }

  @Override
  public String source() {
    return "CRIU talk (LPC), built-in compression";
  }

  @Override
  public List<Parameter> parameters() {
    return List.of(
        new Parameter("block", "page|64KiB..4MiB", "page", "bytes compressed together"),
        new Parameter("codec", "lz4|zstd", "lz4", "what compresses a block, at its usual level"));
  }

  @Override
  public Stage create(Arguments arguments) {
    int block = Grouped.Rules.PAGE;
    if (!arguments.text("block").equals("page")) {
      long bytes = arguments.bytes("block", MIN_BLOCK, MAX_BLOCK);
      if (bytes % Page.BYTES != 0) {
        throw arguments.bad("block");
      }
      block = (int) bytes;
    }
    Codec codec = arguments.choice("codec").equals("lz4") ? new Lz4.Blocks(0) : new Zstd.Frames(3);
    return new Grouped(codec, new Grouped.Rules(block, RAW_EIGHTHS, true));
  }
}
