package emulha.analysis.measures;

import emulha.metrics.RunRow;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Names of what was measured, short, and different for what must not be drawn as one: of two
 * settings that differ in more than method and interval, the names differ. Synthetic traces say so.
 */
public final class Labels {
  private static final List<Function<Setting, String>> CONDITIONS =
      List.of(
          one -> one.way().mode(),
          one -> one.way().pace(),
          one -> "base " + one.way().base(),
          Labels::store,
          Labels::encryption,
          Labels::link);

  /** No method first, the others by name, and by size where numbers tell them apart. */
  public static final Comparator<String> BY_SIZE =
      Comparator.comparing(Labels::sortable).thenComparing(Comparator.naturalOrder());

  private static final Pattern NUMBER = Pattern.compile("((?<==)-)?([0-9]+)(KiB|MiB|GiB)?");

  /** Added to numbers, so that negative ones sort before the others as texts. */
  private static final BigInteger ABOVE_ZERO = BigInteger.TEN.pow(18);

  private Labels() {}

  /** The methods of summaries, in the order of {@link #BY_SIZE}. */
  public static List<String> methods(List<Summary> summaries) {
    return summaries.stream()
        .map(one -> one.setting().method())
        .distinct()
        .sorted(BY_SIZE)
        .toList();
  }

  /** The text with numbers of one length, negative ones first. */
  private static String sortable(String text) {
    if (text.equals(RunRow.Setting.NONE)) {
      return "";
    }
    return NUMBER
        .matcher(text)
        .replaceAll(
            number -> {
              BigInteger size =
                  new BigInteger(number.group(2))
                      .shiftLeft(
                          switch (String.valueOf(number.group(3))) {
                            case "KiB" -> 10;
                            case "MiB" -> 20;
                            case "GiB" -> 30;
                            default -> 0;
                          });
              return String.format(
                  Locale.ROOT,
                  "%020d",
                  ABOVE_ZERO.add(number.group(1) == null ? size : size.negate()));
            });
  }

  /** Names by workload, with traces and conditions where the workload alone is not unique. */
  public static Function<Summary, String> of(List<Summary> summaries) {
    return of(summaries, List.of(Setting::traces));
  }

  /** The same for traces that differ in what the figure's axis shows. */
  public static Function<Summary, String> byWorkload(List<Summary> summaries) {
    return of(summaries, List.of());
  }

  private static Function<Summary, String> of(
      List<Summary> summaries, List<Function<Setting, String>> first) {
    return summary -> {
      Setting setting = summary.setting();
      List<Summary> same =
          summaries.stream().filter(other -> workload(other).equals(workload(summary))).toList();
      List<String> details =
          new ArrayList<>(
              differing(same, Stream.concat(first.stream(), CONDITIONS.stream()).toList())
                  .apply(summary));
      if (setting.synthetic()) {
        details.add("synthetic");
      }
      return workload(summary) + (details.isEmpty() ? "" : " (" + String.join(", ", details) + ")");
    };
  }

  /**
   * Of several things that may tell settings apart, those that do.
   *
   * @param details texts, empty where there is nothing to say
   * @return of a summary, its texts that are not empty
   */
  public static Function<Summary, List<String>> differing(
      List<Summary> summaries, List<Function<Setting, String>> details) {
    List<Function<Setting, String>> differing =
        details.stream()
            .filter(one -> summaries.stream().map(Summary::setting).map(one).distinct().count() > 1)
            .toList();
    return summary ->
        differing.stream()
            .map(one -> one.apply(summary.setting()))
            .filter(text -> !text.isEmpty())
            .toList();
  }

  /** The same with the interval where there are several. */
  public static Function<Summary, String> withInterval(List<Summary> summaries) {
    Function<Summary, String> label = of(summaries);
    return Intervals.of(summaries).size() < 2
        ? label
        : summary -> label.apply(summary) + ", " + summary.setting().interval() + " ms";
  }

  /** What tells settings of the same traces apart, besides method and interval. */
  public static Function<Summary, String> conditions(List<Summary> sets) {
    return differing(
            sets,
            List.of(
                one -> one.way().mode(),
                one -> one.way().pace(),
                one -> one.way().base(),
                Setting::origin,
                Labels::store,
                Labels::encryption,
                Labels::link))
        .andThen(texts -> texts.stream().map(text -> " " + text).collect(Collectors.joining()));
  }

  /** The store, if it is not RAM. */
  public static String store(Setting setting) {
    return setting.inRam() ? "" : "store " + setting.way().store();
  }

  public static String encryption(Setting setting) {
    return setting.link().encrypted() ? "TLS" : "";
  }

  /** The link's speed and latency and how they came about, or nothing. */
  public static String link(Setting setting) {
    if (setting.overNetworkAsItIs()) {
      return "";
    }
    List<String> words = new ArrayList<>();
    Long bits = setting.link().bitsPerSecond();
    if (bits != null) {
      words.add(TableText.rounded(bits / 1e6) + " Mb/s");
    }
    Long latencyNs = setting.link().latencyNs();
    if (latencyNs != null) {
      words.add(TableText.rounded(latencyNs / 1e6) + " ms");
    }
    // A mode that is modelled says so.
    if (!setting.modelled()) {
      words.add(setting.link().kind());
    }
    return String.join(", ", words);
  }

  /** The workload without the details that recordings add after a colon, and how many VMs. */
  private static String workload(Summary summary) {
    String text = summary.of().workload().replaceAll(":[^+]*", "");
    return summary.wholeSet() && summary.vms() > 1 ? summary.vms() + " VMs: " + text : text;
  }
}
