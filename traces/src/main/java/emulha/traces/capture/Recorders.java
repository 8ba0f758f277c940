package emulha.traces.capture;

import emulha.memory.DirtyPages;
import emulha.memory.FreeMap;
import emulha.memory.Page;
import emulha.traces.Interval;
import emulha.traces.Progress;
import emulha.traces.SeriesWriter;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What all recorders do alike. */
public final class Recorders {
  private static final int STRETCH_PAGES = 4096;

  private Recorders() {}

  /**
   * Requires what every recording consists of.
   *
   * @throws IllegalArgumentException unless there is a checkpoint, and a millisecond between two
   */
  public static void require(int checkpoints, long intervalNs) {
    if (checkpoints < 1) {
      throw new IllegalArgumentException("at least 1 checkpoint, got " + checkpoints);
    }
    if (intervalNs < Interval.NS_PER_MS) {
      throw new IllegalArgumentException(
          "interval must be at least 1 ms, got " + intervalNs + " ns");
    }
  }

  /** Refuses a place where a series or anything else is already. */
  public static void requireAbsent(Path place) {
    if (Files.exists(place)) {
      throw new IllegalArgumentException(place + ": exists already; name another or remove it");
    }
  }

  /** What the environment of every recorded series says first; to be added to. */
  public static Map<String, String> environment(String recorder) {
    var facts = new LinkedHashMap<String, String>();
    facts.put("captured_by", "emulha traces capture " + recorder);
    facts.put("captured_at", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
    facts.put("host_kernel", System.getProperty("os.version", "unknown"));
    return facts;
  }

  /**
   * Writes the base of a series.
   *
   * @param content all of RAM
   * @param freeMap the base's, if known
   * @param vm name of the VM, for the progress
   */
  public static void writeBase(
      MemorySegment content,
      @Nullable FreeMap freeMap,
      SeriesWriter writer,
      String vm,
      Progress progress)
      throws IOException {
    var stretch = new DirtyPages();
    stretch.setFreeMap(freeMap);
    long pages = content.byteSize() >>> Page.SHIFT;
    for (long pfn = 0; pfn < pages; stretch.clear()) {
      for (long end = Math.min(pages, pfn + STRETCH_PAGES); pfn < end; pfn++) {
        int index = stretch.append(pfn);
        MemorySegment.copy(
            content,
            ValueLayout.JAVA_BYTE,
            pfn << Page.SHIFT,
            stretch.slab(index),
            stretch.offset(index),
            Page.BYTES);
      }
      writer.writeBase(stretch);
      progress.step(vm + ": taking the base", pfn, pages);
    }
  }
}
