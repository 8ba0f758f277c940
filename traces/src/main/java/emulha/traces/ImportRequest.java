package emulha.traces;

import java.nio.file.Path;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * What to import.
 *
 * @param source the foreign files, as the format wants them
 * @param destination of the series; absent or an empty directory
 * @param provenance what the files do not say about themselves
 * @param process the process to take, where files hold several
 * @param base name of the file that is the base, or null to recognise it
 * @param trustZeros whether zeros where contents may have been punched out are contents
 */
public record ImportRequest(
    Path source,
    Path destination,
    Provenance provenance,
    OptionalLong process,
    @Nullable String base,
    boolean trustZeros) {}
