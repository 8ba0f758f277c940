package emulha.traces.synth;

import emulha.memory.DirtyPages;
import emulha.memory.Page;
import emulha.memory.RamImage;
import emulha.traces.CheckpointHeader;
import emulha.traces.Clock;
import emulha.traces.Interval;
import emulha.traces.Series;
import emulha.traces.SeriesCursor;
import emulha.traces.SeriesDescription;
import emulha.traces.SeriesInfo;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * A series made as it is read. Pages that are ever written form the working set; a cursor holds an
 * image of them, so memory depends on the working set, not on RAM or on the series' length.
 * Immutable.
 */
public final class SyntheticSeries implements Series {
  private final Profile profile;
  private final SeriesInfo info;
  private final long vmKey;
  private final List<Source> sources = new ArrayList<>();
  private final int workingSet;
  private final double meanDirtyPages;

  /** Frame number, in the upper 32 bits, of each page of the working set, and its number. */
  private final long[] placed;

  /** The same, ascending. */
  private final long[] byFrame;

  /** Pages written by one stream of writes: the VM's own, or a group's. */
  private record Source(int firstPage, PageWrites writes, PageContents contents) {}

  /**
   * What to make of a profile.
   *
   * @param ramBytes RAM in bytes, or null for the profile's own
   * @param intervalMs checkpointing interval, or null for the profile's own
   * @param durationMs time covered, or null for the profile's own
   * @param scale factor to the profile's checkpoint sizes, above 0 and at most 10^6
   * @param wholeBase whether the base holds all of RAM, or the working set only
   * @param seed the same seed gives the same bytes
   */
  public record Options(
      @Nullable Long ramBytes,
      @Nullable Long intervalMs,
      @Nullable Long durationMs,
      double scale,
      boolean wholeBase,
      long seed) {
    public Options {
      if (!(scale > 0 && scale <= 1e6)) {
        throw new IllegalArgumentException(
            "scale must be above 0 and at most 1000000, got " + scale);
      }
    }
  }

