package emulha.codecs.criu;

import emulha.codecs.CorruptEncodingException;
import emulha.codecs.LaneReader;
import emulha.codecs.general.Codec;
import emulha.codecs.general.Lz4;
import emulha.codecs.general.SimpleCodec;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import net.jpountz.xxhash.XXHash32;
import net.jpountz.xxhash.XXHashFactory;

/**
 * LZ4 frames of independent 4 MiB blocks with a content checksum, as the lz4 tool makes them (LZ4
 * frame format 1.6.4): the magic number, flags, size of blocks, a checksum of these two; of each
 * block its size and bytes, raw where LZ4 does not make them less; zero, and the checksum of all.
 * The frames of lz4-java's streams are the same, but each takes new buffers of megabytes, which
 * would count as the cost of compressing a checkpoint. No other kind of frame is decoded.
 */
final class Lz4Frames {
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  private static final XXHash32 XXH32 = xxHashes().hash32();

  /**
   * Magic number; version 1 with independent blocks and a content checksum; blocks of at most 4
   * MiB; checksum of these two.
   */
  private static final byte[] HEADER = {0x04, 0x22, 0x4d, 0x18, 0x64, 0x70, (byte) 0xb9};

  private static final int BLOCK_BYTES = 4 << 20;
  private static final int RAW = 1 << 31;

  /** Behind the last block: zero in place of a size, and the checksum. */
  private static final int TRAILER_BYTES = 8;

  private static XXHashFactory xxHashes() {
    try {
      return XXHashFactory.nativeInstance();
    } catch (LinkageError | RuntimeException e) {
      return XXHashFactory.fastestJavaInstance();
    }
  }

  private Lz4Frames() {}

  static Codec codec() {
    Codec blocks = Lz4.ofLevel(0);
    return new SimpleCodec(
        Lz4::library,
        Codec.USUAL_NANOS,
        () -> new FrameCompressor(blocks.newCompressor()),
        () -> new FrameDecompressor(blocks.newDecompressor()));
  }

  private record FrameCompressor(Codec.Compressor blocks) implements Codec.Compressor {
    @Override
    public int bound(int length) {
      int most = length / BLOCK_BYTES * (Integer.BYTES + blocks.bound(BLOCK_BYTES));
      return HEADER.length
          + most
          + Integer.BYTES
          + blocks.bound(length % BLOCK_BYTES)
          + TRAILER_BYTES;
    }

    @Override
    public int compress(byte[] source, int offset, int length, byte[] target, int targetOffset)
        throws IOException {
      System.arraycopy(HEADER, 0, target, targetOffset, HEADER.length);
      int to = targetOffset + HEADER.length;
      for (int from = offset; from < offset + length; from += BLOCK_BYTES) {
        int block = Math.min(BLOCK_BYTES, offset + length - from);
        int size = blocks.compress(source, from, block, target, to + Integer.BYTES);
        if (size < block) {
          INT.set(target, to, size);
        } else {
          size = block;
          INT.set(target, to, size | RAW);
          System.arraycopy(source, from, target, to + Integer.BYTES, size);
        }
        to += Integer.BYTES + size;
      }
      INT.set(target, to, 0);
      INT.set(target, to + Integer.BYTES, XXH32.hash(source, offset, length, 0));
      return to + TRAILER_BYTES - targetOffset;
    }

    @Override
    public long retainedBytes() {
      return blocks.retainedBytes();
    }

    @Override
    public void close() {
      blocks.close();
    }
  }

  private record FrameDecompressor(Codec.Decompressor blocks) implements Codec.Decompressor {
    @Override
    public void decompress(LaneReader lane, int size, byte[] target, int offset, int length)
        throws CorruptEncodingException {
      long end = lane.position() + size;
      int header = lane.take(HEADER.length);
      if (!Arrays.equals(lane.bytes(), header, header + HEADER.length, HEADER, 0, HEADER.length)) {
        throw lane.corrupt("LZ4 frame: not one of independent blocks of 4 MiB with a checksum");
      }
      int restored = 0;
      for (int word = lane.readInt(); word != 0; word = lane.readInt()) {
        int block = Math.min(BLOCK_BYTES, length - restored);
        int stored = word & ~RAW;
        if (block == 0 || stored > end - lane.position()) {
          throw lane.corrupt(
              "LZ4 frame: a block of %d bytes after %d of %d".formatted(stored, restored, length));
        }
        if (word == stored) {
          blocks.decompress(lane, stored, target, offset + restored, block);
        } else if (stored == block) {
          int at = lane.take(stored);
          System.arraycopy(lane.bytes(), at, target, offset + restored, block);
        } else {
          throw lane.corrupt("LZ4 frame: a raw block of %d bytes for %d".formatted(stored, block));
        }
        restored += block;
      }
      if (restored != length) {
        throw lane.corrupt("LZ4 frame holds " + restored + " of " + length + " bytes");
      }
      if (lane.readInt() != XXH32.hash(target, offset, length, 0)) {
        throw lane.corrupt("LZ4 frame: its checksum is another");
      }
      if (lane.position() != end) {
        throw lane.corrupt("LZ4 frame does not end after " + size + " bytes");
      }
    }

    @Override
    public long retainedBytes() {
      return blocks.retainedBytes();
    }

    @Override
    public void close() {
      blocks.close();
    }
  }
}
