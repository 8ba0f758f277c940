package emulha.traces;

import emulha.memory.DirtyPages;
import emulha.memory.Page;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Imports a process from a chain of CRIU image directories ({@code criu pre-dump --track-mem}, then
 * {@code dump}, each with a link {@code parent} to the one before). The first is the base; each
 * later one is a checkpoint, whose dirty pages are those present in it.
 *
 * <p>A process has no RAM of its own. Its page frames are all virtual pages that occur in the
 * chain, numbered densely in ascending order of their addresses; the series records the addresses
 * in its environment. A page mapped later is not in the base, and a page unmapped keeps its last
 * content.
 */
public final class CriuImport {
  private static final String PARENT = "parent";
  private static final Pattern PAGEMAP = Pattern.compile("pagemap-(\\d{1,18})\\.img");
  private static final int STRETCH_PAGES = 1024;

  private CriuImport() {}

  /**
   * Imports a process.
   *
   * @param source the last image directory, or a directory that holds the image directories
   * @param process the process; may be empty if there is only one
   * @param destination absent or an empty directory
   * @param provenance without an interval, the mean distance of the dumps is taken, if the images
   *     tell when they were made
   * @param progress told in images
   */
  public static void run(
      Path source, OptionalLong process, Path destination, Provenance provenance, Progress progress)
      throws IOException {
    List<Path> chain = chain(last(source));
    if (chain.size() < 2) {
      throw new IOException(
          chain.getFirst() + ": has no parent; a series needs a base and a dump after it");
    }
    long pid = process.isPresent() ? process.getAsLong() : onlyProcess(chain.getLast());
    var images = new ArrayList<CriuImage>();
    for (Path directory : chain) {
      images.add(CriuImage.read(directory, pid));
    }
    AddressRanges ranges = ranges(images);
    long[] timesUs = times(chain);
    var environment = new LinkedHashMap<String, String>();
    environment.put("imported_from", "CRIU images of process " + pid);
    long intervalNs;
    if (provenance.intervalNs().isPresent()) {
      intervalNs = provenance.intervalNs().getAsLong();
    } else if (timesUs.length > 0) {
      intervalNs =
          new BigDecimal(timesUs[timesUs.length - 1])
              .movePointRight(3)
              .divide(BigDecimal.valueOf(timesUs.length - 1L), 0, RoundingMode.HALF_UP)
              .longValueExact();
      environment.put("interval_from", "mean distance of the dumps");
    } else {
      intervalNs = provenance.requiredIntervalNs("these image");
    }
    environment.put(AddressRanges.KEY, ranges.toString());
    long basePages = images.getFirst().runs().stream().mapToLong(CriuImage.Run::pages).sum();
    var description =
        new SeriesDescription(
            provenance.vm(),
            provenance.workload(),
            intervalNs,
            ranges.frames() << Page.SHIFT,
            basePages,
            "CRIU's memory tracking: pages present in an image, not in its parent",
            false,
            Map.of(),
            environment);
    try (var writer = SeriesWriter.create(destination, description)) {
      var pages = new DirtyPages();
      read(images.getFirst(), ranges, STRETCH_PAGES, pages, () -> writer.writeBase(pages));
      progress.step("images", 1, images.size());
      for (int n = 1; n < images.size(); n++) {
        long timeNs =
            timesUs.length == 0
                ? CheckpointHeader.UNKNOWN_GUEST_TIME
                : Math.multiplyExact(timesUs[n], 1000L);
        pages.clear();
        read(images.get(n), ranges, Integer.MAX_VALUE, pages, () -> {});
        writer.writeCheckpoint(pages, timeNs, null);
        progress.step("images", n + 1L, images.size());
      }
      writer.finish();
    }
  }

  /** The image directory that is nobody's parent. */
  private static Path last(Path source) throws IOException {
    if (!Files.isDirectory(source)) {
      throw new IOException(source + ": not a directory");
    }
    if (!processes(source).isEmpty()) {
      return source;
    }
    Set<Path> ends = new TreeSet<>(Comparator.comparing(Path::toString));
    var parents = new HashSet<Path>();
    try (Stream<Path> entries = Files.list(source)) {
      for (Path directory : entries.filter(Files::isDirectory).toList()) {
        if (!processes(directory).isEmpty()) {
          ends.add(directory.toRealPath());
          if (Files.exists(directory.resolve(PARENT), LinkOption.NOFOLLOW_LINKS)) {
            parents.add(parent(directory));
          }
        }
      }
    }
    ends.removeAll(parents);
    if (ends.size() != 1) {
      throw new IOException(
          source
              + ": expected CRIU images (pagemap-PID.img) or directories of them in one chain,"
              + " found "
              + ends.size()
              + " ends of chains");
    }
    return ends.iterator().next();
  }

