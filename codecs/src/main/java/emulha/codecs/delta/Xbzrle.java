package emulha.codecs.delta;

import emulha.codecs.Arguments;
import emulha.codecs.NamedProvider;
import emulha.codecs.Parameter;
import emulha.codecs.Stage;
import emulha.codecs.delta.DeltaStage.Encoding;
import emulha.codecs.delta.DeltaStage.Policy;
import java.util.List;

/**
 * XBZRLE as QEMU ships it (docs/devel/migration, migration/ram.c, xbzrle.c, page_cache.c): a
 * direct-mapped cache whose entries resist replacement for two rounds, runs of new bytes, the whole
 * page on overflow. Pages of zeros are recognised first and cached as such.
 *
 * <p>What QEMU's migration stream would take is counted beside the payload, as its ram.transferred
 * does (migration/ram.c of QEMU 8.2: save_page_header, save_zero_page, save_xbzrle_page,
 * save_normal_page). A page that is equal to what was sent takes nothing. Left out is what does not
 * belong to a page: the 8-byte end mark of each iteration, and the name of the RAM block, which
 * goes with the first page after a change of block. A recording is one block, named with the base.
 */
public final class Xbzrle extends NamedProvider {
  /** Offset and flags before each page sent. */
  static final int PAGE_HEADER_BYTES = Long.BYTES;

  /** Then, of a page of zeros, one byte 0. */
  static final int ZERO_PAGE_BYTES = PAGE_HEADER_BYTES + 1;

  /** Then, of an encoding, a byte that says XBZRLE and two of length. */
  static final int ENCODING_HEADER_BYTES = 1 + Short.BYTES;

  public Xbzrle() {
    super(
        "xbzrle",
        "QEMU's XOR-based zero run-length encoding over its direct-mapped page cache",
        "QEMU migration/xbzrle.c; Fernando §3.2.1");
  }

  @Override
  public List<Parameter> parameters() {
    return List.of(
        Delta.cacheParameter("64MiB"),
        new Parameter(
            "zeros",
            "apart|encoded",
            "apart",
            "whether pages of zeros are a flag, as QEMU sends them, or pages like others"));
  }

  @Override
  public Stage create(Arguments arguments) {
    return new DeltaStage(
        Delta.cache(arguments, Policy.DIRECT),
        Policy.DIRECT,
        Encoding.XBZRLE,
        false,
        arguments.choice("zeros").equals("apart"),
        1);
  }
}
