package emulha.traces.imports;

import emulha.traces.Progress;
import emulha.traces.imports.image.ImportRequest;
import java.io.IOException;

/**
 * Makes a series of foreign files. Streams, in the memory of a checkpoint; writes under another
 * name until it is complete. A new one needs its line in {@link ImportFormat#ALL}.
 */
@FunctionalInterface
public interface Importer {
  /**
   * Imports.
   *
   * @param progress told how far it is
   * @throws IOException if the files contradict themselves, or cannot be read
   * @throws IllegalArgumentException if the request lacks what the files do not say
   */
  void run(ImportRequest request, Progress progress) throws IOException;
}
