package emulha.codecs;

/** The fail-over images as they were before the checkpoint being decoded. */
@FunctionalInterface
public interface PreviousPages {
  /** Copies a page's content. The frame number is within the VM's RAM. */
  void read(int vm, long pfn, byte[] target, int offset);
}