  /** From the first image to this one. */
  private static List<Path> chain(Path last) throws IOException {
    Deque<Path> chain = new ArrayDeque<>();
    var seen = new HashSet<Path>();
    Path directory = last.toRealPath();
    while (true) {
      if (!seen.add(directory)) {
        throw new IOException(directory + ": is its own ancestor");
      }
      chain.addFirst(directory);
      if (!Files.exists(directory.resolve(PARENT), LinkOption.NOFOLLOW_LINKS)) {
        return List.copyOf(chain);
      }
      directory = parent(directory);
    }
  }

  private static Path parent(Path directory) throws IOException {
    Path link = directory.resolve(PARENT);
    if (!Files.isDirectory(link)) {
      throw new IOException(link + ": leads to no directory; keep the chain together");
    }
    return link.toRealPath();
  }

  private static long onlyProcess(Path directory) throws IOException {
    Set<Long> found = processes(directory);
    if (found.size() != 1) {
      throw new IOException(
          directory
              + ": name the process to import; there are "
              + found.toString().replaceAll("[\\[\\]]", ""));
    }
    return found.iterator().next();
  }

  private static Set<Long> processes(Path directory) throws IOException {
    var found = new TreeSet<Long>();
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.toList()) {
        Matcher name = PAGEMAP.matcher(file.getFileName().toString());
        if (name.matches()) {
          found.add(Long.parseLong(name.group(1)));
        }
      }
    }
    return found;
  }

  /** When each image was dumped, in microseconds after the first; empty if one does not tell. */
  private static long[] times(List<Path> chain) throws IOException {
    long[] times = new long[chain.size()];
    for (int i = 0; i < times.length; i++) {
      OptionalLong uptime = CriuImage.dumpUptimeUs(chain.get(i));
      if (uptime.isEmpty()) {
        return new long[0];
      }
      times[i] = uptime.getAsLong();
      if (times[i] < 0 || (i > 0 && times[i] <= times[i - 1])) {
        throw new IOException(
            chain.get(i).resolve("inventory.img")
                + ": dumped at "
                + times[i]
                + " us of uptime, not after its parent");
      }
    }
    long first = times[0];
    for (int i = 0; i < times.length; i++) {
      times[i] -= first;
      if (times[i] > Long.MAX_VALUE / 1000) {
        throw new IOException(
            chain.get(i).resolve("inventory.img") + ": an impossible time of dump");
      }
    }
    return times;
  }

  /**
   * All virtual pages of the chain. Pages in a parent have to be in it, so that their number is
   * bounded by what the images really hold.
   */
  private static AddressRanges ranges(List<CriuImage> images) throws IOException {
    List<AddressRanges.Range> all = List.of();
    List<AddressRanges.Range> before = List.of();
    for (CriuImage image : images) {
      var now = new ArrayList<AddressRanges.Range>();
      int i = 0;
      for (CriuImage.Run run : image.runs()) {
        now.add(new AddressRanges.Range(run.firstPage(), run.pages()));
        long page = run.firstPage();
        long end = page + run.pages();
        while (!run.present() && page < end) {
          while (i < before.size() && before.get(i).firstPage() + before.get(i).pages() <= page) {
            i++;
          }
          if (i == before.size() || before.get(i).firstPage() > page) {
            throw new DamagedFileException(
                image.pagemap().toString(),
                run.offset(),
                "page %x is said to be in the parent, which has none"
                    .formatted(page << Page.SHIFT));
          }
          page = before.get(i).firstPage() + before.get(i).pages();
        }
      }
      before = now;
      all = union(all, now);
    }
    return new AddressRanges(all);
  }

  private static List<AddressRanges.Range> union(
      List<AddressRanges.Range> a, List<AddressRanges.Range> b) {
    var sorted = new ArrayList<>(a);
    sorted.addAll(b);
    sorted.sort(Comparator.comparingLong(AddressRanges.Range::firstPage));
    var union = new ArrayList<AddressRanges.Range>();
    long end = 0;
    for (AddressRanges.Range range : sorted) {
      long first = Math.max(end, range.firstPage());
      long last = range.firstPage() + range.pages();
      if (last > first) {
        union.add(new AddressRanges.Range(first, last - first));
        end = last;
      }
    }
    return union;
  }

  private interface Full {
    void take() throws IOException;
  }

  /** Appends the present pages of an image; calls and clears after each {@code stretch} of them. */
  private static void read(
      CriuImage image, AddressRanges ranges, int stretch, DirtyPages pages, Full full)
      throws IOException {
    try (InputStream in = Files.newInputStream(image.pages())) {
      for (CriuImage.Run run : image.runs()) {
        for (long i = 0; run.present() && i < run.pages(); i++) {
          int page = pages.append(ranges.frameOf(run.firstPage() + i));
          if (in.readNBytes(pages.slab(page), pages.offset(page), Page.BYTES) < Page.BYTES) {
            throw new IOException(image.pages() + ": shorter than it was a moment ago");
          }
          if (pages.count() == stretch) {
            full.take();
            pages.clear();
          }
        }
      }
      if (pages.count() > 0) {
        full.take();
      }
    }
  }
}
