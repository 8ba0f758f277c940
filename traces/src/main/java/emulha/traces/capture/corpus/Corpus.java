package emulha.traces.capture.corpus;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import emulha.names.Names;
import emulha.traces.Clock;
import emulha.traces.capture.GuestDefinition;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Recordings that anyone can make again to the byte: a file of {@code traces/corpora}.
 *
 * @param about what they are for, one line
 * @param versions of QEMU, the kernel and the packages in the guests, by name: with these the
 *     digests hold
 * @param recordings in the order in which they are made
 */
public record Corpus(String about, Map<String, String> versions, List<Corpus.Recorded> recordings) {
  /** Every recording has a digest of its first so many checkpoints. */
  public static final int PREFIX = 40;

  /** Name of the file in a built guest that lists its packages, {@code NAME VERSION} a line. */
  static final String PACKAGES = "packages";

  /** Key of QEMU among the versions. */
  static final String QEMU = "QEMU";

  private static final String FIRST = "-first-";
  private static final String ARCHIVE = ".tar.zst";

  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
          .build();

  /**
   * One recording.
   *
   * @param name what it is called
   * @param recipe which recipe builds its guest or guests
   * @param arguments of the recipe
   * @param instructionsPerSecond speed of the guests' clock
   * @param intervalMs checkpointing interval in ms of guest time
   * @param checkpoints how many
   * @param digests by VM
   */
  public record Recorded(
      String name,
      String recipe,
      List<String> arguments,
      @JsonProperty("instructions_per_second") long instructionsPerSecond,
      @JsonProperty("interval_ms") long intervalMs,
      int checkpoints,
      Map<String, Digests> digests) {
    public Recorded {
      GuestDefinition.requireName(name);
      if (checkpoints < 1) {
        throw new IllegalArgumentException(name + ": at least 1 checkpoint, got " + checkpoints);
      }
      arguments = List.copyOf(arguments);
      digests = new LinkedHashMap<>(digests);
    }

    /**
     * What archives of its first checkpoints take while they are packed, when each is there twice.
     *
     * @param checkpoints how many of them
     * @return bytes; 0 if the corpus does not tell
     */
    long packingBytes(int checkpoints) {
      long whole = digests.values().stream().mapToLong(Digests::packedBytes).sum();
      return (long) (2.0 * whole * checkpoints / this.checkpoints);
    }

    /** The clock it is recorded on. */
    public Clock clock() {
      return Clock.guest(instructionsPerSecond);
    }
  }

  /**
   * Digests of a VM's series.
   *
   * @param first of the first {@value #PREFIX} checkpoints
   * @param whole of all; null where the whole was never recorded
   * @param packedBytes what the whole series takes as an archive; 0 where it was never recorded
   */
  public record Digests(
      String first, @Nullable String whole, @JsonProperty("packed_bytes") long packedBytes) {}

  public Corpus {
    versions = new TreeMap<>(versions);
    recordings = List.copyOf(recordings);
    var names = new HashSet<String>();
    for (Recorded recording : recordings) {
      if (!names.add(recording.name())) {
        throw new IllegalArgumentException("two recordings are called " + recording.name());
      }
    }
  }

  /** Name of the file that has a VM's whole series. */
  static String whole(String series) {
    return series + ARCHIVE;
  }

  /** Name of the file that has its first checkpoints alone. */
  static String beginning(String series, int checkpoints) {
    return series + FIRST + checkpoints + ARCHIVE;
  }

  /** The file with a VM's series, or else with the longest beginning of it; null if none is. */
  public static @Nullable Path find(Path directory, String series) throws IOException {
    Path whole = directory.resolve(whole(series));
    if (Files.exists(whole)) {
      return whole;
    }
    if (!Files.isDirectory(directory)) {
      return null;
    }
    Pattern beginning =
        Pattern.compile(Pattern.quote(series + FIRST) + "(\\d{1,9})" + Pattern.quote(ARCHIVE));
    try (Stream<Path> files = Files.list(directory)) {
      return files
          .map(file -> beginning.matcher(file.getFileName().toString()))
          .filter(Matcher::matches)
          .max(Comparator.comparingInt(name -> Integer.parseInt(name.group(1))))
          .map(name -> directory.resolve(name.group()))
          .orElse(null);
    }
  }

  /**
   * Reads a corpus file.
   *
   * @throws IllegalArgumentException if it is not one
   */
  public static Corpus read(Path file) throws IOException {
    try {
      return JSON.readValue(Files.readAllBytes(file), Corpus.class);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(
          file + ": not a corpus: " + e.getOriginalMessage().lines().findFirst().orElse(""), e);
    }
  }

  public Recorded recording(String name) {
    return Names.choose("recording", name, recordings, Recorded::name);
  }

  /**
   * What of the versions here differs from the corpus's: a line each, such as {@code redis-server
   * 5:7.0.15-1 in place of 5:7.0.14-2}.
   *
   * @param here versions of QEMU and of a guest's packages, as {@link #versions()} names them
   */
  public List<String> differences(Map<String, String> here) {
    return here.entrySet().stream()
        .filter(each -> !each.getValue().equals(versions.get(each.getKey())))
        .map(
            each ->
                "%s %s in place of %s"
                    .formatted(
                        each.getKey(),
                        each.getValue(),
                        versions.getOrDefault(each.getKey(), "none")))
        .toList();
  }

  /** The packages in a built guest, by name. */
  public static Map<String, String> packages(Path built) throws IOException {
    var packages = new TreeMap<String, String>();
    Path file = built.resolve(PACKAGES);
    for (String line : Files.readAllLines(file)) {
      int blank = line.indexOf(' ');
      if (blank < 0) {
        throw new IOException(
            file + ": expected NAME VERSION in each line, found \"" + line + "\"");
      }
      packages.put(line.substring(0, blank), line.substring(blank + 1));
    }
    return packages;
  }
}
