package emulha.codecs.general;

import emulha.codecs.Arguments;
import emulha.codecs.Parameter;
import java.util.List;

/**
 * Deflate, as in gzip (Hou §4.1, Fernando §3.3). The content is a raw deflate stream (RFC 1951):
 * inside our frames a gzip wrapper would add 18 bytes a page that say nothing new.
 */
public class Gzip extends CodecProvider {
  /** Name of the stage. */
  public static final String NAME = "gzip";

  public Gzip() {
    this(NAME);
  }

  /** The same under another name. */
  Gzip(String name) {
    super(name, "raw deflate stream (RFC 1951)", "Hou §4.1, Fernando §3.2.2");
  }

  @Override
  public List<Parameter> parameters() {
    return List.of(
        new Parameter("level", "1..9", "6", "1 is fastest, 9 smallest"),
        new Parameter(
            "engine",
            "zlib|libdeflate",
            "zlib",
            "what encodes; without libdeflate on the system, zlib does"),
        SCOPE);
  }

  @Override
  protected Codec codec(Arguments arguments) {
    int level = arguments.integer("level", 1, 9);
    return arguments.choice("engine").equals("libdeflate") && Libdeflate.AVAILABLE
        ? Libdeflate.ofLevel(level)
        : Zlib.ofLevel(level);
  }
}
