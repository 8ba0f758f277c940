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
import emulha.traces.imports.ImportRequest;
import emulha.traces.imports.image.ImageImport;
import java.io.IOException;
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
  private static final Pattern SHARED = Pattern.compile("pagemap-shmem-(\\d{1,18})\\.img");
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
    Map<Long, Integer> shared = shared(chain.directories());
    var steps = new ArrayList<List<CriuPart>>();
    for (Path directory : chain.directories()) {
      steps.add(parts(directory, pid, shared));
    }
    if (!chain.linked()) {
      refuseParents(steps);
    }
    AddressRanges ranges = ranges(steps);
    long[] timesUs = times(chain.directories());
    var environment = new LinkedHashMap<String, String>();
    environment.put("imported_from", "CRIU images of process " + pid);
    environment.putAll(facts);
    int late = all.directories().size() - chain.directories().size();
    if (late > 0) {
      environment.put(
          "starts_at", "image %d of the chain, the first that has the process".formatted(late + 1));
    }
    describeShared(chain.directories(), shared, environment);
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
        long timeNs =
            timesUs.length == 0
                ? CheckpointHeader.UNKNOWN_GUEST_TIME
                : Math.multiplyExact(timesUs[n], 1000L);
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
          entries
              .filter(Files::isDirectory)
              .sorted(
                  Comparator.comparing(
                      path -> path.getFileName().toString(), ImageImport.NATURAL_ORDER))
              .toList(),
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
        if (Files.exists(directory.resolve(PARENT), LinkOption.NOFOLLOW_LINKS)) {
          parents.add(parent(directory));
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
                      + ends.stream()
                          .map(path -> path.getFileName().toString())
                          .collect(Collectors.joining(", "))
                      + "; give one of them"));
    }
    return linked(ends.first());
  }

  /** From the first image to this one. */
  private static Chain linked(Path last) throws IOException {
    Deque<Path> chain = new ArrayDeque<>();
    var seen = new HashSet<Path>();
    Path directory = last.toRealPath();
    while (true) {
      if (!seen.add(directory)) {
        throw new IOException(directory + ": is its own ancestor");
      }
      chain.addFirst(directory);
      if (!Files.exists(directory.resolve(PARENT), LinkOption.NOFOLLOW_LINKS)) {
        break;
      }
      directory = parent(directory);
    }
    if (chain.size() < 2) {
      throw new IOException(
          chain.getFirst() + ": has no parent; a series needs a base and a dump after it");
    }
    return new Chain(List.copyOf(chain), true);
  }

  private static Path parent(Path directory) throws IOException {
    Path link = directory.resolve(PARENT);
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

  /** In how many images each shared memory object is. */
  private static Map<Long, Integer> shared(List<Path> directories) throws IOException {
    var images = new TreeMap<Long, Integer>();
    for (Path directory : directories) {
      for (long id : numbers(directory, SHARED)) {
        images.merge(id, 1, Integer::sum);
      }
    }
    return images;
  }

  private static void describeShared(
      List<Path> directories, Map<Long, Integer> shared, Map<String, String> environment)
      throws IOException {
    var taken = new ArrayList<String>();
    var left = new ArrayList<String>();
    int number = 0;
    for (var object : shared.entrySet()) {
      String name = CriuImage.ofShared(object.getKey());
      if (object.getValue() > 1) {
        taken.add("%s at %x".formatted(name, sharedPage(number) << Page.SHIFT));
      } else {
        for (Path directory : directories) {
          if (Files.exists(directory.resolve(name))) {
            long pages =
                CriuImage.read(directory, name).runs().stream()
                    .mapToLong(CriuImage.Run::pages)
                    .sum();
            left.add("%d pages of %s".formatted(pages, name));
          }
        }
      }
      number++;
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

  private static long sharedPage(int number) {
    return FIRST_SHARED_PAGE + number * PAGES_OF_SHARED;
  }

  /** The pagemaps of the process and of the shared memory that several images hold. */
  private static List<CriuPart> parts(Path directory, long pid, Map<Long, Integer> shared)
      throws IOException {
    var parts = new ArrayList<CriuPart>();
    CriuImage own = CriuImage.read(directory, CriuImage.ofProcess(pid));
    if (shared.values().stream().anyMatch(images -> images > 1)
        && !own.runs().isEmpty()
        && own.runs().getLast().firstPage() + own.runs().getLast().pages() > FIRST_SHARED_PAGE) {
      throw new IOException(own.pagemap() + ": pages beyond the address space of a process");
    }
    parts.add(new CriuPart(own, 0));
    int number = 0;
    for (var object : shared.entrySet()) {
      String name = CriuImage.ofShared(object.getKey());
      if (object.getValue() > 1 && Files.exists(directory.resolve(name))) {
        CriuImage image = CriuImage.read(directory, name);
        if (!image.runs().isEmpty()
            && image.runs().getLast().firstPage() + image.runs().getLast().pages()
                > PAGES_OF_SHARED) {
          throw new IOException(image.pagemap() + ": pages beyond 2^44 bytes of shared memory");
        }
        parts.add(new CriuPart(image, sharedPage(number)));
      }
      number++;
    }
    return parts;
  }

  /** Compressed pages of zeros take no room, and could claim more than any disk has. */
  private static void requireRoom(String subject, long pages, CriuPart part, Path destination)
      throws IOException {
    Path place = destination.toAbsolutePath();
    while (place != null && !Files.exists(place)) {
      place = place.getParent();
    }
    long room = place == null ? 0 : Files.getFileStore(place).getUsableSpace();
    if (pages > room >>> Page.SHIFT) {
      throw new IOException(
          "%s: %s %d pages of 4096 bytes, more than the room for %s (%d bytes)"
              .formatted(part.image().pagemap(), subject, pages, destination, room));
    }
  }

  /** Asks for each checkpoint alone where what is written is packed, or else for all together. */
  private static void requireRoom(
      CriuContents contents, List<List<CriuPart>> steps, Path destination) throws IOException {
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

  private static void refuseParents(List<List<CriuPart>> steps) throws IOException {
    for (List<CriuPart> step : steps) {
      for (CriuPart part : step) {
        for (CriuImage.Run run : part.image().runs()) {
          if (!run.present()) {
            throw new DamagedFileException(
                part.image().pagemap().toString(),
                run.offset(),
                "pages in the parent, but there is no link to one; keep the chain together");
          }
        }
      }
    }
  }

  private static long presentPages(List<CriuPart> step) {
    return step.stream()
        .flatMap(part -> part.image().runs().stream())
        .filter(CriuImage.Run::present)
        .mapToLong(CriuImage.Run::pages)
        .sum();
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
            "%s: dumped at %s us of uptime, not after the one before"
                .formatted(chain.get(i).resolve("inventory.img"), times[i]));
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
  private static AddressRanges ranges(List<List<CriuPart>> steps) throws IOException {
    List<AddressRanges.Range> all = List.of();
    List<AddressRanges.Range> before = List.of();
    for (List<CriuPart> step : steps) {
      var now = new ArrayList<AddressRanges.Range>();
      int i = 0;
      for (CriuPart part : step) {
        for (CriuImage.Run run : part.image().runs()) {
          long page = part.firstPage() + run.firstPage();
          long end = page + run.pages();
          now.add(new AddressRanges.Range(page, run.pages()));
          while (!run.present() && page < end) {
            while (i < before.size() && before.get(i).firstPage() + before.get(i).pages() <= page) {
              i++;
            }
            if (i == before.size() || before.get(i).firstPage() > page) {
              throw new DamagedFileException(
                  part.image().pagemap().toString(),
                  run.offset(),
                  "page %x is said to be in the parent, which has none"
                      .formatted((page - part.firstPage()) << Page.SHIFT));
            }
            page = before.get(i).firstPage() + before.get(i).pages();
          }
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
}
