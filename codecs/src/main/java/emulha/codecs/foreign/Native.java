package emulha.codecs.foreign;

import emulha.codecs.Arguments;
import emulha.codecs.NamedProvider;
import emulha.codecs.Parameter;
import emulha.codecs.Stage;
import emulha.codecs.general.CodecProvider;
import emulha.codecs.prefix.Prefix;
import emulha.memory.Page;
import java.nio.file.Path;
import java.util.List;

/**
 * A codec of the user's own in a shared library, with the functions of {@code
 * docs/native/emulha_codec.h}. Both ends load it from the same path.
 */
public final class Native extends NamedProvider {
  private static final String NO_LIBRARY = "none";

  public Native() {
    super(
        "native",
        "a codec of your own, in C: a shared library with the functions of emulha_codec.h",
        "docs/ADD_A_METHOD.md, Your codec in C");
  }

  @Override
  public boolean needsParameters() {
    return true;
  }

  @Override
  public boolean runsForeignCode() {
    return true;
  }

  @Override
  public List<Parameter> parameters() {
    return List.of(
        new Parameter(
            "lib",
            "FILE without comma and plus sign",
            NO_LIBRARY,
            "the library, for example ./mycodec.so; must be given"),
        new Parameter("level", "-1000..1000", "0", "what emulha_codec_create is given"),
        new Parameter(
            "earlier",
            "auto|never",
            "auto",
            "auto: with the page's earlier content, if the library has functions for that"),
        CodecProvider.SCOPE);
  }

  @Override
  public Stage create(Arguments arguments) {
    if (arguments.text("lib").equals(NO_LIBRARY)) {
      throw new IllegalArgumentException(
          "method 'native' needs a library: native:lib=./mycodec.so; docs/ADD_A_METHOD.md shows one");
    }
    int level = arguments.integer("level", -1000, 1000);
    boolean auto = arguments.choice("earlier").equals("auto");
    boolean pages = arguments.choice("scope").equals("page");
    NativeLibrary library = NativeLibrary.at(Path.of(arguments.text("lib")));
    library.bound(Page.BYTES);
    var codec = new NativeCodec(library, level, auto && pages && library.usesEarlier());
    return codec.earlier()
        ? new Prefix.PrefixStage(codec, Long.MAX_VALUE)
        : CodecProvider.scoped(arguments, codec);
  }
}
