package emulha.traces.imports.criu;

import emulha.files.DamagedFileException;
import emulha.memory.AddressRanges;
import emulha.memory.DirtyPages;
import emulha.memory.Page;
import emulha.traces.CheckpointHeader;
import emulha.traces.Progress;
import emulha.traces.Provenance;
import emulha.traces.SeriesDescription;
import emulha.traces.SeriesPacker;
import emulha.traces.SeriesWriter;
import emulha.traces.imports.image.ImageImport;
import emulha.traces.imports.image.ImportRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Imports a process from a chain of CRIU image directories ({@code criu pre-dump --track-mem}, then
 * {@code dump}, each with a link {@code parent} to the one before). The first that has the process
 * is the base; each later one is a checkpoint, whose dirty pages are those present in it. An image
 * that names every page though it has a parent was dumped without tracking: its pages are compared
 * with what was there before. Dumps without any links are a series by comparison too, in the order
 * of their names.
 *
 * <p>A process has no RAM of its own. Its page frames are all virtual pages that occur in the
 * chain, numbered densely in ascending order of their addresses; the series records the addresses
 * in its environment. Shared memory objects that at least two images hold follow, each at an
 * address of its own from 2^60 on. A page mapped later is not in the base, and a page unmapped
 * keeps its last content.
 *
 * <p>The image directories may lie in archives, as container engines make them: see {@link
 * CriuArchives}. Without links between them, archives are dumps in the order given.
 *
 * <p>{@code --auto-dedup} and {@code criu dedup} punch out of the earlier images what a later one
 * replaces. What these pages held is lost, so such a chain is refused: it is known by its holes,
 * and where a copy has lost these, by every replaced page being zero.
 */
public final class CriuImport {
  private static final String PARENT = "parent";
  private static final Pattern PAGEMAP = Pattern.compile("pagemap-(\\d{1,18})\\.img");
  private static final Pattern SHARED = Pattern.compile("pagemap-shmem-(0|[1-9]\\d{0,17})\\.img");
  private static final int STRETCH_PAGES = 1024;

  /** Page numbers of shared memory objects: 2^48 for each, above all addresses of a process. */
  private static final long FIRST_SHARED_PAGE = 1L << 48;

  private static final long PAGES_OF_SHARED = 1L << 32;

  private static final String TRACKED =
      "CRIU's memory tracking: pages present in an image, not in its parent";
  private static final String COMPARED =
      "content comparison of consecutive CRIU images that name every page: pages rewritten with"
          + " the same content are missing";

  private CriuImport() {}

  /**
   * Imports a process.
   *
   * @param request the source is the last image directory, or a directory that holds the image
   *     directories; or the sources are archives with the image directories. The process may be
   *     left out if there is only one. Without an interval, the mean distance of the dumps is
   *     taken, if the images tell when they were made
   * @param progress told in images
   */
  public static void run(ImportRequest request, Progress progress) throws IOException {
    List<Path> sources = request.sources();
    Path first = sources.getFirst();
    if (sources.size() == 1 && !Files.isRegularFile(first)) {
      run(chain(first), Map.of(), request, progress);
      return;
    }
    for (Path source : sources) {
      if (!Files.isRegularFile(source)) {
        throw new IOException(
            source
                + (Files.isDirectory(source)
                    ? ": a directory; several sources have to be archives"
                    : ": no such file or directory"));
      }
    }
    fromArchives(request, null, progress);
  }

  /**
   * Imports a process from archives.
   *
   * @param limits null for the usual
   */
  static void fromArchives(
      ImportRequest request, CriuArchives.@Nullable Limits limits, Progress progress)
      throws IOException {
    List<Path> sources = request.sources();
    try (var archives = CriuArchives.unpack(sources, request.destination(), limits)) {
      try {
        Chain chain =
            chain(
                archives.directories(),
                sources.stream().map(Path::toString).collect(Collectors.joining(", ")));
        run(chain, archives.facts(), request, progress);
      } catch (IOException e) {
        throw new IOException(archives.named(String.valueOf(e.getMessage())), e);
      }
    }
  }