  /**
   * @throws IllegalArgumentException if the interval lies outside those that the profile gives
   *     sizes for, or RAM is too small for what the profile writes
   * @throws IOException if the VM's profile cannot be read
   */
  public SyntheticSeries(SyntheticVm vm, Options options) throws IOException {
    profile = Profile.named(vm.profile());
    Profile.Extent its = profile.unlessSaid();
    long intervalMs = Objects.requireNonNullElse(options.intervalMs(), its.intervalMs());
    long durationMs = Objects.requireNonNullElse(options.durationMs(), its.durationMs());
    long ramBytes = Objects.requireNonNullElse(options.ramBytes(), its.ramBytes());
    requireCalibrated(vm.profile(), intervalMs);
    if (durationMs < intervalMs || durationMs / intervalMs > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "duration of %d ms holds no checkpoint of %d ms".formatted(durationMs, intervalMs));
    }
    SizeFit fit = SizeFit.of(vm.profile(), profile, options.scale());
    meanDirtyPages = fit.spectrum().meanDirtyPages(intervalMs);
    long seed = Draws.key(options.seed(), profile.workload());
    vmKey = Draws.key(seed, vm.vm());
    workingSet = addSources(vm, seed, fit.spectrum(), intervalMs);
    long ramPages = ramBytes / Page.BYTES;
    requireRoom(vm.profile(), ramPages);
    placed = layOut(ramPages);
    byFrame = placed.clone();
    Arrays.sort(byFrame);
    Map<String, String> environment = new LinkedHashMap<>();
    environment.put("profile", vm.profile());
    environment.put("seed", Long.toString(options.seed()));
    environment.put("scale", Double.toString(options.scale()));
    environment.put("largest_size_residual_ppm", Long.toString(fit.largestResidualPpm()));
    Map<String, String> calibration = profile.calibration();
    calibration.put("shares_with", vm.sharesWith().toString());
    var description =
        new SeriesDescription(
            vm.vm(),
            profile.workload(),
            Interval.ofMilliseconds(intervalMs),
            new SeriesDescription.Memory(ramBytes, options.wholeBase() ? ramPages : workingSet),
            new SeriesDescription.Origin("by construction", true, calibration, environment),
            Clock.HOST);
    info = new SeriesInfo(vm.vm(), description, (int) (durationMs / intervalMs));
  }

  private void requireCalibrated(String name, long intervalMs) {
    long first = profile.sizes().bytesByIntervalMs().firstKey();
    long last = profile.sizes().bytesByIntervalMs().lastKey();
    if (intervalMs < first || intervalMs > last) {
      throw new IllegalArgumentException(
          "interval of %d ms: profile %s is only known for %s"
              .formatted(
                  intervalMs, name, first == last ? first + " ms" : first + " to " + last + " ms"));
    }
  }

  /** Sets up who writes what; returns the number of pages in the working set. */
  private int addSources(SyntheticVm vm, long seed, Spectrum spectrum, long intervalMs) {
    double shared = vm.sharesWith().values().stream().mapToDouble(Double::doubleValue).sum();
    if (shared > profile.uniqueShare()) {
      throw new IllegalArgumentException(
          "%s: only %s of the pages of profile %s can be shared with other VMs, not %s"
              .formatted(vm.vm(), profile.uniqueShare(), vm.profile(), shared));
    }
    int[] own = spectrum.components().stream().mapToInt(Spectrum.Component::pages).toArray();
    int[] all = own.clone();
    int first = 0;
    // Only pages that nothing in the VM repeats are found by looking at other VMs.
    for (Map.Entry<String, Double> group : vm.sharesWith().entrySet()) {
      int[] part = new int[all.length];
      for (int k = 0; k < all.length; k++) {
        part[k] = (int) Math.min(own[k], Math.round(group.getValue() * all[k]));
        own[k] -= part[k];
      }
      long key = Draws.key(Draws.key(seed, "group"), group.getKey());
      first = add(key, first, spectrum, part, intervalMs, profile.uniqueShares());
    }
    return add(vmKey, first, spectrum, own, intervalMs, profile.sharesWithout(shared));
  }

  /** Adds a source of writes; returns the number of the page after its last. */
  private int add(
      long key,
      int firstPage,
      Spectrum spectrum,
      int[] pages,
      long intervalMs,
      Map<ContentClass, Double> shares) {
    var writes = new PageWrites(Draws.key(key, "writes"), spectrum, pages, intervalMs);
    sources.add(new Source(firstPage, writes, new PageContents(key, profile, shares)));
    return firstPage + writes.pages();
  }

  private void requireRoom(String name, long ramPages) {
    long needed = workingSet + zeroPages(ramPages);
    if (needed > ramPages) {
      throw new IllegalArgumentException(
          "profile %s writes %d pages and keeps %d at zero, which RAM of %d pages does not hold;"
                  .formatted(name, workingSet, zeroPages(ramPages), ramPages)
              + " give more RAM or a smaller scale");
    }
  }

  private long zeroPages(long ramPages) {
    return Math.round(profile.ramZero().share() * ramPages);
  }

  /** Lays the working set out over RAM in runs of neighbours, in random order with random gaps. */
  private long[] layOut(long ramPages) {
    var draws = new Draws(Draws.key(vmKey, "layout"));
    List<int[]> runs = new ArrayList<>();
    for (int page = 0; page < workingSet; ) {
      int length = Math.min(workingSet - page, 1 + draws.below(16));
      runs.add(new int[] {page, length});
      page += length;
    }
    for (int i = runs.size() - 1; i > 0; i--) {
      Collections.swap(runs, i, draws.below(i + 1));
    }
    long[] places = new long[workingSet];
    long frame = 0;
    long free = ramPages - workingSet;
    int left = runs.size();
    for (int[] run : runs) {
      long gap = Math.min(free, draws.below(2 * free / left + 1));
      left--;
      free -= gap;
      frame += gap;
      for (int page = run[0]; page < run[0] + run[1]; page++) {
        places[page] = frame++ << Integer.SIZE | page;
      }
    }
    return places;
  }

  /** Expected bytes of page content, base included. */
  long expectedBytes() {
    double pages = info.basePages() + meanDirtyPages * info.checkpoints();
    return Math.round(pages * Page.BYTES);
  }

  @Override
  public SeriesInfo info() {
    return info;
  }

  @Override
  public SeriesCursor open() {
    return new Cursor();
  }

  private final class Cursor implements SeriesCursor {
    private final RamImage image = new RamImage(Math.max(1, workingSet) * (long) Page.BYTES);
    private long nextFrame;
    private int nextPlaced;
    private int checkpoints;

    Cursor() {
      byte[] page = new byte[Page.BYTES];
      for (Source source : sources) {
        for (int p = 0; p < source.writes().pages(); p++) {
          source.contents().base(p, page, 0);
          image.write(source.firstPage() + p, page, 0);
        }
      }
    }

    @Override
    public boolean nextBase(int maxPages, DirtyPages into) {
      into.clear(info.pageSize());
      long ramPages = info.description().ramPages();
      boolean whole = info.description().baseFull();
      while (into.count() < maxPages && nextFrame < ramPages) {
        if (nextPlaced < workingSet && byFrame[nextPlaced] >>> Integer.SIZE == nextFrame) {
          int index = into.append(nextFrame);
          int page = (int) byFrame[nextPlaced++];
          image.read(page, into.slab(index), into.offset(index));
        } else if (whole) {
          untouched(nextFrame, into);
        }
        nextFrame++;
      }
      return into.count() > 0;
    }

    /** The zero pages are spread evenly over the frames outside the working set. */
    private void untouched(long frame, DirtyPages into) {
      int index = into.append(frame);
      long others = info.description().ramPages() - workingSet;
      long zeros = zeroPages(info.description().ramPages());
      long ordinal = frame - nextPlaced;
      if ((ordinal + 1) * zeros / others > ordinal * zeros / others) {
        Arrays.fill(
            into.slab(index), into.offset(index), into.offset(index) + Page.BYTES, (byte) 0);
      } else {
        sources.getLast().contents().untouched(frame, into.slab(index), into.offset(index));
      }
    }

    @Override
    public boolean nextCheckpoint(DirtyPages into) {
      into.clear(info.pageSize());
      nextFrame = info.description().ramPages();
      if (checkpoints == info.checkpoints()) {
        return false;
      }
      var written = LongStream.builder();
      for (Source source : sources) {
        source.writes().in(checkpoints, p -> written.add(placed[source.firstPage() + p]));
      }
      for (long each : written.build().sorted().toArray()) {
        int number = (int) each;
        int index = into.append(each >>> Integer.SIZE);
        image.read(number, into.slab(index), into.offset(index));
        Source source = sourceOf(number);
        source
            .contents()
            .write(number - source.firstPage(), checkpoints, into.slab(index), into.offset(index));
        image.write(number, into.slab(index), into.offset(index));
      }
      checkpoints++;
      return true;
    }

    private Source sourceOf(int number) {
      int s = sources.size() - 1;
      while (number < sources.get(s).firstPage()) {
        s--;
      }
      return sources.get(s);
    }

    @Override
    public CheckpointHeader last() {
      if (checkpoints == 0) {
        throw new IllegalStateException("no checkpoint was read yet");
      }
      return new CheckpointHeader(checkpoints - 1L, checkpoints * info.intervalNs(), null);
    }

    @Override
    public void close() {
      image.close();
    }
  }
}
