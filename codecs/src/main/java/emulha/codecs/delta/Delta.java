package emulha.codecs.delta;

import emulha.codecs.Arguments;
import emulha.codecs.NamedProvider;
import emulha.codecs.Parameter;
import emulha.codecs.Stage;
import emulha.codecs.delta.DeltaStage.Encoding;
import emulha.codecs.delta.DeltaStage.Policy;
import emulha.memory.Page;
import java.util.List;
import java.util.Locale;

/**
 * Delta compression (Hou §4.1). XOR with the content as last sent, in a strict LRU of transmitted
 * dirty pages, then run-length encoding; other encodings and another cache by key.
 */
public final class Delta extends NamedProvider {
  /** A cache of at most 1 TiB, far beyond any guest here. */
  private static final long MAX_CACHE = 1L << 40;

  public Delta() {
    super(
        "delta",
        "difference from the page as last sent, found in a cache of sent pages",
        "Hou §4.1");
  }

  @Override
  public List<Parameter> parameters() {
    return List.of(
        cacheParameter("32MiB"),
        new Parameter(
            "policy",
            "lru|direct",
            "lru",
            "what the cache keeps: strict LRU, or QEMU's direct map"),
        new Parameter(
            "encoding",
            "rle|xbzrle|remus|words|xor",
            "rle",
            "how the difference is written; xor leaves that to the next stage"),
        new Parameter(
            "loops",
            "wide|bytewise",
            "wide",
            "with encoding=rle: bytewise gives the same bytes as slowly as a program of 2013"),
        new Parameter(
            "misses",
            "auto|next|whole",
            "auto",
            "where pages without a usable difference go; auto = whole with encoding=xor, else next"));
  }

  @Override
  public Stage create(Arguments arguments) {
    Policy policy = Policy.valueOf(arguments.choice("policy").toUpperCase(Locale.ROOT));
    Encoding encoding = Encoding.valueOf(arguments.choice("encoding").toUpperCase(Locale.ROOT));
    if (arguments.choice("loops").equals("bytewise")) {
      if (encoding != Encoding.RLE) {
        throw arguments.bad("loops");
      }
      encoding = Encoding.RLE_BYTEWISE;
    }
    boolean missesWhole =
        switch (arguments.choice("misses")) {
          case "whole" -> true;
          case "next" -> false;
          default -> encoding == Encoding.XOR;
        };
    return new DeltaStage(cache(arguments, policy), policy, encoding, missesWhole, false, 1);
  }

  static Parameter cacheParameter(String defaultValue) {
    return new Parameter(
        "cache",
        "SIZE|unlimited",
        defaultValue,
        "content cached per VM, a multiple of 4KiB (policy direct: a power of two)");
  }

  /** The value of the key {@code cache} in bytes. */
  static long cache(Arguments arguments, Policy policy) {
    if (arguments.text("cache").equals("unlimited")) {
      return Long.MAX_VALUE;
    }
    long bytes = arguments.bytes("cache", 0, Long.MAX_VALUE);
    boolean fits = bytes >= Page.BYTES && bytes <= MAX_CACHE;
    if (policy == Policy.DIRECT && !(fits && Long.bitCount(bytes) == 1)) {
      throw arguments.bad(
          "cache", "a power of two from 4KiB to 1024GiB, as a direct map needs, or unlimited");
    }
    if (!fits || bytes % Page.BYTES != 0) {
      throw arguments.bad("cache", "a multiple of 4KiB up to 1024GiB, or unlimited");
    }
    return bytes;
  }
}
