package emulha.traces;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Files of a series in a directory. */
record SeriesDirectory(Path directory) implements SeriesFiles {
  @Override
  public SeriesJson json() throws IOException {
    return SeriesJson.parse(
        small(SeriesJson.NAME), small(SeriesJson.DIGEST_NAME), directory.toString());
  }

  private byte[] small(String name) throws IOException {
    Path file = directory.resolve(name);
    try {
      long size = Files.size(file);
      if (size > SeriesJson.MAX_BYTES) {
        throw new IOException(
            file + ": " + size + " bytes, at most " + SeriesJson.MAX_BYTES + " expected");
      }
      return Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      throw new IOException(
          "%s: not a series, it has no %s; other recordings are brought in with 'traces import'"
              .formatted(directory, name),
          e);
    }
  }

  @Override
  public Opened open(String name) throws IOException {
    Path file = directory.resolve(name);
    try {
      long bytes = Files.size(file);
      return new Opened(Files.newInputStream(file), file.toString(), bytes);
    } catch (NoSuchFileException e) {
      throw new IOException(file + ": this file of the series is missing", e);
    }
  }

  @Override
  public void end() {}

  @Override
  public void close() {}
}
