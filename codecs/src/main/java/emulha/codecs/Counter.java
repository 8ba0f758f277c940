package emulha.codecs;

/** What a stage counts besides the bytes of its lanes. */
public enum Counter {
  /** Pages that went whole: as many bytes of payload as a page has. */
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
  /**
   * Bytes that QEMU counts as xbzrle-cache.bytes: encodings with their 3 bytes of flag and length,
   * and 4096 for each overflow.
   */
  XBZRLE_BYTES,
  /**
   * Bytes that QEMU would add to ram.transferred for the pages: content, and 8 bytes of offset and
   * flags for each page sent, 9 for one of zeros, 11 for an XBZRLE encoding.
   */
  QEMU_BYTES,
  /** Chunks sent as a pointer to a chunk of the same VM. */
  DUPLICATE_CHUNKS_INTRA,
  /** Chunks sent as a pointer to a chunk of another VM. */
  DUPLICATE_CHUNKS_INTER,
  /** Chunks sent in full or handed on. */
  UNIQUE_CHUNKS,
  /** Chunks sent as a digest, because the table that hosts share has them. */
  NAMED_CHUNKS,
  /** Of the named chunks, those that the receiver did not find, and the sender sent after all. */
  MISSING_CHUNKS,
  /** How often the sender waited for an answer of the table that hosts share. */
  TABLE_ROUND_TRIPS,
  /** How often the sender could not ask the table that hosts share, since it was lost. */
  TABLE_LOSSES
}
