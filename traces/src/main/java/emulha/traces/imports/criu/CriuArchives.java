package emulha.traces.imports.criu;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import emulha.files.DamagedFileException;
import emulha.files.Pending;
import emulha.traces.archives.Decompressed;
import emulha.traces.archives.TarFile;
import emulha.traces.imports.image.ImageImport;
import emulha.traces.imports.image.KnownFile;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.jspecify.annotations.Nullable;

/**
 * CRIU's image directories in archives of tar, alone or in gzip or zstd, as {@code podman container
 * checkpoint --export}, CRI-O and Kubernetes make them: the images of memory stand in {@code
 * checkpoint/}, or in {@code pre-checkpoint/} after {@code --pre-checkpoint}; {@code
 * checkpoint/parent} then links there, also out of an archive of its own ({@code --with-previous}).
 * {@code config.dump} names the container (podman's {@code libpod}, checkpointctl's {@code
 * lib/metadata.go}). Directories of other names are found by their images.
 *
 * <p>What concerns memory is unpacked beside the destination, and deleted when this is closed.
 * Nothing is written for any other entry, and no link of an archive is ever made: a parent is
 * looked for among the directories of the archives given, and linked by its place there.
 */
final class CriuArchives implements AutoCloseable {
  private static final Pattern IMAGE =
      Pattern.compile("pagemap-(shmem-)?\\d{1,18}\\.img|pages-\\d{1,18}\\.img|inventory\\.img");
  private static final Pattern PAGEMAP = Pattern.compile("pagemap-\\d{1,18}\\.img");
  private static final String PARENT = "parent";
  private static final String CONFIG = "config.dump";
  private static final int MAX_CONFIG_BYTES = 1 << 20;
  private static final int MAX_NAME = 200;
  private static final int BUFFER_BYTES = 1 << 16;

  /**
   * What archives may hold at most.
   *
   * @param imageBytes of the files that are unpacked
   * @param archiveBytes of one archive, decompressed
   * @param entries of one archive
   */
  record Limits(long imageBytes, long archiveBytes, int entries) {
    static Limits usual(Path place) throws IOException {
      return new Limits(Files.getFileStore(place).getUsableSpace(), 1L << 40, 1_000_000);
    }
  }

  private final Pending room;
  private final Limits limits;
  private final Path top;
  private final List<Archive> archives = new ArrayList<>();
  private final Map<String, String> facts = new LinkedHashMap<>();
  private long imageBytes;

  /** An archive's directories that hold files of images, and where their parents are said to be. */
  private record Archive(
      Path path, Path root, Map<String, Path> images, Map<String, String> links) {}

  private CriuArchives(Pending room, Limits limits) throws IOException {
    this.room = room;
    this.limits = limits;
    top = room.path().toRealPath();
  }

  /**
   * Unpacks archives.
   *
   * @param destination of the series
   * @param limits null for the usual
   */
  static CriuArchives unpack(List<Path> archives, Path destination, @Nullable Limits limits)
      throws IOException {
    Pending.requireAbsent(destination);
    // Not the series' own: that is written while this is read.
    Pending room =
        Pending.directory(destination.resolveSibling(destination.getFileName() + ".archives"));
    try {
      var unpacked = new CriuArchives(room, limits == null ? Limits.usual(room.path()) : limits);
      for (Path archive : archives) {
        unpacked.add(archive);
      }
      unpacked.link();
      return unpacked;
    } catch (IOException | RuntimeException e) {
      room.close();
      throw e;
    }
  }

  /** The image directories in the order given, those of one archive in the order of their names. */
  List<Path> directories() {
    return archives.stream().flatMap(archive -> archive.images().values().stream()).toList();
  }

  /** What the archives say about their container, for the series' environment. */
  Map<String, String> facts() {
    return facts;
  }

  /** A text that names unpacked files, with their names in the archives instead. */
  String named(String text) {
    return text.replaceAll(Pattern.quote(top.toString()) + "/\\d+/", "");
  }

  private void add(Path archive) throws IOException {
    Path name = archive.toAbsolutePath().normalize().getFileName();
    Path root = top.resolve(String.valueOf(archives.size())).resolve(String.valueOf(name));
    var found =
        new Archive(archive, root, new TreeMap<>(ImageImport.NATURAL_ORDER), new LinkedHashMap<>());
    try (var tar = new TarFile(archive, decompressed(archive))) {
      int entries = 0;
      for (TarArchiveEntry entry = tar.next(); entry != null; entry = tar.next()) {
        if (++entries > limits.entries()) {
          throw tar.damaged("more than " + limits.entries() + " entries");
        }
        List<String> path = path(tar, entry);
        if (!path.isEmpty()) {
          take(found, tar, entry, path);
        }
      }
      tar.end();
    }
    if (found.images().isEmpty()) {
      throw new IOException(
          archive + ": expected an archive with CRIU images (pagemap-PID.img), found none in it");
    }
    archives.add(found);
  }

  private void take(Archive archive, TarFile tar, TarArchiveEntry entry, List<String> path)
      throws IOException {
    String file = path.getLast();
    String directory = String.join("/", path.subList(0, path.size() - 1));
    boolean link = entry.isSymbolicLink() || entry.isLink();
    if (file.equals(PARENT) && entry.isSymbolicLink()) {
      archive.links().put(directory, entry.getLinkName());
    } else if (IMAGE.matcher(file).matches() && !entry.isDirectory()) {
      if (link || !entry.isFile()) {
        throw tar.damaged(String.join("/", path) + ": expected a file, found a link or a device");
      }
      Path place = place(archive, tar, path);
      write(tar, entry, place);
      if (PAGEMAP.matcher(file).matches()) {
        archive.images().put(directory, Objects.requireNonNull(place.getParent()));
      }
    } else if (file.equals(CONFIG) && path.size() == 1 && entry.isFile()) {
      describe(tar);
    }
  }

