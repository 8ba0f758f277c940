package emulha.traces;

import emulha.files.Pending;
import emulha.memory.DirtyPages;
import emulha.memory.FreeMap;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Writes a series into a directory or an archive: the base in stretches, then the checkpoints, then
 * {@link #finish}. Everything goes to a directory of another name beside the target, which is
 * renamed when finished; {@link #close} without {@code finish} removes it. {@code finish} may be
 * called at any time after the base: the checkpoints written so far are a valid series. Memory does
 * not depend on the series, but for some 200 bytes a checkpoint for its digest. Not thread-safe.
 */
public final class SeriesWriter implements AutoCloseable {
  private final Pending directory;
  private final @Nullable SeriesPacking packing;
  private SeriesDescription description;
  private final List<FileDigest> files = new ArrayList<>();
  private @Nullable PageFileWriter base;
  private boolean finished;

  private SeriesWriter(
      Pending directory, @Nullable SeriesPacking packing, SeriesDescription description) {
    this.directory = directory;
    this.packing = packing;
    this.description = description;
  }

  /**
   * Starts a series.
   *
   * @param series what the finished series will be called; absent or an empty directory. If its
   *     name ends in {@code .tar.zst}, it is packed while it is written
   * @throws IllegalArgumentException if something is there already
   */
  public static SeriesWriter create(Path series, SeriesDescription description) throws IOException {
    if (series.toString().endsWith(SeriesPacker.EXTENSION)) {
      var packing = SeriesPacking.of(series);
      return new SeriesWriter(packing.directory(), packing, description);
    }
    return new SeriesWriter(Pending.directory(series), null, description);
  }

  /**
   * Appends a stretch of the base, above all earlier ones. The free map of the first stretch
   * becomes the base's.
   *
   * @throws IllegalArgumentException if page frame numbers do not ascend or lie beyond RAM, or the
   *     pages have another size than the description says
   * @throws IllegalStateException if more pages come than the description announced
   */
  public void writeBase(DirtyPages stretch) throws IOException {
    if (!files.isEmpty()) {
      throw new IllegalStateException("the base ends where the checkpoints begin");
    }
    check(stretch);
    openBase(stretch).write(stretch);
  }

  /**
   * Appends a checkpoint.
   *
   * @param pages the dirty pages and the free map, if known
   * @param guestTimeNs guest time in nanoseconds since the base was taken, or {@link
   *     CheckpointHeader#UNKNOWN_GUEST_TIME}
   * @param state CPU and device state in the hypervisor's own form, or null
   * @throws IllegalArgumentException if a page lies beyond RAM or has another size than the
   *     description says
   * @throws IllegalStateException if the base is incomplete
   */
  public void writeCheckpoint(DirtyPages pages, long guestTimeNs, byte @Nullable [] state)
      throws IOException {
    finishBase();
    check(pages);
    var header = new CheckpointHeader(files.size() - 1, guestTimeNs, state);
    String name = PageFile.checkpointName(header.sequence());
    try (var file = open(name, PageFile.CHECKPOINT, header, pages.count(), pages.freeMap())) {
      file.write(pages);
      add(file.finish());
    }
  }

  /** Adds a fact about the environment, such as one that is known only at the end. */
  public void note(String key, String value) {
    description = description.withEnvironment(key, value);
  }

  public int checkpoints() {
    return Math.max(0, files.size() - 1);
  }

  /**
   * Bytes that the base takes on its disk: of a series that is packed, when it is packed; 0 while
   * that is not known.
   */
  public long baseBytes() {
    return packing == null ? bytes(0, Math.min(1, files.size())) : packing.baseBytes();
  }

  /**
   * Bytes that the checkpoints written so far take on their disk: of a series that is packed, when
   * they are packed, as far as that is known of the first; 0 while it is not.
   */
  public long checkpointBytes() {
    return packing == null
        ? bytes(Math.min(1, files.size()), files.size())
        : packing.checkpointBytes(checkpoints());
  }

  private long bytes(int from, int to) {
    return files.subList(from, to).stream().mapToLong(FileDigest::bytes).sum();
  }

  /** The directory that it is written in. */
  public Path place() {
    return directory.path().resolveSibling("");
  }

  /** Whether the series is packed while it is written, and copied once when it is finished. */
  public boolean packs() {
    return packing != null;
  }

  /**
   * Completes the series and gives it its final name.
   *
   * @throws IllegalStateException if the base is incomplete
   */
  public void finish() throws IOException {
    if (finished) {
      throw new IllegalStateException("already finished");
    }
    finishBase();
    byte[] json = new SeriesJson(description, files).format();
    if (packing != null) {
      packing.finish(json);
    } else {
      SeriesJson.write(directory.path(), json);
      directory.commit();
    }
    finished = true;
  }

  /** Removes what was written, unless finished. */
  @Override
  public void close() throws IOException {
    if (base != null) {
      base.close();
    }
    if (packing == null) {
      directory.close();
    } else {
      packing.close();
    }
  }

  private void add(FileDigest file) throws IOException {
    files.add(file);
    if (packing != null) {
      packing.add(file);
    }
  }

  private PageFileWriter openBase(DirtyPages stretch) throws IOException {
    PageFileWriter open = base;
    if (open == null) {
      var header = new CheckpointHeader(0, 0, null);
      long pages = description.memory().basePages();
      open = open(PageFile.BASE_NAME, PageFile.BASE, header, pages, stretch.freeMap());
      base = open;
    }
    return open;
  }

  private PageFileWriter open(
      String name, int kind, CheckpointHeader header, long pages, @Nullable FreeMap freeMap)
      throws IOException {
    Path file = directory.path().resolve(name);
    return new PageFileWriter(file, description.pageSize(), kind, header, pages, freeMap);
  }

  private void finishBase() throws IOException {
    if (files.isEmpty()) {
      add(openBase(new DirtyPages(description.pageSize())).finish());
      base = null;
    }
  }

  private void check(DirtyPages pages) {
    if (pages.count() > 0) {
      description.pageSize().require(pages.pageSize());
      long last = pages.pfn(pages.count() - 1);
      if (last >= description.ramPages()) {
        throw new IllegalArgumentException(
            "page frame %s lies beyond the RAM of %s pages"
                .formatted(last, description.ramPages()));
      }
    }
    var map = pages.freeMap();
    if (map != null && map.bits().length > (description.ramPages() + 7) / 8) {
      throw new IllegalArgumentException(
          "free map of %s bytes for a RAM of %s pages"
              .formatted(map.bits().length, description.ramPages()));
    }
  }
}
