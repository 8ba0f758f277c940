package emulha.codecs.general;

/** {@link Gzip} under the name of its format. */
public final class Deflate extends Gzip {
  public Deflate() {
    super("deflate");
  }
}
