package emulha.metrics.columns;

import com.fasterxml.jackson.databind.SequenceWriter;
import com.fasterxml.jackson.dataformat.csv.CsvGenerator;
import com.fasterxml.jackson.dataformat.csv.CsvMapper;
import emulha.files.DurableFile;
import emulha.files.Partial;
import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Writes the rows of one result file: UTF-8, {@code \n} line ends, a header of the record's column
 * names, raw integers, {@code true} and {@code false}, and nothing at all for an unavailable value.
 * The rows are in a temporary file beside the final one until {@link #commit}; one writer at a time
 * has it. One thread only.
 *
 * @param <R> the row's record
 */
public final class RowWriter<R extends Record> implements Closeable {
  /** Not the final name: who looks for results looks into temporary directories, too. */
  private static final String TEMPORARY = "rows";

  private final Columns<R> columns;
  private final Path finalPath;
  private final Partial partial;
  private final FileChannel channel;
  private final SequenceWriter rows;
  private boolean closed;

  private RowWriter(Columns<R> columns, Path finalPath, Partial partial) throws IOException {
    this.columns = columns;
    this.finalPath = finalPath;
    this.partial = partial;
    try {
      channel =
          FileChannel.open(file(partial), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    } catch (IOException e) {
      partial.close();
      throw e;
    }
    rows =
        CsvMapper.builder()
            .enable(CsvGenerator.Feature.STRICT_CHECK_FOR_QUOTING)
            .build()
            .writer()
            .writeValues(new BufferedOutputStream(Channels.newOutputStream(channel), 1 << 16));
  }

  private static Path file(Partial partial) {
    return partial.path().resolveSibling(TEMPORARY);
  }

  /**
   * Opens a file for writing; its directory is made if absent.
   *
   * @param finalPath name of the file once committed; must not exist
   * @throws IOException if it exists, another writes it, or its temporary file cannot be written
   */
  public static <R extends Record> RowWriter<R> open(Path finalPath, Class<R> row)
      throws IOException {
    Columns<R> columns = Columns.of(row);
    RowWriter<R> writer;
    try {
      writer = new RowWriter<>(columns, finalPath, Partial.of(finalPath));
    } catch (FileSystemException e) {
      throw failed(finalPath, e);
    }
    try {
      // Who wrote there until now may have left some.
      if (Files.exists(finalPath)) {
        throw new IOException(
            finalPath + ": results are there already; name another directory or move them away");
      }
      writer.put(columns.names().toArray(String[]::new));
      return writer;
    } catch (IOException e) {
      writer.close();
      throw e;
    }
  }

  /**
   * Adds a row.
   *
   * @throws IllegalArgumentException if a value that must be there is null
   * @throws IOException if the file cannot be written
   */
  public void write(R row) throws IOException {
    requireOpen();
    put(columns.format(row));
  }

  private void put(String[] cells) throws IOException {
    try {
      rows.write(cells);
    } catch (IOException e) {
      throw failed(finalPath, e);
    }
  }

  private void requireOpen() {
    if (!channel.isOpen()) {
      throw new IllegalStateException(finalPath + " is closed");
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
    requireOpen();
    try {
      rows.flush();
      channel.force(true);
      rows.close();
      DurableFile.rename(file(partial), finalPath);
    } catch (IOException e) {
      throw failed(finalPath, e);
    }
  }

  /** Closes the file and, if it was not committed, deletes it. */
  @Override
  public void close() throws IOException {
    // A second closing must not take it from who writes it by then.
    if (!closed) {
      closed = true;
      try (partial) {
        channel.close();
      }
    }
  }

  private static IOException failed(Path path, IOException cause) {
    String reason = cause.getMessage() == null ? cause.toString() : cause.getMessage();
    return new IOException("cannot write %s: %s".formatted(path, reason), cause);
  }
}
