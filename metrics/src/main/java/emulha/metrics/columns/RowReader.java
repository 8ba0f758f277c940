package emulha.metrics.columns;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.dataformat.csv.CsvMapper;
import com.fasterxml.jackson.dataformat.csv.CsvParser;
import java.io.Closeable;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads the rows that {@link RowWriter} wrote. One thread only.
 *
 * @param <R> the row's record
 */
public final class RowReader<R extends Record> implements Closeable {
  private final Columns<R> columns;
  private final Path path;
  private final MappingIterator<String[]> rows;
  private long number = -1;

  private RowReader(Columns<R> columns, Path path, MappingIterator<String[]> rows) {
    this.columns = columns;
    this.path = path;
    this.rows = rows;
  }

  /**
   * Opens a file for reading.
   *
   * @throws IOException if it cannot be read, is cut off, or its header is not exactly the record's
   *     columns; the message names the missing and the unknown ones
   */
  public static <R extends Record> RowReader<R> open(Path path, Class<R> row) throws IOException {
    if (!Files.isRegularFile(path)) {
      throw new IOException(path + ": no such file");
    }
    refuseCutOff(path);
    Columns<R> columns = Columns.of(row);
    MappingIterator<String[]> rows =
        new CsvMapper()
            .readerFor(String[].class)
            .with(CsvParser.Feature.WRAP_AS_ARRAY)
            .readValues(Files.newInputStream(path));
    var reader = new RowReader<>(columns, path, rows);
    try {
      String[] header = reader.next();
      String mismatch = columns.mismatch(header == null ? List.of() : List.of(header));
      if (mismatch != null) {
        throw new IOException(path + ": " + mismatch);
      }
      return reader;
    } catch (IOException e) {
      reader.close();
      throw e;
    }
  }

  /** All rows of a file. */
  public static <R extends Record> List<R> all(Path path, Class<R> row) throws IOException {
    List<R> all = new ArrayList<>();
    try (var reader = open(path, row)) {
      for (R next = reader.read(); next != null; next = reader.read()) {
        all.add(next);
      }
    }
    return all;
  }

  /**
   * The next row, or null after the last.
   *
   * @throws IOException if the line does not have the declared columns' values
   */
  public @Nullable R read() throws IOException {
    String[] cells = next();
    if (cells == null) {
      return null;
    }
    try {
      return columns.parse(cells);
    } catch (IllegalArgumentException e) {
      throw new IOException("%s: row %d: %s".formatted(path, number, e.getMessage()), e);
    }
  }

  /** The next line's cells, the header being row 0, or null after the last. */
  private String @Nullable [] next() throws IOException {
    number++;
    try {
      return rows.hasNextValue() ? rows.nextValue() : null;
    } catch (JsonProcessingException e) {
      throw new IOException("%s: row %d: is not CSV".formatted(path, number), e);
    }
  }

  @Override
  public void close() throws IOException {
    rows.close();
  }

  private static void refuseCutOff(Path path) throws IOException {
    try (var file = new RandomAccessFile(path.toFile(), "r")) {
      if (file.length() > 0) {
        file.seek(file.length() - 1);
        if (file.read() != '\n') {
          throw new IOException(path + ": is cut off: its last line has no end");
        }
      }
    }
  }
}
