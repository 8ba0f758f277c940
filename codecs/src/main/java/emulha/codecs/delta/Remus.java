package emulha.codecs.delta;

import emulha.codecs.Arguments;
import emulha.codecs.NamedProvider;
import emulha.codecs.Parameter;
import emulha.codecs.Stage;
import emulha.codecs.delta.DeltaStage.Encoding;
import emulha.codecs.delta.DeltaStage.Policy;
import java.util.List;

/**
 * Xen's checkpoint compression for Remus (tools/libxc/xc_compression.c, 2011): {@link RemusDelta}
 * over an LRU of 8192 pages. Xen marks a whole page with a byte 0x80 in the stream; here that is
 * the tag in the control lane. Xen also sends page tables whole, which a recording does not tell
 * apart.
 */
public final class Remus extends NamedProvider {
  public Remus() {
    super(
        "remus",
        "Xen's runs of changed 4-byte words over an LRU of sent pages",
        "Xen tools/libxc/xc_compression.c (2011); RemusDB");
  }

  @Override
  public List<Parameter> parameters() {
    return List.of(Delta.cacheParameter("32MiB"));
  }

  @Override
  public Stage create(Arguments arguments) {
    return new DeltaStage(
        Delta.cache(arguments, Policy.LRU), Policy.LRU, Encoding.REMUS, false, false, 1);
  }
}
