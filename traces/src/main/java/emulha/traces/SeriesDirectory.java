package emulha.traces;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** A series in a directory. */
public record SeriesDirectory(Path directory, SeriesInfo info) implements Series {
  static SeriesDirectory at(Path directory) throws IOException {
    SeriesJson json = json(directory);
    return new SeriesDirectory(
        directory, new SeriesInfo(nameOf(directory), json.description(), json.checkpoints()));
  }

  static SeriesJson json(Path directory) throws IOException {
    return SeriesJson.parse(
        small(directory, SeriesJson.NAME),
        small(directory, SeriesJson.DIGEST_NAME),
        directory.toString());
  }

  /** Name of the directory itself, also for paths such as {@code "."}. */
  public static String nameOf(Path path) {
    Path name = path.toAbsolutePath().normalize().getFileName();
    return name == null ? "series" : name.toString();
  }

  private static byte[] small(Path directory, String name) throws IOException {
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
  public SeriesCursor open() {
    return new SeriesFilesCursor(new DirectoryFiles(directory), info);
  }

  /** Files of a series in a directory. */
  record DirectoryFiles(Path directory) implements SeriesFiles {
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
    public void close() {}
  }
}
