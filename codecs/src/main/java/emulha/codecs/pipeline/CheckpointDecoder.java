package emulha.codecs.pipeline;

import emulha.codecs.CheckpointKind;
import emulha.codecs.CorruptEncodingException;
import emulha.codecs.DecoderContext;
import emulha.codecs.DecoderContext.PreviousPages;
import emulha.codecs.EncodedCheckpoint;
import emulha.codecs.Method;
import emulha.codecs.SharedChunks;
import emulha.codecs.StageContext;
import emulha.codecs.StageWorker;
import emulha.memory.DirtyPages;
import emulha.memory.PageSize;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The receiver's half of a method. For each checkpoint: {@link #begin} with all of its encoded
 * bytes, then {@link #decode} once per VM in ascending order, then {@link #end}. Owned by one
 * thread, but for {@link #fetch}.
 *
 * <p>The mirror of {@link CheckpointEncoder}: the pages of all encoder threads are merged by frame
 * number.
 */
public final class CheckpointDecoder implements AutoCloseable {
  private final List<DecoderPipeline> pipelines;
  private final StageWorker.Several<CorruptEncodingException> all;

  /** Number of the pipelines' lanes. */
  private final int lanes;

  private final PageSize pageSize;
  private final EncodedCheckpoint alone = new EncodedCheckpoint();
  private final DirtyPages page;
  private CheckpointKind kind = CheckpointKind.INCREMENTAL;

  private CheckpointDecoder(List<DecoderPipeline> pipelines, PageSize pageSize) {
    this.pipelines = pipelines;
    all = new StageWorker.Several<>(pipelines);
    lanes = pipelines.stream().mapToInt(DecoderPipeline::lanes).sum();
    this.pageSize = pageSize;
    page = new DirtyPages(pageSize);
  }

  /**
   * Makes a method's decoder.
   *
   * @param pageSize size of the pages of all VMs
   * @param ramPages number of page frames of each VM
   * @param previous the fail-over images before each checkpoint
   * @param encodings is shown how each page came; null if nobody asks
   * @param table at {@link Method#table}
   * @throws IllegalArgumentException if the method shares a table, and none is given, does not work
   *     on pages of that size, or has too many lanes
   */
  public static CheckpointDecoder of(
      Method method,
      PageSize pageSize,
      long[] ramPages,
      PreviousPages previous,
      @Nullable PageEncodings encodings,
      @Nullable SharedChunks table) {
    method.require(pageSize);
    PageEncodingRecorder recorder =
        encodings == null ? null : new PageEncodingRecorder(previous, encodings);
    PreviousPages read = recorder == null ? previous : recorder;
    var common = new StageContext.Common(pageSize, ramPages, method.encoders(), null, table);
    return new CheckpointDecoder(
        Pipeline.ofEach(
            method,
            (encoder, firstLane) ->
                new DecoderPipeline(
                    method.stages(),
                    new DecoderContext(common, encoder, firstLane, read),
                    recorder)),
        pageSize);
  }

  /**
   * Completes a checkpoint that has arrived, before {@link #begin}, with what it names and does not
   * carry. For a checkpoint that carries all it does nothing. One thread may call it while another
   * decodes an earlier checkpoint.
   *
   * @return what could not be got and the sender must {@linkplain CheckpointEncoder#supply supply}
   * @throws CorruptEncodingException if the bytes are not what an encoder of this method writes
   */
  public BitSet fetch(EncodedCheckpoint encoded) throws CorruptEncodingException {
    var missing = new BitSet();
    for (DecoderPipeline pipeline : pipelines) {
      missing.or(pipeline.fetch(encoded));
    }
    return missing;
  }

  /**
   * Starts on a completely received checkpoint.
   *
   * @throws CorruptEncodingException if it has a lane that the method has not
   */
  public void begin(CheckpointKind kind, EncodedCheckpoint encoded)
      throws CorruptEncodingException {
    for (int lane = lanes; lane < encoded.lanes(); lane++) {
      if (encoded.size(lane) > 0) {
        throw new CorruptEncodingException(lane, 0, "the method has only " + lanes + " lanes");
      }
    }
    open(kind, encoded);
  }

  private void open(CheckpointKind kind, EncodedCheckpoint encoded)
      throws CorruptEncodingException {
    this.kind = kind;
    for (DecoderPipeline pipeline : pipelines) {
      pipeline.begin(kind, encoded);
    }
  }

  /**
   * Decodes one VM's pages.
   *
   * <p>For {@link CheckpointKind#PRIMING}, {@code pages} holds the pages already and is only read.
   *
   * @param pages an empty buffer that receives the pages; must not change until {@link #end}
   * @throws CorruptEncodingException if the bytes are not what an encoder of this method writes
   */
  public void decode(int vm, DirtyPages pages) throws CorruptEncodingException {
    if (kind == CheckpointKind.PRIMING) {
      pageSize.require(pages.pageSize());
    } else {
      pages.clear(pageSize);
    }
    all.beginVm(vm, pages);
    if (kind == CheckpointKind.PRIMING) {
      for (DecoderPipeline pipeline : pipelines) {
        pipeline.prime(vm, pages);
      }
    } else {
      decodePages(vm, pages);
    }
    all.endVm(vm);
  }

  private void decodePages(int vm, DirtyPages pages) throws CorruptEncodingException {
    for (DecoderPipeline pipeline : pipelines) {
      pipeline.open(vm);
    }
    while (true) {
      DecoderPipeline lowest = pipelines.getFirst();
      for (DecoderPipeline pipeline : pipelines) {
        if (pipeline.pfn() < lowest.pfn()) {
          lowest = pipeline;
        }
      }
      if (lowest.pfn() == DecoderPipeline.NONE) {
        return;
      }
      lowest.decode(vm, pages);
    }
  }

  /**
   * Ends the checkpoint.
   *
   * @throws CorruptEncodingException if bytes are left over
   */
  public void end() throws CorruptEncodingException {
    all.endCheckpoint();
  }

  /**
   * Decodes one page from what {@link PageEncodings} was shown of it, between checkpoints, for a
   * method that {@link Method#decodesPagesAlone}. Its previous content is read as then.
   *
   * @param kind of the checkpoint that it came in
   * @param bytes its encoding, {@code length} bytes from {@code offset}
   * @param target takes the page's content at {@code targetOffset}
   * @throws CorruptEncodingException if the bytes are no encoding of this method
   */
  public void decodeAlone(
      CheckpointKind kind,
      int vm,
      long pfn,
      byte[] bytes,
      int offset,
      int length,
      byte[] target,
      int targetOffset)
      throws CorruptEncodingException {
    alone.clear();
    for (DecoderPipeline pipeline : pipelines) {
      pipeline.writeOnly(pfn, alone);
    }
    PageEncodingRecorder.split(bytes, offset, length, alone);
    open(kind, alone);
    page.clear();
    decode(vm, page);
    end();
    System.arraycopy(page.slab(0), page.offset(0), target, targetOffset, pageSize.bytes());
  }

  /** Bytes that the key data structures retain now (Hou §3.2, memory cost). */
  public long retainedBytes() {
    return all.retainedBytes();
  }

  /** Bytes taken for them, in use or not: at least {@link #retainedBytes}. */
  public long allocatedBytes() {
    return all.allocatedBytes();
  }

  @Override
  public void close() {
    all.close();
  }
}