  private static void run(
      Chain all, Map<String, String> facts, ImportRequest request, Progress progress)
      throws IOException {
    Provenance provenance = request.provenance();
    OptionalLong process = request.process();
    long pid = process.isPresent() ? process.getAsLong() : onlyProcess(all.directories().getLast());
    Chain chain = from(all, pid);
    List<Shared> shared = shared(chain.directories());
    var steps = new ArrayList<List<CriuImage>>();
    for (Path directory : chain.directories()) {
      steps.add(parts(directory, pid, shared));
    }
    if (!chain.linked()) {
      refuseParents(steps);
    }
    AddressRanges ranges = ranges(steps);
    long[] timesNs = times(chain.directories());
    var environment = new LinkedHashMap<String, String>();
    environment.put("imported_from", "CRIU images of process " + pid);
    environment.putAll(facts);
    int late = all.directories().size() - chain.directories().size();
    if (late > 0) {
      environment.put(
          "starts_at", "image %d of the chain, the first that has the process".formatted(late + 1));
    }
    describeShared(shared, environment);
    long intervalNs;
    if (provenance.intervalNs().isEmpty() && timesNs.length > 0) {
      int intervals = timesNs.length - 1;
      intervalNs = Math.addExact(timesNs[intervals], intervals / 2) / intervals;
      environment.put("interval_from", "mean distance of the dumps");
    } else {
      intervalNs = provenance.requiredIntervalNs("these image");
    }
    requireRoom(
        "the base has",
        presentPages(steps.getFirst()),
        steps.getFirst().getFirst(),
        request.destination());
    environment.put(AddressRanges.KEY, ranges.toString());
    var contents = new CriuContents(ranges, request.trustZeros() || !chain.linked());
    int compared = contents.compared(steps);
    requireRoom(contents, steps, request.destination());
    int named = steps.stream().skip(1).mapToInt(List::size).sum();
    var description =
        provenance.describe(
            intervalNs,
            new SeriesDescription.Memory(
                ranges.frames() << Page.SHIFT, presentPages(steps.getFirst())),
            compared == 0
                ? TRACKED
                : compared == named
                    ? COMPARED
                    : "%s; in %d of %d pagemaps %s".formatted(TRACKED, compared, named, COMPARED),
            environment);
    try (contents;
        var writer = SeriesWriter.create(request.destination(), description)) {
      var pages = new DirtyPages();
      contents.read(steps.getFirst(), STRETCH_PAGES, pages, () -> writer.writeBase(pages));
      progress.step("images", 1, steps.size());
      for (int n = 1; n < steps.size(); n++) {
        long timeNs = timesNs.length == 0 ? CheckpointHeader.UNKNOWN_GUEST_TIME : timesNs[n];
        pages.clear();
        contents.read(steps.get(n), Integer.MAX_VALUE, pages, () -> {});
        writer.writeCheckpoint(pages, timeNs, null);
        progress.step("images", n + 1L, steps.size());
      }
      writer.finish();
    }
  }

  /**
   * Image directories in the order of their dumps.
   *
   * @param linked whether each names the one before as its parent
   */
  private record Chain(List<Path> directories, boolean linked) {}

  /** The chain that ends in a directory or lies in it, or unlinked dumps. */
  private static Chain chain(Path source) throws IOException {
    if (!Files.isDirectory(source)) {
      throw new IOException(source + ": not a directory");
    }
    if (!processes(source).isEmpty()) {
      return linked(source);
    }
    try (Stream<Path> entries = Files.list(source)) {
      return chain(
          entries.filter(Files::isDirectory).sorted(ImageImport.BY_NAME).toList(),
          source.toString());
    }
  }

  /**
   * The chain that some of the directories make, or unlinked dumps in their order.
   *
   * @param source where they are, for errors
   */
  private static Chain chain(List<Path> candidates, String source) throws IOException {
    var directories = new ArrayList<Path>();
    var ends = new TreeSet<>(Comparator.comparing(Path::toString));
    var parents = new HashSet<Path>();
    for (Path directory : candidates) {
      if (!processes(directory).isEmpty() && ends.add(directory.toRealPath())) {
        directories.add(directory.toRealPath());
        Path parent = parent(directory);
        if (parent != null) {
          parents.add(parent);
        }
      }
    }
    ends.removeAll(parents);
    if (ends.isEmpty() && !directories.isEmpty()) {
      return linked(directories.getFirst());
    }
    if (parents.isEmpty() && directories.size() > 1) {
      return new Chain(List.copyOf(directories), false);
    }
    if (ends.size() != 1) {
      throw new IOException(
          source
              + ": expected CRIU images (pagemap-PID.img), or directories of them all in one chain"
              + " or all without a parent, found "
              + (ends.isEmpty()
                  ? "none"
                  : ends.size()
                      + " ends of chains: "
                      + ImageImport.names(ends)
                      + "; give one of them"));
    }
    return linked(ends.first());
  }

  /** From the first image to this one. */
  private static Chain linked(Path last) throws IOException {
    var chain = new LinkedHashSet<Path>();
    for (Path directory = last.toRealPath(); directory != null; directory = parent(directory)) {
      if (chain.contains(directory)) {
        throw new IOException(directory + ": is its own ancestor");
      }
      chain.addFirst(directory);
    }
    if (chain.size() < 2) {
      throw new IOException(
          chain.getFirst() + ": has no parent; a series needs a base and a dump after it");
    }
    return new Chain(List.copyOf(chain), true);
  }

