package emulha.codecs.general;

import emulha.codecs.Arguments;
import emulha.codecs.Parameter;
import java.util.List;

/** LZ4's high-compression compressor, as surveys list it; the same as {@code lz4:level=N}. */
public final class Lz4hc extends CodecProvider {
  /** Name of the stage. */
  public static final String NAME = "lz4hc";

  public Lz4hc() {
    super(NAME, "LZ4 block by the high-compression compressor", "lzbench's list; LZ4 block format");
  }

  @Override
  public List<Parameter> parameters() {
    return List.of(new Parameter("level", "1..12", "9", "higher is smaller"), SCOPE);
  }

  @Override
  protected Codec codec(Arguments arguments) {
    return Lz4.ofLevel(arguments.integer("level", 1, 12));
  }
}
