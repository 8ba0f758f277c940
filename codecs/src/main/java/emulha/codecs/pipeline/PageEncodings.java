package emulha.codecs.pipeline;

/**
 * Is shown how each page of a checkpoint came, by a decoder made for it. What is shown can be kept
 * and given to {@link CheckpointDecoder#decodeAlone} later, if the method {@link
 * emulha.codecs.Method#decodesPagesAlone}.
 */
@FunctionalInterface
public interface PageEncodings {
  /**
   * A page was decoded.
   *
   * @param usedPrevious whether the page's previous content was needed
   * @param bytes where the page's encoding stands: for each lane that has some of it, lane number
   *     and length (ULEB128) and the bytes; overwritten afterwards
   * @param length bytes of it
   */
  void page(int vm, long pfn, boolean usedPrevious, byte[] bytes, int length);
}
