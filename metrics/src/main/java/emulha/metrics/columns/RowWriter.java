package emulha.metrics.columns;

import com.fasterxml.jackson.databind.SequenceWriter;
import com.fasterxml.jackson.dataformat.csv.CsvGenerator;
import com.fasterxml.jackson.dataformat.csv.CsvMapper;
import emulha.files.DurableFile;
import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Writes the rows of one result file: UTF-8, {@code \n} line ends, a header of the record's column
 * names, raw integers, {@code true} and {@code false}, and nothing at all for an unavailable value.
 * The rows are in a temporary file beside the final one until {@link #commit}. One thread only.
 *
 * @param <R> the row's record
 */
public final class RowWriter<R extends Record> implements Closeable {
  private final Columns<R> columns;
  private final Path finalPath;
  private final Path partialPath;
  private final FileChannel channel;
  private final SequenceWriter rows;
  private boolean committed;
  private boolean closed;

  private RowWriter(
      Columns<R> columns,
      Path finalPath,
      Path partialPath,
      FileChannel channel,
      SequenceWriter rows) {
    this.columns = columns;
    this.finalPath = finalPath;
    this.partialPath = partialPath;
    this.channel = channel;
    this.rows = rows;
  }

  /**
   * Opens a file for writing; its directory is made if absent.
   *
   * @param finalPath name of the file once committed; must not exist
   * @throws IOException if it exists or its temporary file cannot be written
   */
  public static <R extends Record> RowWriter<R> open(Path finalPath, Class<R> row)
      throws IOException {
    Path absolute = finalPath.toAbsolutePath();
    if (Files.exists(absolute)) {
      throw new IOException(
          finalPath + ": results are there already; name another directory or move them away");
    }
    Columns<R> columns = Columns.of(row);
    Path directory = absolute.getParent();
    if (directory == null) {
      throw new IOException(finalPath + ": is not the name of a file");
    }
    Path partial = directory.resolve("." + absolute.getFileName() + ".partial");
    FileChannel channel = null;
    try {
      Files.createDirectories(directory);
      channel =
          FileChannel.open(
              partial,
              StandardOpenOption.CREATE,
              StandardOpenOption.TRUNCATE_EXISTING,
              StandardOpenOption.WRITE);
      var mapper = CsvMapper.builder().enable(CsvGenerator.Feature.STRICT_CHECK_FOR_QUOTING);
      SequenceWriter rows =
          mapper
              .build()
              .writer()
              .writeValues(new BufferedOutputStream(Channels.newOutputStream(channel), 1 << 16));
      rows.write(columns.names().toArray(String[]::new));
      return new RowWriter<>(columns, finalPath, partial, channel, rows);
    } catch (IOException e) {
      if (channel != null) {
        channel.close();
        Files.deleteIfExists(partial);
      }
      throw failed(finalPath, e);
    }
  }

  /**
   * Adds a row.
   *
   * @throws IllegalArgumentException if a value that must be there is null
   * @throws IOException if the file cannot be written
   */
  public void write(R row) throws IOException {
    if (committed || closed) {
      throw new IllegalStateException(finalPath + " is closed");
    }
    String[] cells = columns.format(row);
    try {
      rows.write(cells);
    } catch (IOException e) {
      throw failed(finalPath, e);
    }
  }

  /** Adds rows, as {@link #write} does. */
  public void writeAll(Iterable<R> several) throws IOException {
    for (R row : several) {
      write(row);
    }
  }

  /**
   * Puts the rows on stable storage and gives the file its final name. Nothing can be written
   * after.
   *
   * @throws IOException if that fails; then there is no file of the final name, unless nothing but
   *     forcing the directory to the disk failed: the file is whole, and may be gone after a power
   *     failure
   */
  public void commit() throws IOException {
    if (committed || closed) {
      throw new IllegalStateException(finalPath + " is closed");
    }
    try {
      rows.flush();
      channel.force(true);
      rows.close();
      DurableFile.rename(partialPath, finalPath);
      committed = true;
    } catch (IOException e) {
      throw failed(finalPath, e);
    }
  }

  /** Closes the file and, if it was not committed, deletes it. */
  @Override
  public void close() throws IOException {
    if (closed) {
      return;
    }
    closed = true;
    if (!committed) {
      channel.close();
      Files.deleteIfExists(partialPath);
    }
  }

  private static IOException failed(Path path, IOException cause) {
    String reason = cause.getMessage() == null ? cause.toString() : cause.getMessage();
    return new IOException("cannot write %s: %s".formatted(path, reason), cause);
  }
}
