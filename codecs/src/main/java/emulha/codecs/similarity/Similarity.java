package emulha.codecs.similarity;

import emulha.codecs.Arguments;
import emulha.codecs.NamedProvider;
import emulha.codecs.Parameter;
import emulha.codecs.SharedChunks;
import emulha.codecs.Stage;
import java.net.URI;
import java.util.List;
import java.util.Set;

/** Similarity compression (Hou §4.2), with the extensions that §7 announces. */
public final class Similarity extends NamedProvider {
  /** Hashes of chunks in a shared table. */
  private static final Set<String> SHARED = Set.of("md5", "md5-single", "sha256");

  public Similarity() {
    super(
        "similarity",
        "chunks seen before in the checkpoint of any VM become 4-byte pointers",
        "Hou §4.2, §7");
  }

  @Override
  public List<Parameter> parameters() {
    return List.of(
        new Parameter("chunk", "256|1KiB|4KiB", "256", "length of a chunk in bytes"),
        new Parameter(
            "boundaries",
            "fixed|rabin",
            "fixed",
            "where chunks end: at multiples of their length, or where a Rabin fingerprint says, after"
                + " that length on average, a quarter at least and four times at most"),
        new Parameter(
            "hash",
            "md5|md5-single|sha1|sha256|blake3|xxh3-128",
            "md5",
            "digest by which chunks are compared; md5-single digests one chunk after the other, as"
                + " a program of 2013"),
        new Parameter(
            "verify",
            "true|false",
            "false",
            "compare bytes where digests are equal, so that a collision does no harm"),
        new Parameter(
            "lifetime",
            "interval|N|forever",
            "interval",
            "checkpoints after which the table is emptied; a chunk that does not come again leaves a"
                + " shared table one checkpoint later"),
        new Parameter(
            "table",
            "host|redis://HOST[:PORT][/DB]",
            "host",
            "where chunks are looked for that are new to this host: nowhere, or in a Redis server"
                + " that hosts share; those it has are sent as digests"),
        new Parameter(
            "entries",
            "1..16777216",
            "262144",
            "chunks in a table that outlives an interval, and of each receiver in a shared one;"
                + " beyond, the oldest are replaced"));
  }

  @Override
  public Stage create(Arguments arguments) {
    int chunk =
        switch (arguments.choice("chunk")) {
          case "256" -> 256;
          case "1KiB" -> 1024;
          default -> 4096;
        };
    long lifetime =
        switch (arguments.text("lifetime")) {
          case "interval" -> 1;
          case "forever" -> Long.MAX_VALUE;
          default -> arguments.integer("lifetime", 1, Integer.MAX_VALUE);
        };
    String hash = arguments.choice("hash");
    boolean verify = arguments.flag("verify");
    URI table = arguments.text("table").equals("host") ? null : server(arguments);
    if (table != null && (verify || !SHARED.contains(hash))) {
      throw new IllegalArgumentException(
          "method 'similarity': chunks of other hosts are known by their digests alone, so a shared"
              + " table takes hash=md5 or, against collisions made on purpose, hash=sha256, and no"
              + " verify=true");
    }
    return new SimilarityStage(
        chunk,
        arguments.choice("boundaries").equals("rabin"),
        hash,
        verify,
        lifetime,
        arguments.integer("entries", 1, 1 << 24),
        table);
  }

  private static URI server(Arguments arguments) {
    URI server = SharedChunks.server(arguments.text("table"));
    if (server == null) {
      throw arguments.bad("table");
    }
    return server;
  }
}
