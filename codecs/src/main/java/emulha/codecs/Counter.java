package emulha.codecs;

/** What a stage counts besides bytes. */
public enum Counter {
  /** Pages that went whole: 4096 bytes of payload. */
  WHOLE_PAGES,
  /** Pages of zeros settled by a flag. */
  ZERO_PAGES,
  /** Pages dirty but equal to what was sent before, settled by a flag. */
  UNCHANGED_PAGES,
  /** Pages not sent because the guest held them free. */
  EXCLUDED_PAGES,
  /** Dirty pages whose earlier content was in the delta cache. */
  CACHE_HITS,
  /** Dirty pages whose earlier content was not. */
  CACHE_MISSES,
  /** Hits whose encoding would not have been smaller than the page. */
  OVERFLOWS,
  /** Chunks sent as a pointer to a chunk of the same VM. */
  DUPLICATE_CHUNKS_INTRA,
  /** Chunks sent as a pointer to a chunk of another VM. */
  DUPLICATE_CHUNKS_INTER,
  /** Chunks sent in full or handed on. */
  UNIQUE_CHUNKS
}
