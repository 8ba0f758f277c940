package emulha.codecs.pipeline;

import emulha.codecs.CheckpointKind;
import emulha.codecs.CorruptEncodingException;
import emulha.codecs.EncodedCheckpoint;
import emulha.codecs.Method;
import emulha.codecs.PreviousPages;
import emulha.codecs.SharedChunks;
import emulha.memory.DirtyPages;
import emulha.memory.PageSize;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * The receiver's half of a method. For each checkpoint: {@link #begin} with all of its encoded
 * bytes, then {@link #decode} once per VM in ascending order, then {@link #end}. Owned by one
 * thread, but for {@link #fetch}.
 */
public interface CheckpointDecoder extends AutoCloseable {
  /**
   * Makes a method's decoder, for pages of {@link PageSize#SMALL}.
   *
   * @param ramPages number of page frames of each VM
   * @param previous the fail-over images before each checkpoint
   */
  static CheckpointDecoder of(Method method, long[] ramPages, PreviousPages previous) {
    return of(method, PageSize.SMALL, ramPages, previous, null, null);
  }

  /**
   * Makes a method's decoder.
   *
   * @param pageSize size of the pages of all VMs
   * @param ramPages number of page frames of each VM
   * @param previous the fail-over images before each checkpoint
   * @param encodings is shown how each page came; null if nobody asks
   * @param table at {@link Method#table}
   * @throws IllegalArgumentException if the method shares a table, and none is given, or does not
   *     work on pages of that size
   */
  static CheckpointDecoder of(
      Method method,
      PageSize pageSize,
      long[] ramPages,
      PreviousPages previous,
      @Nullable PageEncodings encodings,
      @Nullable SharedChunks table) {
    method.require(pageSize);
    return new PipelineDecoder(method, pageSize, ramPages.clone(), previous, encodings, table);
  }

  /**
   * Completes a checkpoint that has arrived, before {@link #begin}, with what it names and does not
   * carry. For a checkpoint that carries all it does nothing. One thread may call it while another
   * decodes an earlier checkpoint.
   *
   * @return what could not be got and the sender must {@linkplain CheckpointEncoder#supply supply}
   * @throws CorruptEncodingException if the bytes are not what an encoder of this method writes
   */
  BitSet fetch(EncodedCheckpoint encoded) throws CorruptEncodingException;

  /** Starts on a completely received checkpoint. */
  void begin(CheckpointKind kind, EncodedCheckpoint encoded) throws CorruptEncodingException;

  /**
   * Decodes one VM's pages.
   *
   * <p>For {@link CheckpointKind#PRIMING}, {@code pages} holds the pages already and is only read.
   *
   * @param pages an empty buffer that receives the pages; must not change until {@link #end}
   * @throws CorruptEncodingException if the bytes are not what an encoder of this method writes
   */
  void decode(int vm, DirtyPages pages) throws CorruptEncodingException;

  /**
   * Ends the checkpoint.
   *
   * @throws CorruptEncodingException if bytes are left over
   */
  void end() throws CorruptEncodingException;

  /**
   * Decodes one page from what {@link PageEncodings} was shown of it, between checkpoints, for a
   * method that {@link Method#decodesPagesAlone}. Its previous content is read as then.
   *
   * @param kind of the checkpoint that it came in
   * @param bytes its encoding, {@code length} bytes from {@code offset}
   * @param target takes the page's content at {@code targetOffset}
   * @throws CorruptEncodingException if the bytes are no encoding of this method
   */
  void decodeAlone(
      CheckpointKind kind,
      int vm,
      long pfn,
      byte[] bytes,
      int offset,
      int length,
      byte[] target,
      int targetOffset)
      throws CorruptEncodingException;

  /** Bytes that the key data structures retain now (Hou §3.2, memory cost). */
  long retainedBytes();

  /** Bytes taken for them, in use or not: at least {@link #retainedBytes}. */
  long allocatedBytes();

  @Override
  void close();
}
