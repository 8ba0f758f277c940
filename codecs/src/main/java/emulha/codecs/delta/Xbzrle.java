package emulha.codecs.delta;

import emulha.codecs.Arguments;
import emulha.codecs.Parameter;
import emulha.codecs.Stage;
import emulha.codecs.StageProvider;
import emulha.codecs.delta.DeltaStage.Encoding;
import emulha.codecs.delta.DeltaStage.Policy;
import java.util.List;

/**
 * XBZRLE as QEMU ships it (docs/devel/migration, migration/ram.c, xbzrle.c, page_cache.c): a
 * direct-mapped cache whose entries resist replacement for two rounds, runs of new bytes, the whole
 * page on overflow. Pages of zeros are recognised first and cached as such.
 */
public final class Xbzrle implements StageProvider {
  @Override
  public String name() {
    return "xbzrle";
  }

  @Override
  public String summary() {
    return "QEMU's XOR-based zero run-length encoding over its direct-mapped page cache";
  }

  @Override
  public String source() {
    return "QEMU migration/xbzrle.c; Fernando §3.2.1";
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
        arguments.choice("zeros").equals("apart"));
  }
}
