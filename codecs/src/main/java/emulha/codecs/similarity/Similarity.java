package emulha.codecs.similarity;

import emulha.codecs.Arguments;
import emulha.codecs.Parameter;
import emulha.codecs.Stage;
import emulha.codecs.StageProvider;
import java.util.List;

/** Similarity compression (Hou §4.2), with the extensions that §7 announces. */
public final class Similarity implements StageProvider {
  @Override
  public String name() {
    return "similarity";
  }

  @Override
  public String summary() {
    return "chunks seen before in the checkpoint of any VM become 4-byte pointers";
  }

  @Override
  public String source() {
    return "Hou §4.2, §7";
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
            "md5|md5-single|xxh3-128|sha256",
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
            "checkpoints after which the table is emptied"),
        new Parameter(
            "entries",
            "1..16777216",
            "262144",
            "chunks in a table that outlives an interval; beyond, the oldest are replaced"));
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
    return new SimilarityStage(
        chunk,
        arguments.choice("boundaries").equals("rabin"),
        arguments.choice("hash"),
        arguments.flag("verify"),
        lifetime,
        arguments.integer("entries", 1, 1 << 24));
  }
}
