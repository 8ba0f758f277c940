package emulha.analysis.measures;

import emulha.metrics.RunRow;
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
  public static final Comparator<String> BY_SIZE = Comparator.comparing(Labels::sortable);

  private static final Pattern NUMBER = Pattern.compile("((?<==)-)?([0-9]+)(KiB|MiB|GiB)?");

  private Labels() {}

  /** The text with numbers of one length, negative ones first. */
  private static String sortable(String text) {
    if (text.equals(RunRow.Setting.NONE)) {
      return "";
    }
    return NUMBER
        .matcher(text)
        .replaceAll(
            number -> {
              double value =
                  Double.parseDouble(number.group(2))
                      * switch (String.valueOf(number.group(3))) {
                        case "KiB" -> 1 << 10;
                        case "MiB" -> 1 << 20;
                        case "GiB" -> 1 << 30;
                        default -> 1;
                      };
              return String.format(
                  Locale.ROOT, "%020.0f", 1e18 + (number.group(1) == null ? value : -value));
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
      List<Setting> same =
          summaries.stream()
              .filter(other -> workload(other).equals(workload(summary)))
              .map(Summary::setting)
              .toList();
      Stream<String> details =
          Stream.concat(first.stream(), CONDITIONS.stream())
              .filter(detail -> same.stream().map(detail).distinct().count() > 1)
              .map(detail -> detail.apply(setting));
      Stream<String> origin = setting.synthetic() ? Stream.of("synthetic") : Stream.of();
      String all =
          Stream.concat(details, origin)
              .filter(text -> !text.isEmpty())
              .collect(Collectors.joining(", "));
      return workload(summary) + (all.isEmpty() ? "" : " (" + all + ")");
    };
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
    List<Function<Setting, String>> all =
        List.of(
            one -> one.way().mode(),
            one -> one.way().pace(),
            one -> one.way().base(),
            Setting::origin,
            Labels::store,
            Labels::encryption,
            Labels::link);
    List<Function<Setting, String>> differing =
        all.stream()
            .filter(one -> sets.stream().map(Summary::setting).map(one).distinct().count() > 1)
            .toList();
    return summary -> {
      var text = new StringBuilder();
      differing.stream()
          .map(one -> one.apply(summary.setting()))
          .filter(one -> !one.isEmpty())
          .forEach(one -> text.append(' ').append(one));
      return text.toString();
    };
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
