package emulha.runs;

import emulha.files.Closing;
import emulha.files.DurableFile;
import emulha.files.LockedFile;
import emulha.metrics.CheckpointRow;
import emulha.metrics.RunRow;
import emulha.metrics.SpinningRow;
import emulha.metrics.columns.RowWriter;
import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The result files of one command: {@code checkpoints.csv}, {@code runs.csv}, {@code manifest.json}
 * and, where an end watched its connection, {@code spinning.csv}. They get these names in {@link
 * #commit} and do not exist before; without it nothing is left. One command at a time writes into a
 * directory. Not thread-safe.
 */
public final class ResultDirectory implements AutoCloseable {
  private static final String CHECKPOINTS = "checkpoints.csv";
  private static final String RUNS = "runs.csv";
  private static final String MANIFEST = "manifest.json";
  private static final String SPINNING = "spinning.csv";

  /** Held as long as rows are written: files of two commands would pass for those of one. */
  private static final String LOCK = ".results.lock";

  private final Path directory;
  private final List<RowWriter<?>> opened = new ArrayList<>();
  private final RowWriter<CheckpointRow> checkpoints;
  private final RowWriter<RunRow> runs;
  private @Nullable RowWriter<SpinningRow> spinning;
  private @Nullable LockedFile lock;

  /** Whether the directory was made for these files, and goes with them. */
  private boolean temporary;

  private ResultDirectory(Path directory) throws IOException {
    this.directory = directory;
    temporary = Files.notExists(directory);
    try {
      lock = lock(directory);
      // Who wrote there until now may have left some.
      refuseResults(directory);
      checkpoints = open(CHECKPOINTS, CheckpointRow.class);
      runs = open(RUNS, RunRow.class);
    } catch (IOException | RuntimeException e) {
      close();
      throw e;
    }
  }

  private <R extends Record> RowWriter<R> open(String name, Class<R> rows) throws IOException {
    RowWriter<R> writer = RowWriter.open(directory.resolve(name), rows);
    opened.add(writer);
    return writer;
  }

  /**
   * Makes the directory, if need be, and starts the files.
   *
   * @throws IOException if there are results in it, another command writes some there, or it cannot
   *     be written
   */
  public static ResultDirectory open(Path directory) throws IOException {
    refuseResults(directory);
    return new ResultDirectory(directory);
  }

  private static void removeIfEmpty(Path directory) throws IOException {
    try {
      Files.deleteIfExists(directory);
    } catch (DirectoryNotEmptyException e) {
      // Somebody else has put something into it by now.
    }
  }

  private static void refuseResults(Path directory) throws IOException {
    for (String name : List.of(CHECKPOINTS, RUNS, SPINNING, MANIFEST)) {
      if (Files.exists(directory.resolve(name))) {
        throw new IOException(
            "%s: holds results already (%s); choose another directory or move them away"
                .formatted(directory, name));
      }
    }
  }

  private static LockedFile lock(Path directory) throws IOException {
    LockedFile held;
    try {
      Files.createDirectories(directory);
      held = hold(directory);
      while (held != null && Files.notExists(directory.resolve(LOCK))) {
        // Who held it has just removed it: the next one would make another.
        held.close();
        held = hold(directory);
      }
    } catch (IOException e) {
      throw new IOException("cannot write %s: %s".formatted(directory, e.getMessage()), e);
    }
    if (held == null) {
      throw new IOException(
          directory
              + ": another emulha is writing results there; wait for it, or choose another directory");
    }
    return held;
  }

  private static @Nullable LockedFile hold(Path directory) throws IOException {
    return LockedFile.holdIfLockable(
        directory.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
  }

  /** Adds a row to {@code checkpoints.csv}. */
  public void checkpoint(CheckpointRow row) throws IOException {
    checkpoints.write(row);
  }

  /** Adds a row to {@code runs.csv}. */
  public void run(RunRow row) throws IOException {
    runs.write(row);
  }

  /** Adds a row to {@code spinning.csv}, which is there only if it has rows. */
  public void spun(SpinningRow row) throws IOException {
    RowWriter<SpinningRow> rows = spinning;
    if (rows == null) {
      rows = open(SPINNING, SpinningRow.class);
      spinning = rows;
    }
    rows.write(row);
  }

  /**
   * Gives the files their names; all runs must have succeeded.
   *
   * @param manifest content of {@code manifest.json}, see {@link Environment#manifest}
   * @throws IOException if one cannot be written; then none of them has its name
   */
  public void commit(String manifest) throws IOException {
    try {
      for (RowWriter<?> writer : opened) {
        if (writer != runs) {
          writer.commit();
        }
      }
      // Whose rows say that the others are whole.
      runs.commit();
      DurableFile.write(directory.resolve(MANIFEST), manifest);
    } catch (IOException | RuntimeException e) {
      // Who reads one of them takes it for whole results.
      for (String name : List.of(MANIFEST, RUNS, SPINNING, CHECKPOINTS)) {
        try {
          Files.deleteIfExists(directory.resolve(name));
        } catch (IOException another) {
          e.addSuppressed(another);
        }
      }
      throw e;
    }
    temporary = false;
  }

  private void unlock() throws IOException {
    try (var held = lock) {
      if (held != null) {
        Files.deleteIfExists(directory.resolve(LOCK));
      }
    }
  }

  @Override
  public void close() throws IOException {
    try {
      Closing.all(opened, RowWriter::close);
    } finally {
      unlock();
    }
    if (temporary) {
      removeIfEmpty(directory);
    }
  }
}
