package emulha.codecs.criu;

import emulha.codecs.Arguments;
import emulha.codecs.CorruptEncodingException;
import emulha.codecs.LaneReader;
import emulha.codecs.NamedProvider;
import emulha.codecs.Stage;
import emulha.codecs.general.Codec;
import emulha.codecs.general.Grouped;
import emulha.codecs.general.Lz4;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import net.jpountz.lz4.LZ4FrameInputStream;
import net.jpountz.lz4.LZ4FrameOutputStream;
import net.jpountz.lz4.LZ4FrameOutputStream.BLOCKSIZE;
import net.jpountz.lz4.LZ4FrameOutputStream.FLG;

/**
 * CRaC's way in the CRIU talk: the checkpoint's image is written, and then the file is compressed
 * as an LZ4 frame. The bytes are the frame's, magic number and checksum included; that the raw
 * image exists at the same time is the storage's matter, not the encoding's.
 */
public final class CriuNaive extends NamedProvider {
  /** Name of the stage. */
  public static final String NAME = "criu-naive";

  public CriuNaive() {
    super(
        NAME,
        "the checkpoint's whole image as one LZ4 frame",
        "CRIU talk (LPC), naive approach; LZ4 frame format 1.6");
  }

  @Override
  public Stage create(Arguments arguments) {
    return new Grouped(new Frames(), Grouped.Rules.CHECKPOINT);
  }

  /** LZ4 frames of independent 4 MiB blocks with a content checksum, as the lz4 tool makes them. */
  private record Frames() implements Codec {
    private static final int BLOCK_BYTES = 4 << 20;

    @Override
    public String binding() {
      return Lz4.Blocks.library();
    }

    @Override
    public Codec.Compressor newCompressor() {
      return new FrameCompressor();
    }

    @Override
    public Codec.Decompressor newDecompressor() {
      return new FrameDecompressor();
    }
  }

  private record FrameCompressor() implements Codec.Compressor {
    private static final int FRAME_BYTES = 64;

    @Override
    public int bound(int length) {
      return Math.addExact(length, FRAME_BYTES + 4 * (length / Frames.BLOCK_BYTES + 1));
    }

    @Override
    public int compress(byte[] source, int offset, int length, byte[] target, int targetOffset)
        throws IOException {
      var frame = new ByteArrayOutputStream(length / 2);
      try (OutputStream lz4 =
          new LZ4FrameOutputStream(
              frame, BLOCKSIZE.SIZE_4MB, FLG.Bits.BLOCK_INDEPENDENCE, FLG.Bits.CONTENT_CHECKSUM)) {
        lz4.write(source, offset, length);
      }
      System.arraycopy(frame.toByteArray(), 0, target, targetOffset, frame.size());
      return frame.size();
    }

    @Override
    public long retainedBytes() {
      return 2L * Frames.BLOCK_BYTES;
    }
  }

  private record FrameDecompressor() implements Codec.Decompressor {
    @Override
    public void decompress(LaneReader lane, int size, byte[] target, int offset, int length)
        throws CorruptEncodingException {
      int at = lane.take(size);
      var frame = new ByteArrayInputStream(lane.bytes(), at, size);
      try (InputStream lz4 = new LZ4FrameInputStream(frame, true)) {
        int restored = lz4.readNBytes(target, offset, length);
        if (restored != length) {
          throw lane.corrupt("LZ4 frame holds " + restored + " of " + length + " bytes");
        }
        if (lz4.read() >= 0) {
          throw lane.corrupt("LZ4 frame holds more than " + length + " bytes");
        }
      } catch (CorruptEncodingException e) {
        throw e;
      } catch (IOException | RuntimeException e) {
        throw lane.corrupt("LZ4 frame: " + e);
      }
      if (frame.available() != 0) {
        throw lane.corrupt("LZ4 frame does not end after " + size + " bytes");
      }
    }

    @Override
    public long retainedBytes() {
      return 2L * Frames.BLOCK_BYTES;
    }
  }
}
