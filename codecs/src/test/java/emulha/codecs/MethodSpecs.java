package emulha.codecs;

import java.util.List;

/** Every method and pipeline that the contract tests try. */
final class MethodSpecs {
  static final List<String> ALL =
      List.of("none", "gzip", "gzip:level=1", "gzip:level=9,scope=checkpoint", "deflate:level=3");

  private MethodSpecs() {}
}
