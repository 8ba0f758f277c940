package emulha.traces.imports;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.RuntimeJsonMappingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.dataformat.csv.CsvMapper;
import com.fasterxml.jackson.dataformat.csv.CsvSchema;
import emulha.files.DamagedFileException;
import emulha.memory.DirtyPages;
import emulha.memory.FreeMap;
import emulha.memory.Page;
import emulha.memory.PageSize;
import emulha.traces.CheckpointHeader;
import emulha.traces.Clock;
import emulha.traces.Progress;
import emulha.traces.SeriesDescription;
import emulha.traces.SeriesInfo;
import emulha.traces.SeriesWriter;
import emulha.traces.imports.image.ImageFormat;
import emulha.traces.imports.image.Input;
import emulha.traces.imports.image.KnownFile;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Imports the plain layout: a directory with
 *
 * <ul>
 *   <li>{@code base.raw}: all of RAM before checkpoint 0; page n at n times the size of a page;
 *   <li>{@code ckpt-N.idx}: page frame numbers written in interval N, u64 little-endian, ascending;
 *       N from 0, with or without leading zeros;
 *   <li>{@code ckpt-N.pages}: their contents, one after another in that order;
 *   <li>{@code base.idx}, optional: page frame numbers of a base that is not all of RAM; {@code
 *       base.raw} has zeros elsewhere;
 *   <li>{@code base.free}, {@code ckpt-N.free}, optional: free maps, see {@link FreeMap}; frames
 *       beyond a shorter one are in use;
 *   <li>{@code meta.json}: {@code interval_ms} (any decimal number of whole nanoseconds) or {@code
 *       interval_ns}, {@code workload}, {@code dirty_by} and, optional, {@code vm}, {@code
 *       page_size} (4096 if it is not given), {@code ram_bytes}, {@code checkpoints}, and in an
 *       object {@code emulha} what a series says: {@code origin}, {@code calibration}, {@code
 *       clock}, {@code instructions_per_second} and {@code environment} as in {@code series.json};
 *       all else, of whatever name, is carried over into the environment;
 *   <li>{@code stats.csv}, optional: columns {@code ckpt} and {@code run_ms}, the guest's run time
 *       in each interval.
 * </ul>
 */
public final class FlatImport {
  /** In a directory: the page frame numbers of a base that is not all of RAM. */
  public static final String BASE_INDEX = "base.idx";

  /** In {@code meta.json}: what a series says of itself, apart from what a recorder may. */
  public static final String OWN = "emulha";

  /** Fields of {@code meta.json} that say something of their own; others are free. */
  public static final List<String> FIELDS =
      List.of(
          "vm",
          "workload",
          "interval_ms",
          "interval_ns",
          "page_size",
          "ram_bytes",
          "checkpoints",
          "dirty_by",
          OWN);

  private static final String BASE = "base.raw";
  private static final String META = "meta.json";
  private static final String STATS = "stats.csv";
  private static final int MAX_SHOWN = 100;
  private static final Pattern CHECKPOINT_FILE = Pattern.compile("ckpt-(\\d{1,9})\\.(\\w+)");
  private static final Pattern MILLISECONDS = Pattern.compile("\\d{1,13}(\\.\\d{1,15})?");

  /** Bytes of the base that are written at once. */
  private static final int STRETCH_BYTES = 4 << 20;

