package emulha.codecs.general;

/** {@link Gzip} under the name of its format. */
public final class Deflate extends Gzip {
  /** Name of the stage. */
  public static final String NAME = "deflate";

  public Deflate() {
    super(NAME);
  }
}
