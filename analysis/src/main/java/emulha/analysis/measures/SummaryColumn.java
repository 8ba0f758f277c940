package emulha.analysis.measures;

import java.util.Locale;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tech.tablesaw.api.ColumnType;

/** The columns of {@code summary.csv}, measures apart: what a {@link Summary} is of. */
@SuppressWarnings("ImmutableEnumChecker") // functions here are without state, types constants
enum SummaryColumn {
  TRACES("Names of the series replayed together, joined by +", one -> one.setting().traces()),
  VM("Name of the VM; all: several VMs together", one -> one.of().vm()),
  WORKLOAD(
      "Workload of the VM; of all, joined by + in the order of their names",
      one -> one.of().workload()),
  ORIGIN("recording or synthetic", one -> one.setting().origin()),
  MODE("replay, reduce, or modelled", one -> one.setting().way().mode()),
  PACE("realtime, virtual, cooled, asap or none", one -> one.setting().way().pace()),
  BASE("send or skip", one -> one.setting().way().base()),
  STORE(
      "Where the receiver kept checkpoints; empty without one", one -> one.setting().way().store()),
  LINK_KIND("as-is, imitated, shaped or modelled", one -> one.setting().link().kind()),
  LINK_BITS_PER_SECOND(
      "bits per second",
      "Bandwidth of the link, if limited",
      one -> one.setting().link().bitsPerSecond()),
  LINK_LATENCY_NS(
      "nanoseconds", "Latency added by the link, if any", one -> one.setting().link().latencyNs()),
  ENCRYPTED(
      ColumnType.BOOLEAN,
      "flag",
      "Whether the connection was",
      one -> one.setting().link().encrypted()),
  METHOD("The compression method", one -> one.setting().method()),
  INTERVAL_MS(
      "milliseconds",
      "Configured interval; empty where it is not whole: see interval_ns",
      one -> Intervals.wholeMilliseconds(one.setting().intervalNs())),
  INTERVAL_NS("nanoseconds", "Configured interval", one -> one.setting().intervalNs()),
  VMS("count", "VMs protected together", one -> (long) one.vms()),
  TRIALS(
      "count", "Fresh pairs of JVMs that count; 0: all were disturbed", one -> (long) one.trials()),
  DISTURBED_TRIALS(
      "count",
      "Trials left out since something else kept them waiting",
      one -> (long) one.extent().disturbed()),
  REPLAYS("count", "Counted replays of all trials together", one -> (long) one.extent().replays()),
  COVERAGE(
      ColumnType.DOUBLE,
      "ratio",
      "Probability with which low and high of what is timed hold its median; below 0.95 they"
          + " are but the range of what was seen",
      one -> Statistics.medianCoverage(Math.max(1, one.trials()))),
  CHECKPOINTS("count", "Incremental checkpoints over all replays", Summary::checkpoints),
  VERIFIED(
      ColumnType.BOOLEAN,
      "flag",
      "Whether every checkpoint was proved equal to the recording",
      one -> one.extent().verified());

  final ColumnType type;
  final DerivedColumns.Declared declared;
  private final Function<Summary, @Nullable Object> value;

  SummaryColumn(
      ColumnType type, String unit, String meaning, Function<Summary, @Nullable Object> value) {
    this.type = type;
    this.declared = new DerivedColumns.Declared(column(), unit, meaning);
    this.value = value;
  }

  SummaryColumn(String unit, String meaning, Function<Summary, @Nullable Object> value) {
    this(ColumnType.LONG, unit, meaning, value);
  }

  SummaryColumn(String meaning, Function<Summary, @Nullable Object> value) {
    this(ColumnType.STRING, "text", meaning, value);
  }

  String column() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Null where there is none. */
  @Nullable Object of(Summary summary) {
    return value.apply(summary);
  }
}
