package emulha.codecs.similarity;

/** Divides a page into chunks. Has scratch memory, so one instance belongs to one thread. */
interface Chunker {
  /** Largest number of chunks that a page has. */
  int maxChunks();

  /**
   * Finds the chunks of a page.
   *
   * @param ends filled with the offset in the page where each chunk ends, the last one its length
   * @return number of chunks, 1 to {@link #maxChunks}
   */
  int divide(byte[] page, int offset, int[] ends);

  /** Chunks of the same length, which divides a page. */
  static Chunker fixed(int length, int pageBytes) {
    return new Chunker() {
      @Override
      public int maxChunks() {
        return pageBytes / length;
      }

      @Override
      public int divide(byte[] page, int offset, int[] ends) {
        int count = maxChunks();
        for (int i = 0; i < count; i++) {
          ends[i] = (i + 1) * length;
        }
        return count;
      }
    };
  }
}