  private static @Nullable Path parent(Path directory) throws IOException {
    Path link = directory.resolve(PARENT);
    if (!Files.exists(link, LinkOption.NOFOLLOW_LINKS)) {
      return null;
    }
    if (!Files.isDirectory(link)) {
      throw new IOException(link + ": leads to no directory; keep the chain together");
    }
    return link.toRealPath();
  }

  /** The images from the first that has the process on; all later ones have to have it. */
  private static Chain from(Chain chain, long pid) throws IOException {
    List<Path> directories = chain.directories();
    Path last = directories.getLast();
    Set<Long> known = processes(last);
    if (!known.contains(pid)) {
      throw new IOException("%s: has no process %d; it has %s".formatted(last, pid, text(known)));
    }
    int first = 0;
    while (!processes(directories.get(first)).contains(pid)) {
      first++;
    }
    List<Path> rest = directories.subList(first, directories.size());
    if (rest.size() < 2) {
      throw new IOException(
          "%s: the first image with process %d; a series needs a base and a dump after it"
              .formatted(last, pid));
    }
    return new Chain(rest, chain.linked());
  }

  private static long onlyProcess(Path directory) throws IOException {
    Set<Long> found = processes(directory);
    if (found.size() != 1) {
      throw new IOException(
          directory + ": name the process to import (--process); there are " + text(found));
    }
    return found.iterator().next();
  }

  private static String text(Set<Long> numbers) {
    return numbers.stream().map(String::valueOf).collect(Collectors.joining(", "));
  }

  private static Set<Long> processes(Path directory) throws IOException {
    return numbers(directory, PAGEMAP);
  }

