package emulha.traces.synth;

/** What a written page holds. */
public enum ContentClass {
  /** Zeros. */
  ZERO,
  /** One byte value repeated. */
  FILLED,
  /** A whole page that other pages of the VM hold too. */
  DUPLICATE_4096,
  /** Chunks of 1 KiB that other pages hold too, put together as no other page is. */
  DUPLICATE_1024,
  /** Chunks of 256 bytes that other pages hold too, put together as no other KiB is. */
  DUPLICATE_256,
  /** Its earlier content with some bytes changed. */
  SPARSE,
  /** New content, part of which is random and the rest from a few short patterns. */
  COMPRESSIBLE,
  /** New random content. */
  RANDOM
}
