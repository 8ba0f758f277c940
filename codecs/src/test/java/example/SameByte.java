package example;

import emulha.codecs.Arguments;
import emulha.codecs.CorruptEncodingException;
import emulha.codecs.LaneReader;
import emulha.codecs.Parameter;
import emulha.codecs.general.Codec;
import emulha.codecs.general.CodecProvider;
import java.util.Arrays;
import java.util.List;

/** Pages of one repeated byte, such as memset leaves, cost that byte; others are handed on. */
public final class SameByte extends CodecProvider implements Codec {
  public SameByte() {
    super(
        "same-byte",
        "pages of one repeated byte cost that byte",
        "example in docs/ADD_A_METHOD.md");
  }

  @Override
  public List<Parameter> parameters() {
    return List.of(SCOPE);
  }

  @Override
  protected Codec codec(Arguments arguments) {
    return this;
  }

  @Override
  public String binding() {
    return "java";
  }

  @Override
  public Codec.Compressor newCompressor() {
    return (source, offset, length, target, targetOffset) -> {
      target[targetOffset] = source[offset];
      int end = offset + length;
      return Arrays.equals(source, offset, end - 1, source, offset + 1, end) ? 1 : length;
    };
  }

  @Override
  public Codec.Decompressor newDecompressor() {
    return (lane, size, target, offset, length) ->
        Arrays.fill(target, offset, offset + length, single(lane, size));
  }

  private static byte single(LaneReader lane, int size) throws CorruptEncodingException {
    if (size != 1) {
      throw lane.corrupt("same-byte takes 1 byte, got " + size);
    }
    return (byte) lane.readByte();
  }
}
