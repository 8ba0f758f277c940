package emulha.analysis.figures;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import emulha.analysis.drawing.Palette;
import emulha.analysis.drawing.Resources;
import emulha.analysis.measures.Estimate;
import emulha.analysis.measures.Intervals;
import emulha.analysis.measures.Labels;
import emulha.analysis.measures.Measure;
import emulha.analysis.measures.Setting;
import emulha.analysis.measures.Summary;
import emulha.files.WholeFile;
import java.awt.Color;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.knowm.xchart.style.markers.Marker;
import org.knowm.xchart.style.markers.SeriesMarkers;

/**
 * {@code explore.html}: the settings of results as points that can be filtered, read one by one and
 * sorted; one file that asks for no other and works offline.
 */
public final class Explorer {
  public static final String NAME = "explore.html";

  /** Chart.js, as its WebJar has it. */
  private static final String LIBRARY =
      "/META-INF/resources/webjars/chart.js/4.5.1/dist/chart.umd.min.js";

  /**
   * A measure that points can be placed by.
   *
   * @param unit of the values shown
   * @param factor from the measure's own unit
   * @param log whether its axis is logarithmic unless told otherwise
   */
  private record Scale(Measure measure, String name, String unit, double factor, boolean log) {}

  private static final List<Scale> SCALES =
      List.of(
          new Scale(Measure.TRAFFIC_REDUCTION, "traffic reduction", "%", 100, false),
          new Scale(Measure.WIRE_TRAFFIC_REDUCTION, "wire traffic reduction", "%", 100, false),
          new Scale(Measure.PAYLOAD_BYTES_PER_PAGE, "payload per page", "B", 1, true),
          new Scale(
              Measure.SENDER_CODEC_CPU_NS_PER_PAGE, "sender codec CPU per page", "µs", 1e-3, true),
          new Scale(
              Measure.RECEIVER_CODEC_CPU_NS_PER_PAGE,
              "receiver codec CPU per page",
              "µs",
              1e-3,
              true),
          new Scale(Measure.SENDER_CPU_NS_PER_PAGE, "sender CPU per page", "µs", 1e-3, true),
          new Scale(Measure.RECEIVER_CPU_NS_PER_PAGE, "receiver CPU per page", "µs", 1e-3, true),
          new Scale(Measure.SENDER_MEMORY_BYTES, "sender memory", "MB", 1e-6, true),
          new Scale(Measure.RECEIVER_MEMORY_BYTES, "receiver memory", "MB", 1e-6, true),
          new Scale(Measure.TRANSFER_NS, "transfer time", "ms", 1e-6, true),
          new Scale(Measure.TRANSFER_P99_NS, "transfer time, 99th percentile", "ms", 1e-6, true),
          new Scale(Measure.TRANSFER_INTERVALS, "transfer time in intervals", "", 1, true),
          new Scale(Measure.LATE_SHARE, "late checkpoints", "%", 100, false));

  /** Down the page, the first of these that there is. */
  private static final List<Measure> VERTICAL = List.of(Measure.TRAFFIC_REDUCTION);

  private static final List<Measure> HORIZONTAL =
      List.of(
          Measure.SENDER_CODEC_CPU_NS_PER_PAGE,
          Measure.SENDER_CPU_NS_PER_PAGE,
          Measure.SENDER_MEMORY_BYTES);

  /** The names of the shapes in {@code explore.js}; those that look like another have one apart. */
  private static final Map<Marker, String> SHAPES =
      Map.of(
          SeriesMarkers.CIRCLE, "circle",
          SeriesMarkers.SQUARE, "rect",
          SeriesMarkers.TRIANGLE_UP, "triangle",
          SeriesMarkers.DIAMOND, "rectRot",
          SeriesMarkers.TRIANGLE_DOWN, "down",
          SeriesMarkers.TRAPEZOID, "star",
          SeriesMarkers.OVAL, "crossRot",
          SeriesMarkers.RECTANGLE, "cross");

  private static final ObjectMapper JSON = new ObjectMapper();

  private Explorer() {}

  /**
   * Writes the page, unless there is nothing to show.
   *
   * @param summaries what to show; those of single VMs among several are left out
   * @param palette looks of figures beside it, which methods keep
   * @param labels what to write in place of methods
   */
  public static void write(
      List<Summary> summaries, Palette palette, Map<String, String> labels, Path directory)
      throws IOException {
    List<Summary> sets =
        summaries.stream().filter(s -> s.wholeSet() && s.checkpoints() > 0).toList();
    Path page = directory.resolve(NAME);
    if (sets.isEmpty()) {
      Files.deleteIfExists(page);
    } else {
      WholeFile.write(page, page(data(sets, palette, labels)));
    }
  }

