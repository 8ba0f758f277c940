package emulha.codecs.zstd;

import com.github.luben.zstd.ZstdDictTrainer;
import com.github.luben.zstd.ZstdException;
import emulha.codecs.Block;
import emulha.codecs.CheckpointKind;
import emulha.codecs.CorruptEncodingException;
import emulha.codecs.DecoderContext;
import emulha.codecs.EncoderContext;
import emulha.codecs.LaneReader;
import emulha.codecs.LaneWriter;
import emulha.codecs.Stage;
import emulha.codecs.StageDecoder;
import emulha.codecs.StageEncoder;
import emulha.codecs.general.EachBlock;
import emulha.codecs.general.Grouped;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;

/**
 * Each page or chunk by zstd with a dictionary that both ends hold: read from a file, or trained on
 * the pages of the first checkpoints, which go without. The sender sends it once, before the first
 * block that needs it, in a payload lane of its own: its length (varint) and bytes. If too little
 * was seen to train on, the length is 0 and all goes on without.
 *
 * <p>Tag: as for {@code zstd}.
 *
 * @param level of zstd
 * @param file the dictionary's, at the sender; empty: trained
 * @param train number of incremental checkpoints to train on, if there is no file
 * @param dictionaryBytes most that a trained dictionary takes
 */
record ZstdDictionary(int level, String file, int train, int dictionaryBytes) implements Stage {
  /** No dictionary is larger. */
  static final int MAX_BYTES = 16 << 20;

  private static final int SAMPLE_BYTES = 32 << 20;

  @Override
  public int usualNanos() {
    return 15_000;
  }

  @Override
  public String binding() {
    return Zstd.library();
  }

  @Override
  public Optional<String> whyOneEncoder(boolean first) {
    return Optional.of("its dictionary is trained on and sent for all pages");
  }

  @Override
  public StageEncoder newEncoder(EncoderContext context, StageEncoder next) {
    byte[] given = file.isEmpty() ? new byte[0] : read();
    return new Encoder(this, given, new Zstd.Compressor(level), context, next);
  }

  @Override
  public StageDecoder newDecoder(DecoderContext context, StageDecoder next) {
    return new Decoder(this, new Zstd.Decompressor(), context, next);
  }

  private byte[] read() {
    try (InputStream in = Files.newInputStream(Path.of(file))) {
      // One byte more than a dictionary has, of a file that may be huge or without an end.
      byte[] bytes = in.readNBytes(MAX_BYTES + 1);
      if (bytes.length < 8 || bytes.length > MAX_BYTES) {
        throw new IllegalArgumentException(
            "method 'zstd': %s has %s%d bytes; a dictionary has 8 to %d"
                .formatted(
                    file, bytes.length > MAX_BYTES ? "at least " : "", bytes.length, MAX_BYTES));
      }
      return bytes;
    } catch (IOException e) {
      throw new IllegalArgumentException(
          "method 'zstd': cannot read the dictionary %s: %s; zstd --train makes one"
              .formatted(file, e),
          e);
    }
  }

  /**
   * Whether the dictionary comes with a checkpoint, given how many incremental ones were before.
   */
  boolean comesWith(CheckpointKind kind, int incrementals) {
    return file.isEmpty()
        ? kind == CheckpointKind.INCREMENTAL && incrementals == train
        : kind != CheckpointKind.PRIMING;
  }

  private static final class Encoder extends EachBlock.Encoder {
    private final ZstdDictionary stage;
    private final Zstd.Compressor compressor;
    private final LaneWriter dictionaryLane;
    private final byte[] given;
    private byte[] samples = new byte[0];
    private int[] sizes = new int[0];
    private int sampled;
    private int count;
    private boolean sampling;
    private boolean sent;
    private int incrementals;
    private int dictionaryBytes;

    Encoder(
        ZstdDictionary stage,
        byte[] given,
        Zstd.Compressor compressor,
        EncoderContext context,
        StageEncoder next) {
      super(compressor, context, next);
      this.stage = stage;
      this.given = given;
      this.compressor = compressor;
      dictionaryLane = context.openLane();
    }

    @Override
    public void beginCheckpoint(CheckpointKind kind) throws IOException {
      if (!sent && stage.comesWith(kind, incrementals)) {
        byte[] dictionary = stage.file().isEmpty() ? trained() : given;
        try {
          compressor.dictionary(dictionary);
        } catch (ZstdException e) {
          throw new IOException(
              "method 'zstd': the dictionary %s is none: %s"
                  .formatted(stage.file(), e.getMessage()),
              e);
        }
        dictionaryLane.writeVarint(dictionary.length);
        dictionaryLane.write(dictionary, 0, dictionary.length);
        dictionaryBytes = dictionary.length;
        sent = true;
        samples = new byte[0];
        sizes = new int[0];
      }
      sampling = !sent && kind == CheckpointKind.INCREMENTAL;
      if (kind == CheckpointKind.INCREMENTAL) {
        incrementals++;
      }
    }

    private byte[] trained() {
      try {
        var trainer =
            new ZstdDictTrainer(Math.max(sampled, 1), stage.dictionaryBytes(), stage.level());
        int at = 0;
        for (int i = 0; i < count; i++) {
          trainer.addSample(Arrays.copyOfRange(samples, at, at + sizes[i]));
          at += sizes[i];
        }
        return trainer.trainSamples();
      } catch (ZstdException e) {
        return new byte[0];
      }
    }

    private void sample(Block block) {
      if (block.length() > SAMPLE_BYTES - sampled) {
        return;
      }
      samples = Grouped.grown(samples, sampled + block.length(), SAMPLE_BYTES);
      if (sizes.length == count) {
        sizes = Arrays.copyOf(sizes, Math.max(64, 2 * count));
      }
      System.arraycopy(block.bytes(), block.offset(), samples, sampled, block.length());
      sampled += block.length();
      sizes[count++] = block.length();
    }

    @Override
    public void encode(Block block) throws IOException {
      if (sampling) {
        sample(block);
      }
      super.encode(block);
    }

    @Override
    public long retainedBytes() {
      return super.retainedBytes() + samples.length + 4L * sizes.length + dictionaryBytes;
    }
  }

  private static final class Decoder extends EachBlock.Decoder {
    private final ZstdDictionary stage;
    private final Zstd.Decompressor decompressor;
    private final LaneReader dictionaryLane;
    private boolean received;
    private int incrementals;
    private int dictionaryBytes;

    Decoder(
        ZstdDictionary stage,
        Zstd.Decompressor decompressor,
        DecoderContext context,
        StageDecoder next) {
      super(decompressor, context, next);
      this.stage = stage;
      this.decompressor = decompressor;
      dictionaryLane = context.openLane();
    }

    @Override
    public void beginCheckpoint(CheckpointKind kind) throws CorruptEncodingException {
      if (!received && stage.comesWith(kind, incrementals)) {
        byte[] dictionary = new byte[dictionaryLane.readVarint(ZstdDictionary.MAX_BYTES)];
        dictionaryLane.read(dictionary, 0, dictionary.length);
        try {
          decompressor.dictionary(dictionary);
        } catch (ZstdException e) {
          throw dictionaryLane.corrupt("zstd dictionary: " + e.getMessage());
        }
        dictionaryBytes = dictionary.length;
        received = true;
      }
      if (kind == CheckpointKind.INCREMENTAL) {
        incrementals++;
      }
    }

    @Override
    public long retainedBytes() {
      return super.retainedBytes() + dictionaryBytes;
    }
  }
}
