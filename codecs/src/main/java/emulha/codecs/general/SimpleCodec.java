package emulha.codecs.general;

import java.util.function.Supplier;

/**
 * A codec by what makes its parts.
 *
 * @param bindings gives {@link #binding}
 */
public record SimpleCodec(
    Supplier<String> bindings,
    int usualNanos,
    Supplier<Codec.Compressor> compressors,
    Supplier<Codec.Decompressor> decompressors)
    implements Codec {
  @Override
  public String binding() {
    return bindings.get();
  }

  @Override
  public Codec.Compressor newCompressor() {
    return compressors.get();
  }

  @Override
  public Codec.Decompressor newDecompressor() {
    return decompressors.get();
  }
}