  private static Path place(Archive archive, TarFile tar, List<String> path) throws IOException {
    try {
      return archive.root().resolve(String.join("/", path));
    } catch (InvalidPathException e) {
      throw tar.damaged("a name that this system has no files of: " + e.getInput());
    }
  }

  /** The names that lead to an entry; none for the archive's top. */
  private static List<String> path(TarFile tar, TarArchiveEntry entry) throws IOException {
    String name = entry.getName();
    List<String> parts = List.of(name.split("/", -1));
    if (name.startsWith("/") || parts.contains("..")) {
      throw tar.damaged("an entry that leads out of the archive: " + name);
    }
    return parts.stream().filter(part -> !part.isEmpty() && !part.equals(".")).toList();
  }

  private void write(TarFile tar, TarArchiveEntry entry, Path place) throws IOException {
    long size = entry.isSparse() ? entry.getRealSize() : entry.getSize();
    if (size < 0 || size > limits.imageBytes() - imageBytes) {
      throw tar.damaged(
          "%s: images of more than %d bytes, for which there is no room beside the destination"
              .formatted(entry.getName(), limits.imageBytes()));
    }
    imageBytes += size;
    Files.createDirectories(Objects.requireNonNull(place.getParent()));
    long written;
    try (OutputStream file = room.create(place)) {
      written = tar.content(entry.getName()).transferTo(file);
    } catch (FileAlreadyExistsException e) {
      throw tar.damaged(entry.getName() + ": is there twice");
    }
    if (written != size) {
      throw tar.damaged(
          "%s: expected %d bytes, found %d".formatted(entry.getName(), size, written));
    }
  }

  private void describe(TarFile tar) throws IOException {
    byte[] config = tar.content(CONFIG).readNBytes(MAX_CONFIG_BYTES);
    JsonNode json;
    try {
      json = new ObjectMapper().readTree(config);
    } catch (JacksonException e) {
      return;
    }
    fact("container", json.path("name").asText(""));
    fact("container_image", json.path("rootfsImageName").asText(""));
    fact("container_runtime", json.path("runtime").asText(""));
  }

  private void fact(String key, String text) {
    if (!text.isEmpty()) {
      facts.putIfAbsent(key, text.substring(0, Math.min(text.length(), MAX_NAME)));
    }
  }

  /** Links each directory with its parent, where the archives have it. */
  private void link() throws IOException {
    for (int i = 0; i < archives.size(); i++) {
      Archive archive = archives.get(i);
      for (var image : archive.images().entrySet()) {
        String target = archive.links().get(image.getKey());
        if (target != null) {
          String path = resolved(archive, image.getKey(), target);
          Files.createSymbolicLink(
              image.getValue().resolve(PARENT), parent(i, archive, image.getKey(), path));
        }
      }
    }
  }

  private static String resolved(Archive archive, String directory, String target)
      throws IOException {
    Deque<String> path = new ArrayDeque<>();
    boolean inside = !target.startsWith("/");
    for (String part : (directory + "/" + target).split("/", -1)) {
      if (part.equals("..")) {
        inside &= path.pollLast() != null;
      } else if (!part.isEmpty() && !part.equals(".")) {
        path.addLast(part);
      }
    }
    if (!inside) {
      throw new IOException(
          "%s/%s/%s: leads to %s, out of the archive; archive the chain with a relative link"
              .formatted(archive.path(), directory, PARENT, target));
    }
    return String.join("/", path);
  }

  /** The directory of this path in the archive itself, else in the nearest before, else after. */
  private Path parent(int number, Archive archive, String directory, String path)
      throws IOException {
    List<Archive> before = archives.subList(0, number + 1).reversed();
    List<Archive> after = archives.subList(number + 1, archives.size());
    return Stream.concat(before.stream(), after.stream())
        .filter(other -> other.images().containsKey(path))
        .findFirst()
        .map(other -> other.images().get(path))
        .orElseThrow(
            () ->
                new IOException(
                    "%s/%s/%s: leads to %s, which no archive given has; give the archive with it first"
                        .formatted(archive.path(), directory, PARENT, path)));
  }

  private InputStream decompressed(Path archive) throws IOException {
    InputStream file = Files.newInputStream(archive);
    try {
      var buffered = new BufferedInputStream(file, BUFFER_BYTES);
      return new Decompressed(
          decompressor(archive, buffered),
          archive,
          IOException.class,
          "cannot be decompressed",
          limits.archiveBytes());
    } catch (IOException | RuntimeException e) {
      file.close();
      throw e;
    }
  }

  private static InputStream decompressor(Path archive, InputStream in) throws IOException {
    KnownFile known = KnownFile.of(archive);
    if (known == null) {
      return in;
    }
    return switch (known.name()) {
      case KnownFile.GZIP -> new GZIPInputStream(in, BUFFER_BYTES);
      case KnownFile.ZSTD -> Decompressed.zstd(in);
      default ->
          throw new DamagedFileException(
              archive.toString(),
              0,
              "expected a tar archive, alone or in gzip or zstd, found %s; %s"
                  .formatted(known.name(), known.advice()));
    };
  }

  @Override
  public void close() throws IOException {
    room.close();
  }
}
