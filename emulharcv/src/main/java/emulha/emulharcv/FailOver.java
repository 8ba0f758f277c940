package emulha.emulharcv;

import java.nio.file.Path;
import java.util.List;

/**
 * What became of the images when a sender was lost (Hou §2.1).
 *
 * @param checkpoint number of the checkpoint that the images hold: the last that was received
 *     completely and proved; -1 for the base, -2 if there is no whole one
 * @param digests by VM, {@link emulha.emulharcv.stores.ImageDescription#imageDigest}; empty if
 *     there is no whole one
 * @param silenceNs from the last that came of the sender until it was taken for lost
 * @param recoveryNs from then until the images were usable: what was received was stored
 * @param files by VM, where the images were written; empty if they were not
 * @param cause why the sender was taken for lost
 */
public record FailOver(
    long checkpoint,
    List<String> digests,
    long silenceNs,
    long recoveryNs,
    List<Path> files,
    String cause) {
  /** Copies the lists. */
  public FailOver {
    digests = List.copyOf(digests);
    files = List.copyOf(files);
  }
}
