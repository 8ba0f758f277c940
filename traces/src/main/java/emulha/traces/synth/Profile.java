package emulha.traces.synth;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import emulha.memory.Page;
import emulha.metrics.FlatJson;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * What synthetic checkpoints of one workload are like. Read from a JSON file whose keys are these
 * components in snake case, all required and no others; every property says where it comes from.
 *
 * @param workload the workload that it stands for
 * @param unlessSaid what a series is like unless said otherwise
 * @param sizes average checkpoint sizes
 * @param ramZero share of all of RAM that is zero pages in the base
 * @param written what is written
 */
public record Profile(
    String workload,
    @JsonUnwrapped Extent unlessSaid,
    Sizes sizes,
    Share ramZero,
    @JsonUnwrapped Written written) {
  private static final List<ContentClass> UNIQUE =
      List.of(ContentClass.SPARSE, ContentClass.COMPRESSIBLE, ContentClass.RANDOM);

  private static final List<String> NAMES =
      List.of(
          "hpcc",
          "rubis",
          "ffmpeg",
          "voltdb",
          "underload",
          "dbench",
          "kcompile",
          "npb-lu",
          "hadoop",
          "tpcw",
          "memhog");

  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(MapperFeature.ACCEPT_CASE_INSENSITIVE_ENUMS)
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .addModule(new FlatJson())
          .build();

  /**
   * Average checkpoint sizes.
   *
   * @param bytesByIntervalMs size in bytes for each interval in milliseconds, at least one
   * @param source where the numbers come from
   */
  public record Sizes(SortedMap<Long, Long> bytesByIntervalMs, String source) {
    public Sizes {
      if (bytesByIntervalMs.isEmpty()
          || bytesByIntervalMs.firstKey() < 1
          || bytesByIntervalMs.values().stream().anyMatch(bytes -> bytes < Page.BYTES)) {
        throw new IllegalArgumentException(
            "sizes needs an interval of at least 1 ms, and at least a page in each");
      }
      bytesByIntervalMs = Collections.unmodifiableSortedMap(new TreeMap<>(bytesByIntervalMs));
    }
  }

  /**
   * A share.
   *
   * @param share 0..1
   * @param source where it comes from, or why it is assumed
   */
  public record Share(double share, String source) {
    public Share {
      if (!(share >= 0 && share <= 1)) {
        throw new IllegalArgumentException("share must be 0..1, got " + share);
      }
    }
  }

  /**
   * The extent of a series.
   *
   * @param ramBytes the VM's RAM
   * @param intervalMs checkpointing interval
   * @param durationMs time covered
   */
  public record Extent(long ramBytes, long intervalMs, long durationMs) {
    public Extent {
      if (ramBytes <= 0
          || ramBytes % Page.BYTES != 0
          || intervalMs < 1
          || durationMs < intervalMs) {
        throw new IllegalArgumentException(
            "ram_bytes must be a positive multiple of 4096, interval_ms at least 1, and duration_ms"
                + " at least interval_ms");
      }
    }
  }

  /**
   * The pages that are written.
   *
   * @param silent share of them whose content stays the same
   * @param content shares of what they hold; together 1
   * @param fillByte value that a filled page repeats, 0..255
   * @param randomBytes share of a compressible page that is random
   * @param duplicateInter share of a checkpoint's pages that only another VM's checkpoint of the
   *     same number holds too, where several VMs of this profile run
   * @param changedBytes what a write changes in a page that is not written anew
   */
  public record Written(
      Share silent,
      Map<ContentClass, Share> content,
      int fillByte,
      Share randomBytes,
      Share duplicateInter,
      ChangedBytesShape changedBytes) {
    public Written {
      if (fillByte < 0 || fillByte > 255) {
        throw new IllegalArgumentException("fill_byte must be 0..255, got " + fillByte);
      }
      var all = new EnumMap<ContentClass, Share>(ContentClass.class);
      all.putAll(content);
      for (ContentClass kind : ContentClass.values()) {
        if (!all.containsKey(kind)) {
          throw new IllegalArgumentException("content lacks '" + name(kind) + "'");
        }
      }
      double sum = all.values().stream().mapToDouble(Share::share).sum();
      if (Math.abs(sum - 1) > 1e-9) {
        throw new IllegalArgumentException("shares of content must add up to 1, not " + sum);
      }
      content = Collections.unmodifiableMap(all);
    }
  }

  /** Share of written pages of one kind. */
  double share(ContentClass kind) {
    return Objects.requireNonNull(written.content().get(kind)).share();
  }

  /**
   * Shares of the contents of pages that the VM itself does not repeat: of the kinds that are
   * neither zero, filled nor duplicate, together 1; all 0 if there are none.
   */
  Map<ContentClass, Double> uniqueShares() {
    double unique = uniqueShare();
    return UNIQUE.stream()
        .collect(Collectors.toMap(kind -> kind, kind -> unique == 0 ? 0 : share(kind) / unique));
  }

  /** Share of written pages that no other page of the VM repeats, whole or in part. */
  double uniqueShare() {
    return UNIQUE.stream().mapToDouble(this::share).sum();
  }

  /**
   * Shares of the contents that remain for the other pages when a part of all pages holds {@link
   * #uniqueShares}; together 1.
   *
   * @param part 0..{@link #uniqueShare}
   */
  Map<ContentClass, Double> sharesWithout(double part) {
    Map<ContentClass, Double> shares = new EnumMap<>(ContentClass.class);
    Map<ContentClass, Double> unique = uniqueShares();
    for (ContentClass kind : ContentClass.values()) {
      double left = share(kind) - part * unique.getOrDefault(kind, 0.0);
      shares.put(kind, part == 1 ? 0 : Math.max(0, left / (1 - part)));
    }
    return shares;
  }

  /** Names of the profiles that come with the program. */
  public static List<String> names() {
    return NAMES;
  }

  /**
   * A profile that comes with the program, or one in a file.
   *
   * @param nameOrFile one of {@link #names}, or a path that ends in {@code .json}
   * @throws IllegalArgumentException if there is no such profile
   * @throws IOException if the file cannot be read or is no profile
   */
  public static Profile named(String nameOrFile) throws IOException {
    if (nameOrFile.endsWith(".json")) {
      try (InputStream in = Files.newInputStream(Path.of(nameOrFile))) {
        return read(in, nameOrFile);
      }
    }
    if (!NAMES.contains(nameOrFile)) {
      throw new IllegalArgumentException(
          "unknown profile '%s'; available: %s, or a file ending in .json"
              .formatted(nameOrFile, String.join(", ", NAMES)));
    }
    String resource = nameOrFile + ".json";
    try (InputStream in = Profile.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IOException("profile " + resource + " is missing from the program");
      }
      return read(in, resource);
    }
  }

  /**
   * Parses a profile.
   *
   * @param where what to call it in errors
   * @throws IOException if it is no profile; the message names the place and what is wrong
   */
  static Profile read(InputStream in, String where) throws IOException {
    byte[] text = in.readAllBytes();
    try {
      return MAPPER.readValue(text, Profile.class);
    } catch (JsonProcessingException e) {
      throw new IOException(where + place(e, text) + ": " + reason(e), e);
    }
  }

  private static String place(JsonProcessingException e, byte[] text) {
    var location = e.getLocation();
    long line = location == null ? 0 : location.getLineNr();
    String path = "";
    if (e instanceof JsonMappingException mapping && !mapping.getPath().isEmpty()) {
      var first = mapping.getPath().getFirst();
      if (first.getFrom() != Profile.class) {
        line = FlatJson.line(text, first.getFieldName()).orElse(line);
      }
      path =
          mapping.getPath().stream()
              .map(step -> String.valueOf(step.getFieldName()))
              .collect(Collectors.joining(".", " at ", ""));
    }
    return (line == 0 ? "" : " line " + line) + path;
  }

  private static String reason(JsonProcessingException e) {
    if (e instanceof UnrecognizedPropertyException unknown) {
      return "unknown key '%s'; known: %s"
          .formatted(unknown.getPropertyName(), unknown.getKnownPropertyIds());
    }
    if (e instanceof MismatchedInputException missing
        && missing.getOriginalMessage().startsWith("Missing creator property")
        && !missing.getPath().isEmpty()) {
      return "key '" + missing.getPath().getLast().getFieldName() + "' is missing";
    }
    Throwable cause = e;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    String message =
        cause instanceof JsonProcessingException json
            ? json.getOriginalMessage()
            : String.valueOf(cause.getMessage());
    return message.lines().findFirst().orElse("not a profile");
  }

  /** What a series of this profile is calibrated to, by property. */
  Map<String, String> calibration() {
    Map<String, String> all = new LinkedHashMap<>();
    all.put(
        "checkpoint_sizes",
        "%s; %s"
            .formatted(
                sizes.bytesByIntervalMs().entrySet().stream()
                    .map(e -> e.getKey() + " ms: " + e.getValue() + " bytes")
                    .collect(Collectors.joining(", ")),
                sizes.source()));
    all.put("ram_zero", text(ramZero));
    all.put("silent", text(written.silent()));
    written.content().forEach((kind, share) -> all.put(name(kind), text(share)));
    all.put("random_bytes", text(written.randomBytes()));
    all.put("duplicate_inter", text(written.duplicateInter()));
    ChangedBytesShape changedBytes = written.changedBytes();
    all.put(
        "changed_bytes",
        "%s pages, %d bytes, %d in whole words; %s"
            .formatted(
                changedBytes.pages(),
                changedBytes.bytes(),
                changedBytes.wholeWordBytes(),
                changedBytes.source()));
    return all;
  }

  private static String text(Share share) {
    return share.share() + "; " + share.source();
  }

  private static String name(ContentClass kind) {
    return kind.name().toLowerCase(Locale.ROOT);
  }
}
