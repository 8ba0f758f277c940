package emulha.codecs;

/** What the pages given to an encoder are. */
public enum CheckpointKind {
  /**
   * A stretch of the base that both ends already have: nothing is sent as content, stages that
   * learn from history may take it in.
   */
  PRIMING,
  /** A stretch of the first, full checkpoint (Hou §2.1). */
  FULL,
  /** The pages dirtied in one interval. */
  INCREMENTAL
}
