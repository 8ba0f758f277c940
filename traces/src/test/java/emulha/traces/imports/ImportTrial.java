package emulha.traces.imports;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import emulha.memory.PageSize;
import emulha.traces.Progress;
import emulha.traces.Provenance;
import emulha.traces.Series;
import emulha.traces.SeriesVerifier;
import emulha.traces.imports.criu.CriuImport;
import emulha.traces.imports.image.ImageFormat;
import emulha.traces.imports.image.ImageImport;
import emulha.traces.imports.image.ImportRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;

/** Imports of images of one format into a directory of a test. */
public record ImportTrial(Path directory, ImageFormat format) {
  public static final Provenance MADE =
      new Provenance("vm", "made", OptionalLong.of(50_000_000), PageSize.SMALL);

  /** The series that a source makes, read whole once. */
  public Series imported(Path source) throws IOException {
    Path path = directory.resolve("s-" + source.getFileName());
    ImageImport.run(source, format, path, MADE, Progress.NONE);
    SeriesVerifier.verify(path, Progress.NONE);
    return Series.at(path);
  }

  /** To import what sources hold, of one process. */
  public static ImportRequest request(Path destination, Provenance provenance, Path... sources) {
    return new ImportRequest(
        List.of(sources), destination, provenance, OptionalLong.empty(), null, false);
  }

  /** Why a chain of CRIU images is refused; nothing is left behind. */
  public static String refusedChain(Path last, Path none, Provenance given) {
    var error =
        assertThrows(
            IOException.class, () -> CriuImport.run(request(none, given, last), Progress.NONE));
    assertFalse(Files.exists(none));
    return String.valueOf(error.getMessage());
  }

  /** Why a file is refused; nothing is left behind. */
  public String refused(byte[] file) throws IOException {
    Path path = directory.resolve("refused");
    Files.write(path, file);
    Path none = directory.resolve("none");
    var error =
        assertThrows(
            IOException.class, () -> ImageImport.run(path, format, none, MADE, Progress.NONE));
    assertFalse(Files.exists(none));
    return String.valueOf(error.getMessage());
  }
}
