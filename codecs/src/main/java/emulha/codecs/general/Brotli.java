package emulha.codecs.general;

import com.aayushatharva.brotli4j.Brotli4jLoader;
import com.aayushatharva.brotli4j.decoder.DecoderJNI;
import com.aayushatharva.brotli4j.encoder.Encoder;
import emulha.codecs.Arguments;
import emulha.codecs.CorruptEncodingException;
import emulha.codecs.LaneReader;
import emulha.codecs.Parameter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;

/**
 * Brotli streams (RFC 7932), whole: one begins with a few bits for its window, the smallest that
 * holds the bytes, as the program {@code brotli} chooses it for a file of known size.
 */
public final class Brotli extends CodecProvider {
  /** RFC 7932 §9.1, without the large windows that are no part of it. */
  private static final int MIN_WINDOW_BITS = 10;

  private static final int MAX_WINDOW_BITS = 24;

  /** RFC 7932 §9.1: a window is so much smaller than its power of two. */
  private static final int WINDOW_GAP = 16;

  public Brotli() {
    super("brotli", "Brotli stream (RFC 7932)", "lzbench's list; RFC 7932");
  }

  @Override
  public List<Parameter> parameters() {
    return List.of(new Parameter("level", "0..11", "5", "0 is fastest, 11 smallest"), SCOPE);
  }

  @Override
  protected Codec codec(Arguments arguments) {
    return new Streams(arguments.integer("level", 0, 11));
  }

  /** Bits of the smallest window that holds so many bytes. */
  static int windowBits(int length) {
    int bits = MIN_WINDOW_BITS;
    while (bits < MAX_WINDOW_BITS && (1 << bits) - WINDOW_GAP < length) {
      bits++;
    }
    return bits;
  }

  /**
   * Streams of one level.
   *
   * @param level 0 to 11
   */
  private record Streams(int level) implements Codec {
    @Override
    public String binding() {
      return Brotli4jLoader.isAvailable()
          ? "brotli4j native libbrotli"
          : "none here: brotli4j has no library for this machine";
    }

    @Override
    public int usualNanos() {
      return 50_000;
    }

    private static void requireLibrary() {
      if (!Brotli4jLoader.isAvailable()) {
        throw new IllegalArgumentException(
            "method 'brotli': brotli4j has no library for this machine: "
                + Brotli4jLoader.getUnavailabilityCause());
      }
    }

    @Override
    public Codec.Compressor newCompressor() {
      requireLibrary();
      return new StreamCompressor(level);
    }

    @Override
    public Codec.Decompressor newDecompressor() {
      requireLibrary();
      return Brotli::decompress;
    }
  }

  /** The library makes a state for each stream; nothing is retained between them. */
  private record StreamCompressor(int level) implements Codec.Compressor {
    @Override
    public int bound(int length) {
      return length + length / 1024 + 1024;
    }

    @Override
    public int compress(byte[] source, int offset, int length, byte[] target, int targetOffset)
        throws IOException {
      byte[] stream =
          Encoder.compress(
              Arrays.copyOfRange(source, offset, offset + length),
              new Encoder.Parameters().setQuality(level).setWindow(windowBits(length)));
      if (stream.length > bound(length)) {
        throw new IllegalStateException(
            "brotli exceeds its bound: %d bytes for %d".formatted(stream.length, length));
      }
      System.arraycopy(stream, 0, target, targetOffset, stream.length);
      return stream.length;
    }
  }

  private static void decompress(LaneReader lane, int size, byte[] target, int offset, int length)
      throws CorruptEncodingException {
    int at = lane.take(size);
    DecoderJNI.Wrapper decoder = newDecoder(size);
    try {
      decoder.getInputBuffer().put(lane.bytes(), at, size);
      decoder.push(size);
      int restored = 0;
      while (true) {
        if (decoder.hasOutput()) {
          ByteBuffer output = decoder.pull();
          int n = output.remaining();
          if (n > length - restored) {
            throw lane.corrupt("Brotli stream holds more than " + length + " bytes");
          }
          output.get(target, offset + restored, n);
          restored += n;
          continue;
        }
        switch (decoder.getStatus()) {
          case DONE -> {
            if (restored != length) {
              throw lane.corrupt("Brotli stream holds " + restored + " of " + length + " bytes");
            }
            return;
          }
          case OK -> decoder.push(0);
          case NEEDS_MORE_INPUT -> throw lane.corrupt("Brotli stream ends too early");
          case NEEDS_MORE_OUTPUT, ERROR -> throw lane.corrupt("damaged Brotli stream");
        }
      }
    } finally {
      decoder.destroy();
    }
  }

  private static DecoderJNI.Wrapper newDecoder(int size) {
    try {
      return new DecoderJNI.Wrapper(size);
    } catch (IOException e) {
      throw new IllegalStateException("brotli: " + e.getMessage(), e);
    }
  }
}
