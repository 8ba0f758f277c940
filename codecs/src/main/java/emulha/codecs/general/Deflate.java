package emulha.codecs.general;

/** {@link Gzip} under the name of its format. */
public final class Deflate extends Gzip {
  @Override
  public String name() {
    return "deflate";
  }
}