  private static Set<Long> numbers(Path directory, Pattern pattern) throws IOException {
    var found = new TreeSet<Long>();
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.toList()) {
        Matcher name = pattern.matcher(file.getFileName().toString());
        if (name.matches()) {
          found.add(Long.parseLong(name.group(1)));
        }
      }
    }
    return found;
  }

  /**
   * A shared memory object.
   *
   * @param directories images that hold it
   * @param firstPage its place among the chain's page numbers
   */
  private record Shared(String name, List<Path> directories, long firstPage) {
    boolean isTaken() {
      return directories.size() > 1;
    }
  }

  private static List<Shared> shared(List<Path> directories) throws IOException {
    var holders = new TreeMap<Long, List<Path>>();
    for (Path directory : directories) {
      for (long id : numbers(directory, SHARED)) {
        holders.computeIfAbsent(id, _ -> new ArrayList<>()).add(directory);
      }
    }
    var shared = new ArrayList<Shared>();
    holders.forEach(
        (id, images) -> {
          long firstPage = FIRST_SHARED_PAGE + shared.size() * PAGES_OF_SHARED;
          shared.add(new Shared(CriuImage.ofShared(id), images, firstPage));
        });
    return shared;
  }

  private static void describeShared(List<Shared> shared, Map<String, String> environment)
      throws IOException {
    var taken = new ArrayList<String>();
    var left = new ArrayList<String>();
    for (Shared object : shared) {
      if (object.isTaken()) {
        taken.add("%s at %x".formatted(object.name(), object.firstPage() << Page.SHIFT));
      } else {
        CriuImage image = CriuImage.read(object.directories().getFirst(), object.name(), 0);
        long pages = image.runs().stream().mapToLong(CriuImage.Run::pages).sum();
        left.add("%d pages of %s".formatted(pages, object.name()));
      }
    }
    if (!taken.isEmpty()) {
      environment.put("shared_memory", String.join(", ", taken));
    }
    if (!left.isEmpty()) {
      environment.put(
          Provenance.LEFT_OUT,
          "shared memory that only one image holds, so that its changes are not known: "
              + String.join(", ", left));
    }
  }

  /** The pagemaps of the process and of the shared memory that several images hold. */
  private static List<CriuImage> parts(Path directory, long pid, List<Shared> shared)
      throws IOException {
    var parts = new ArrayList<CriuImage>();
    CriuImage own = CriuImage.read(directory, CriuImage.ofProcess(pid), 0);
    if (shared.stream().anyMatch(Shared::isTaken) && own.span() > FIRST_SHARED_PAGE) {
      throw new IOException(own.pagemap() + ": pages beyond the address space of a process");
    }
    parts.add(own);
    for (Shared object : shared) {
      if (object.isTaken() && object.directories().contains(directory)) {
        CriuImage image = CriuImage.read(directory, object.name(), object.firstPage());
        if (image.span() > PAGES_OF_SHARED) {
          throw new IOException(image.pagemap() + ": pages beyond 2^44 bytes of shared memory");
        }
        parts.add(image);
      }
    }
    return parts;
  }

  /** Compressed pages of zeros take no room, and could claim more than any disk has. */
  private static void requireRoom(String subject, long pages, CriuImage image, Path destination)
      throws IOException {
    Path place = destination.toAbsolutePath();
    while (place != null && !Files.exists(place)) {
      place = place.getParent();
    }
    long room = place == null ? 0 : Files.getFileStore(place).getUsableSpace();
    if (pages > room >>> Page.SHIFT) {
      throw new IOException(
          "%s: %s %d pages of 4096 bytes, more than the room for %s (%d bytes)"
              .formatted(image.pagemap(), subject, pages, destination, room));
    }
  }

  /** Asks for each checkpoint alone where what is written is packed, or else for all together. */
  private static void requireRoom(
      CriuContents contents, List<List<CriuImage>> steps, Path destination) throws IOException {
    boolean packed = destination.toString().endsWith(SeriesPacker.EXTENSION);
    long pages = 0;
    for (int n = 0; n < steps.size(); n++) {
      pages = (packed ? 0 : pages) + contents.leastPages(n);
      requireRoom(
          packed ? "this image has" : "the images up to this have",
          pages,
          steps.get(n).getFirst(),
          destination);
    }
  }

  private static void refuseParents(List<List<CriuImage>> steps) throws IOException {
    for (CriuImage image : steps.stream().flatMap(List::stream).toList()) {
      for (CriuImage.Run run : image.runs()) {
        if (!run.present()) {
          throw new DamagedFileException(
              image.pagemap().toString(),
              run.offset(),
              "pages in the parent, but there is no link to one; keep the chain together");
        }
      }
    }
  }

  private static long presentPages(List<CriuImage> step) {
    return step.stream()
        .flatMap(image -> image.runs().stream())
        .filter(CriuImage.Run::present)
        .mapToLong(CriuImage.Run::pages)
        .sum();
  }

  /** When each image was dumped, in nanoseconds after the first; empty if one does not tell. */
  private static long[] times(List<Path> chain) throws IOException {
    long[] times = new long[chain.size()];
    long firstUs = 0;
    long beforeUs = -1;
    for (int i = 0; i < times.length; i++) {
      OptionalLong uptimeUs = CriuImage.dumpUptimeUs(chain.get(i));
      if (uptimeUs.isEmpty()) {
        return new long[0];
      }
      long us = uptimeUs.getAsLong();
      if (us <= beforeUs) {
        throw new IOException(
            "%s: dumped at %s us of uptime, not after the one before"
                .formatted(chain.get(i).resolve("inventory.img"), us));
      }
      firstUs = i == 0 ? us : firstUs;
      beforeUs = us;
      if (us - firstUs > Long.MAX_VALUE / 1000) {
        throw new IOException(
            chain.get(i).resolve("inventory.img") + ": an impossible time of dump");
      }
      times[i] = (us - firstUs) * 1000;
    }
    return times;
  }

  /**
   * All virtual pages of the chain. Pages in a parent have to be in it, so that their number is
   * bounded by what the images really hold.
   */
  private static AddressRanges ranges(List<List<CriuImage>> steps) throws IOException {
    var all = new ArrayList<AddressRanges.Range>();
    NavigableMap<Long, Long> before = new TreeMap<>();
    for (List<CriuImage> step : steps) {
      NavigableMap<Long, Long> ends = new TreeMap<>();
      for (CriuImage image : step) {
        for (CriuImage.Run run : image.runs()) {
          all.add(new AddressRanges.Range(run.firstPage(), run.pages()));
          ends.put(run.firstPage(), run.end());
          for (long page = run.firstPage(); !run.present() && page < run.end(); ) {
            var in = before.floorEntry(page);
            if (in == null || in.getValue() <= page) {
              throw new DamagedFileException(
                  image.pagemap().toString(),
                  run.offset(),
                  "page %x is said to be in the parent, which has none"
                      .formatted(image.address(page)));
            }
            page = in.getValue();
          }
        }
      }
      before = ends;
    }
    return new AddressRanges(union(all));
  }

  private static List<AddressRanges.Range> union(List<AddressRanges.Range> ranges) {
    ranges.sort(Comparator.comparingLong(AddressRanges.Range::firstPage));
    var union = new ArrayList<AddressRanges.Range>();
    long end = 0;
    for (AddressRanges.Range range : ranges) {
      long first = Math.max(end, range.firstPage());
      long last = range.firstPage() + range.pages();
      if (last > first) {
        union.add(new AddressRanges.Range(first, last - first));
        end = last;
      }
    }
    return union;
  }
}