  private static final JsonMapper JSON =
      JsonMapper.builder().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS).build();

  private FlatImport() {}

  /**
   * Imports a recording.
   *
   * @param source the directory described above
   * @param destination absent or an empty directory
   * @param progress told in pages of the base, then in checkpoints
   * @throws IOException if a file is missing, of an odd size, or contradicts another
   */
  public static void run(Path source, Path destination, Progress progress) throws IOException {
    Path base = source.resolve(BASE);
    if (!Files.isRegularFile(base)) {
      throw new IOException(base + ": missing; the plain layout needs " + BASE + " and " + META);
    }
    long ramBytes = Files.size(base);
    KnownFile.refuseOthers(base, ImageFormat.RAW);
    List<Path> checkpoints = checkpoints(source);
    SeriesDescription description = description(source, ramBytes, checkpoints.size());
    long[] guestTimes = guestTimes(source.resolve(STATS), checkpoints.size());
    try (var writer = SeriesWriter.create(destination, description)) {
      base(base, description, writer, progress);
      var pages = new DirtyPages(description.pageSize());
      for (int n = 0; n < checkpoints.size(); n++) {
        read(checkpoints.get(n), description.ramPages(), pages);
        writer.writeCheckpoint(pages, guestTimes[n], null);
        progress.step("checkpoints", n + 1L, checkpoints.size());
      }
      writer.finish();
    }
  }

  /** The index files in order of their numbers, which have to be 0, 1, 2, …. */
  private static List<Path> checkpoints(Path source) throws IOException {
    var indexes = new TreeMap<Integer, Path>();
    var others = new TreeMap<Integer, Path>();
    try (Stream<Path> files = Files.list(source)) {
      for (Path file : files.sorted().toList()) {
        Matcher name = CHECKPOINT_FILE.matcher(file.getFileName().toString());
        if (name.matches()) {
          int number = Integer.parseInt(name.group(1));
          Path earlier = (name.group(2).equals("idx") ? indexes : others).put(number, file);
          if (earlier != null && name.group(2).equals("idx")) {
            throw new IOException(file + ": same checkpoint number as " + earlier.getFileName());
          }
        }
      }
    }
    if (indexes.isEmpty()) {
      throw new IOException(source + ": no checkpoints; expected ckpt-0.idx, ckpt-0.pages, …");
    }
    int expected = 0;
    for (var entry : indexes.entrySet()) {
      if (entry.getKey() != expected) {
        throw new IOException(
            source + ": checkpoint " + expected + " is missing, found " + entry.getValue());
      }
      expected++;
    }
    for (var entry : others.entrySet()) {
      if (!indexes.containsKey(entry.getKey())) {
        throw new IOException(entry.getValue() + ": its index ckpt-N.idx is missing");
      }
    }
    return List.copyOf(indexes.values());
  }

  private static SeriesDescription description(Path source, long ramBytes, int checkpoints)
      throws IOException {
    Path file = source.resolve(META);
    if (!Files.isRegularFile(file)) {
      throw new IOException(file + ": missing; it says interval_ms, workload and dirty_by");
    }
    JsonNode meta;
    try {
      meta = JSON.readTree(Files.readAllBytes(file));
    } catch (JsonProcessingException e) {
      long at = e.getLocation() == null ? 0 : Math.max(0, e.getLocation().getByteOffset());
      throw new DamagedFileException(file.toString(), at, "not JSON: " + e.getOriginalMessage());
    }
    if (!meta.isObject()) {
      throw new DamagedFileException(file.toString(), 0, "expected a JSON object");
    }
    PageSize pageSize = pageSize(file, meta);
    String whole = "a positive multiple of " + pageSize.bytes() + " bytes";
    Input.require(pageSize.divides(ramBytes), source.resolve(BASE), ramBytes, whole, "the end");
    expect(file, meta, "ram_bytes", ramBytes);
    expect(file, meta, "checkpoints", checkpoints);
    long intervalNs = intervalNs(file, meta);
    var environment = new LinkedHashMap<String, String>();
    for (Map.Entry<String, JsonNode> field : meta.properties()) {
      if (!FIELDS.contains(field.getKey())) {
        flatten(field.getKey(), field.getValue(), environment);
      }
    }
    JsonNode own = meta.has(OWN) ? meta.get(OWN) : JSON.createObjectNode();
    require(own.isObject(), file, "an object in " + OWN, own);
    JsonNode others = own.path("environment");
    if (others.isObject()) {
      flatten("", others, environment);
    }
    JsonNode vm = meta.get("vm");
    Path index = source.resolve(BASE_INDEX);
    long ramPages = pageSize.pagesIn(ramBytes);
    return new SeriesDescription(
        vm == null ? SeriesInfo.nameOf(source) : text(file, "vm", vm),
        text(file, "workload", required(file, meta, "workload")),
        intervalNs,
        new SeriesDescription.Memory(
            ramBytes, Files.exists(index) ? listed(index, ramPages) : ramPages, pageSize),
        new SeriesDescription.Origin(
            text(file, "dirty_by", required(file, meta, "dirty_by")),
            synthetic(file, own),
            calibration(file, own),
            environment),
        clock(file, own));
  }

  /** How many page frames an index lists. */
  private static long listed(Path index, long ramPages) throws IOException {
    long bytes = Files.size(index);
    boolean fits = bytes % Long.BYTES == 0 && bytes / Long.BYTES <= ramPages;
    String expected = "at most " + ramPages + " page numbers of 8 bytes";
    Input.require(fits, index, bytes, expected, "the end");
    return bytes / Long.BYTES;
  }

  private static boolean synthetic(Path file, JsonNode own) throws IOException {
    JsonNode value = own.get("origin");
    String origin = value == null ? "recording" : text(file, "origin", value);
    boolean known = origin.equals("recording") || origin.equals("synthetic");
    require(known, file, "\"recording\" or \"synthetic\" in origin", '"' + origin + '"');
    return origin.equals("synthetic");
  }

  private static Map<String, String> calibration(Path file, JsonNode own) throws IOException {
    JsonNode value = own.get("calibration");
    var calibration = new LinkedHashMap<String, String>();
    if (value != null && (!value.isObject() || !(synthetic(file, own) || value.isEmpty()))) {
      throw new IOException(
          file + ": only of origin \"synthetic\" there is a calibration, an object of texts");
    }
    if (value != null) {
      for (Map.Entry<String, JsonNode> field : value.properties()) {
        calibration.put(field.getKey(), text(file, "calibration", field.getValue()));
      }
    }
    return calibration;
  }

  private static Clock clock(Path file, JsonNode own) throws IOException {
    JsonNode value = own.get("clock");
    if (value == null) {
      return Clock.HOST;
    }
    try {
      return switch (Clock.Kind.of(text(file, "clock", value))) {
        case HOST -> Clock.HOST;
        case GUEST -> Clock.guest(required(file, own, "instructions_per_second").asLong());
      };
    } catch (IllegalArgumentException e) {
      throw new IOException(file + ": " + e.getMessage(), e);
    }
  }

  private static PageSize pageSize(Path file, JsonNode meta) throws IOException {
    JsonNode value = meta.get("page_size");
    if (value == null) {
      return PageSize.SMALL;
    }
    boolean valid =
        value.isIntegralNumber() && value.canConvertToLong() && PageSize.isValid(value.longValue());
    require(valid, file, PageSize.VALID + " in page_size", value);
    return PageSize.of(value.longValue());
  }

  /** From interval_ms, any decimal number, or interval_ns; kept exactly. */
  private static long intervalNs(Path file, JsonNode meta) throws IOException {
    boolean inNs = meta.has("interval_ns");
    if (inNs && meta.has("interval_ms")) {
      throw new IOException(file + ": give interval_ms or interval_ns, not both");
    }
    String name = inNs ? "interval_ns" : "interval_ms";
    JsonNode value = required(file, meta, name);
    require(value.isNumber(), file, "a number in " + name, value);
    BigDecimal given = value.decimalValue();
    require(given.signum() > 0, file, name + " above 0", value);
    try {
      return (inNs ? given : given.movePointRight(6)).longValueExact();
    } catch (ArithmeticException e) {
      throw new IOException(
          file + ": expected " + name + " in whole nanoseconds, found " + value, e);
    }
  }

  private static String text(Path file, String name, JsonNode value) throws IOException {
    require(value.isTextual(), file, "text in " + name, value);
    return value.textValue();
  }

  /** Requires something; else shows the begin of what was found, which may be of any length. */
  private static void require(boolean holds, Path file, String expected, Object found)
      throws IOException {
    if (!holds) {
      String text = found.toString();
      throw new IOException(
          "%s: expected %s, found %s"
              .formatted(
                  file,
                  expected,
                  text.length() <= MAX_SHOWN ? text : text.substring(0, MAX_SHOWN) + "…"));
    }
  }

  private static JsonNode required(Path file, JsonNode meta, String name) throws IOException {
    JsonNode value = meta.get(name);
    if (value == null) {
      throw new IOException(file + ": " + name + " is missing");
    }
    return value;
  }

  private static void expect(Path file, JsonNode meta, String name, long expected)
      throws IOException {
    JsonNode value = meta.get(name);
    if (value != null) {
      require(value.asText().equals(Long.toString(expected)), file, name + " " + expected, value);
    }
  }

  private static void flatten(String name, JsonNode value, Map<String, String> into) {
    if (value.isObject()) {
      for (Map.Entry<String, JsonNode> field : value.properties()) {
        flatten(
            name.isEmpty() ? field.getKey() : name + "." + field.getKey(), field.getValue(), into);
      }
    } else {
      into.put(name, value.isValueNode() ? value.asText() : value.toString());
    }
  }

  /** Guest time at the end of each interval in nanoseconds; unknown without the file. */
  static long[] guestTimes(Path stats, int checkpoints) throws IOException {
    long[] times = new long[checkpoints];
    Arrays.fill(times, CheckpointHeader.UNKNOWN_GUEST_TIME);
    if (!Files.exists(stats)) {
      return times;
    }
    var rows = new ArrayList<Map<String, String>>();
    try (MappingIterator<Map<String, String>> lines =
        new CsvMapper()
            .readerForMapOf(String.class)
            .with(CsvSchema.emptySchema().withHeader())
            .readValues(stats.toFile())) {
      while (lines.hasNext()) {
        rows.add(lines.next());
      }
    } catch (JsonProcessingException | RuntimeJsonMappingException e) {
      throw new IOException(stats + ": not a CSV file with a header: " + e.getMessage(), e);
    }
    if (rows.isEmpty() || !rows.getFirst().containsKey("run_ms")) {
      return times;
    }
    if (rows.size() != checkpoints) {
      throw new IOException(
          "%s: expected a row for each of %s checkpoints, found %s"
              .formatted(stats, checkpoints, rows.size()));
    }
    var time = BigDecimal.ZERO;
    for (int n = 0; n < checkpoints; n++) {
      String number = rows.get(n).get("ckpt");
      String runMs = rows.get(n).get("run_ms");
      if (number == null
          || runMs == null
          || !number.strip().equals(Integer.toString(n))
          || !MILLISECONDS.matcher(runMs.strip()).matches()) {
        throw new IOException(
            "%s: row %s: expected ckpt %s and its run_ms, found %s and %s"
                .formatted(stats, n + 1, n, number, runMs));
      }
      time = time.add(new BigDecimal(runMs.strip()).movePointRight(6));
      if (time.compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) > 0) {
        throw new IOException(
            "%s: row %s: run times that add up to 2^63 ns or more".formatted(stats, n + 1));
      }
      times[n] = time.longValue();
    }
    return times;
  }

  private static void base(
      Path file, SeriesDescription description, SeriesWriter writer, Progress progress)
      throws IOException {
    PageSize pageSize = description.pageSize();
    var stretch = new DirtyPages(pageSize);
    byte[] page = new byte[pageSize.bytes()];
    int together = pageSize.stretch(STRETCH_BYTES);
    FreeMap free = freeMap(file.resolveSibling("base.free"), description.ramPages());
    Path index = file.resolveSibling(BASE_INDEX);
    boolean all = !Files.exists(index);
    long[] listed = all ? new long[0] : pfns(index, description.ramPages());
    int next = 0;
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file), STRETCH_BYTES)) {
      for (long pfn = 0; pfn < description.ramPages(); ) {
        stretch.clear();
        stretch.setFreeMap(free);
        int count = (int) Math.min(together, description.ramPages() - pfn);
        for (int i = 0; i < count; i++, pfn++) {
          fill(in, file, page, 0, page.length);
          if (all || (next < listed.length && listed[next] == pfn)) {
            stretch.append(pfn, page, 0);
            next++;
          } else if (!Page.isZero(page, 0, page.length)) {
            throw new DamagedFileException(
                file.toString(),
                pageSize.bytesOf(pfn),
                "page %d is not zero, but %s does not list it".formatted(pfn, BASE_INDEX));
          }
        }
        writer.writeBase(stretch);
        progress.step("base", pfn, description.ramPages());
      }
    }
  }

  private static void read(Path index, long ramPages, DirtyPages pages) throws IOException {
    String name = index.getFileName().toString();
    String stem = name.substring(0, name.length() - "idx".length());
    Path contents = index.resolveSibling(stem + "pages");
    if (!Files.isRegularFile(contents)) {
      throw new IOException(contents + ": missing beside " + name);
    }
    long count = listed(index, ramPages);
    PageSize pageSize = pages.pageSize();
    long bytes = Files.size(contents);
    String expected = "%d pages of %d bytes".formatted(count, pageSize.bytes());
    Input.require(bytes == pageSize.bytesOf(count), contents, bytes, expected, "the end");
    pages.clear();
    for (long pfn : pfns(index, ramPages)) {
      pages.append(pfn);
    }
    pages.setFreeMap(freeMap(index.resolveSibling(stem + "free"), ramPages));
    try (InputStream in = Files.newInputStream(contents)) {
      for (int i = 0; i < pages.count(); i++) {
        fill(in, contents, pages.slab(i), pages.offset(i), pageSize.bytes());
      }
    }
  }

  private static long[] pfns(Path index, long ramPages) throws IOException {
    ByteBuffer numbers = ByteBuffer.wrap(Files.readAllBytes(index)).order(ByteOrder.LITTLE_ENDIAN);
    long[] pfns = new long[numbers.remaining() / Long.BYTES];
    long last = -1;
    for (int i = 0; i < pfns.length; i++) {
      long pfn = numbers.getLong();
      if (pfn <= last || pfn >= ramPages) {
        throw new DamagedFileException(
            index.toString(),
            numbers.position() - Long.BYTES,
            "expected ascending page numbers below %s, found %s"
                .formatted(ramPages, Long.toUnsignedString(pfn)));
      }
      pfns[i] = pfn;
      last = pfn;
    }
    return pfns;
  }

  private static @Nullable FreeMap freeMap(Path file, long ramPages) throws IOException {
    if (!Files.exists(file)) {
      return null;
    }
    long most = (ramPages + 7) / 8;
    long bytes = Files.size(file);
    Input.require(bytes <= most, file, most, "a free map of at most " + most + " bytes", bytes);
    return bytes == 0 ? null : new FreeMap(Files.readAllBytes(file));
  }

  private static void fill(InputStream in, Path file, byte[] into, int offset, int length)
      throws IOException {
    if (in.readNBytes(into, offset, length) < length) {
      throw new DamagedFileException(file.toString(), 0, "shorter than it was a moment ago");
    }
  }
}
