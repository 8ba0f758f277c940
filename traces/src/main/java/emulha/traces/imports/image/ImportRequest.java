package emulha.traces.imports.image;

import emulha.traces.Provenance;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * What to import.
 *
 * @param sources the foreign files, as the format wants them; several only where it takes archives
 * @param destination of the series; absent or an empty directory
 * @param provenance what the files do not say about themselves
 * @param process the process to take, where files hold several
 * @param base name of the file that is the base, or null to recognise it
 * @param trustZeros whether zeros where contents may have been punched out are contents
 */
public record ImportRequest(
    List<Path> sources,
    Path destination,
    Provenance provenance,
    OptionalLong process,
    @Nullable String base,
    boolean trustZeros) {
  public ImportRequest {
    sources = List.copyOf(sources);
    if (sources.isEmpty()) {
      throw new IllegalArgumentException("an import needs a source");
    }
  }

  /** The source, where there is only one. */
  public Path source() {
    if (sources.size() > 1) {
      throw new IllegalArgumentException("takes one source, got " + sources.size());
    }
    return sources.getFirst();
  }
}
