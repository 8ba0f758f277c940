package emulha.codecs;

import static org.junit.jupiter.api.Assumptions.abort;

import emulha.memory.DirtyPages;
import emulha.memory.Page;
import emulha.traces.Series;
import emulha.traces.SeriesCursor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A recorded VM. */
interface Recording {
  /** Takes pages; may throw. */
  interface PagesConsumer {
    void accept(DirtyPages pages) throws IOException;
  }

  /** Number of page frames. */
  long ramPages() throws IOException;

  /** Reads the base in stretches. */
  void readBase(PagesConsumer consumer) throws IOException;

  /** Reads all checkpoints in order. */
  void readCheckpoints(PagesConsumer consumer) throws IOException;

  /**
   * The whole recording of that name: in the flat layout in the directory that the environment
   * variable EMULHA_RECORDINGS names, or the bundled sample, which is whole for redis-25ms only.
   * The test is skipped if there is neither.
   */
  static Recording whole(String name) throws IOException {
    String recordings = System.getenv("EMULHA_RECORDINGS");
    if (recordings != null && Files.isDirectory(Path.of(recordings, name))) {
      return new FlatRecording(Path.of(recordings, name));
    }
    return name.equals("redis-25ms")
        ? sample(name)
        : abort("EMULHA_RECORDINGS names no directory with " + name);
  }

  /** The bundled sample of that name. */
  static Recording sample(String name) throws IOException {
    Path root = Path.of(System.getProperty("emulha.root", ".."));
    Series series = Series.at(root.resolve("traces/samples/" + name + ".tar.zst"));
    return new Recording() {
      @Override
      public long ramPages() {
        return series.info().ramBytes() >>> Page.SHIFT;
      }

      @Override
      public void readBase(PagesConsumer consumer) throws IOException {
        var pages = new DirtyPages();
        try (SeriesCursor cursor = series.open()) {
          while (cursor.nextBase(4096, pages)) {
            consumer.accept(pages);
          }
        }
      }

      @Override
      public void readCheckpoints(PagesConsumer consumer) throws IOException {
        var pages = new DirtyPages();
        try (SeriesCursor cursor = series.open()) {
          while (cursor.nextCheckpoint(pages)) {
            consumer.accept(pages);
          }
        }
      }
    };
  }
}