  private static String page(ObjectNode data) throws IOException {
    return resource("explore.html")
        .replace("%STYLE%", resource("explore.css"))
        .replace(
            "%LIBRARY%",
            resource(LIBRARY)
                .replaceAll("(?m)^//# sourceMappingURL=.*$", "")
                .replace("</script", "<\\/script")
                .strip())
        .replace("%SCRIPT%", resource("explore.js"))
        // Last, as names in it may be anything. What ends a script, or begins a comment, is written
        // so that JSON alone reads it.
        .replace("%DATA%", JSON.writeValueAsString(data).replace("<", "\\u003c"));
  }

  private static String resource(String name) {
    return Resources.text(Explorer.class, name);
  }

  private static ObjectNode data(List<Summary> sets, Palette palette, Map<String, String> labels) {
    Function<Summary, String> conditions = conditions(sets);
    List<String> methods = Labels.methods(sets);
    List<String> recordings =
        sets.stream().map(s -> s.setting().recording()).distinct().sorted().toList();
    List<Long> intervals = Intervals.of(sets);
    List<String> links =
        sets.stream()
            .sorted(
                Comparator.comparing(
                    s -> s.setting().link().bitsPerSecond(),
                    Comparator.nullsLast(Comparator.naturalOrder())))
            .map(Explorer::link)
            .distinct()
            .toList();
    List<String> kinds = sets.stream().map(conditions).distinct().sorted().toList();
    List<Scale> scales =
        SCALES.stream()
            .filter(scale -> sets.stream().anyMatch(s -> s.get(scale.measure()).isPresent()))
            .toList();

    ObjectNode data = JSON.createObjectNode();
    ArrayNode measures = data.putArray("measures");
    for (Scale scale : scales) {
      measures
          .addObject()
          .put("name", scale.name())
          .put("unit", scale.unit())
          .put("meaning", scale.measure().meaning())
          .put("log", scale.log());
    }
    data.put("y", first(scales, VERTICAL)).put("x", first(scales, HORIZONTAL));
    Palette others = new Palette(methods);
    ArrayNode looks = data.putArray("methods");
    for (String method : methods) {
      String name = labels.getOrDefault(method, method);
      Palette.Look look = palette.has(name) ? palette.of(name) : others.of(method);
      Color color = look.color();
      looks
          .addObject()
          .put("name", name)
          .put("color", "#%06x".formatted(color.getRGB() & 0xffffff))
          .put("shape", SHAPES.getOrDefault(look.marker(), "circle"));
    }
    recordings.forEach(data.putArray("recordings")::add);
    intervals.stream().map(Intervals::milliseconds).forEach(data.putArray("intervals")::add);
    links.forEach(data.putArray("links")::add);
    kinds.forEach(data.putArray("conditions")::add);
    ArrayNode points = data.putArray("points");
    for (Summary summary : sets) {
      Setting setting = summary.setting();
      ArrayNode point =
          points
              .addArray()
              .add(recordings.indexOf(setting.recording()))
              .add(intervals.indexOf(setting.intervalNs()))
              .add(links.indexOf(link(summary)))
              .add(kinds.indexOf(conditions.apply(summary)))
              .add(methods.indexOf(setting.method()))
              .add(summary.extent().trials())
              .add(summary.checkpoints());
      ArrayNode values = point.addArray();
      for (Scale scale : scales) {
        summary
            .get(scale.measure())
            .map(estimate -> estimate.times(scale.factor()))
            .ifPresentOrElse(estimate -> add(values.addArray(), estimate), values::addNull);
      }
    }
    return data;
  }

  private static void add(ArrayNode value, Estimate estimate) {
    value.add(estimate.value());
    if (estimate.hasInterval()) {
      value.add(estimate.low()).add(estimate.high());
    }
  }

  private static int first(List<Scale> scales, List<Measure> wanted) {
    return wanted.stream()
        .flatMap(measure -> scales.stream().filter(scale -> scale.measure() == measure))
        .mapToInt(scales::indexOf)
        .findFirst()
        .orElse(0);
  }

  private static String link(Summary summary) {
    String link = Labels.link(summary.setting());
    return link.isEmpty() ? "as it is" : link;
  }

  /** What else differs between settings, or nothing. */
  private static Function<Summary, String> conditions(List<Summary> sets) {
    return Labels.differing(
            sets,
            List.of(
                setting -> setting.way().mode(),
                setting -> "pace " + setting.way().pace(),
                setting -> "base " + setting.way().base(),
                setting -> setting.inRam() ? "in RAM" : Labels.store(setting),
                setting -> setting.link().encrypted() ? "TLS" : "not encrypted",
                Setting::conditionsText))
        .andThen(texts -> String.join(", ", texts));
  }
}
