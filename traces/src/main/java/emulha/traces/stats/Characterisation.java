package emulha.traces.stats;

import emulha.files.Closing;
import emulha.memory.DirtyPages;
import emulha.memory.PageSize;
import emulha.metrics.ChangedBytesRow;
import emulha.metrics.CheckpointSizeRow;
import emulha.metrics.DuplicateRow;
import emulha.metrics.EntropyRow;
import emulha.metrics.MissRatioRow;
import emulha.metrics.SeriesKey;
import emulha.metrics.WorkingSetRow;
import emulha.metrics.WriteRateRow;
import emulha.metrics.columns.RowWriter;
import emulha.traces.Interval;
import emulha.traces.Series;
import emulha.traces.SeriesCursor;
import emulha.traces.SeriesInfo;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.LongStream;

/**
 * Reads series once, side by side, and writes every statistic of them as CSV. The files are the
 * same for the same series on every machine.
 */
public final class Characterisation {
  /** Hou's checkpointing intervals (Table 2). */
  private static final long[] INTERVALS_MS = {25, 50, 100, 1000, 2000, 5000};

  private static final int[] CHUNK_BYTES = {256, 1024, 4096};
  private static final int BASE_PAGES = 1024;

  private Characterisation() {}

  /**
   * Writes {@code checkpoint_sizes.csv}, {@code changed_bytes.csv}, {@code duplicates.csv}, {@code
   * entropy.csv}, {@code write_rates.csv}, {@code working_set.csv} and {@code miss_ratio.csv}.
   *
   * @param series VMs protected together, of one interval; duplicates are looked for among them
   * @param directory where the files go; must not have them already
   * @throws IllegalArgumentException if there is no series, two have one name, or their intervals
   *     differ
   */
  public static void write(List<? extends Series> series, Path directory) throws IOException {
    requireComparable(series);
    List<Vm> vms = new ArrayList<>();
    try (var sizes = writer(directory, "checkpoint_sizes.csv", CheckpointSizeRow.class);
        var changed = writer(directory, "changed_bytes.csv", ChangedBytesRow.class);
        var duplicates = writer(directory, "duplicates.csv", DuplicateRow.class);
        var entropy = writer(directory, "entropy.csv", EntropyRow.class);
        var rates = writer(directory, "write_rates.csv", WriteRateRow.class);
        var workingSets = writer(directory, "working_set.csv", WorkingSetRow.class);
        var missRatios = writer(directory, "miss_ratio.csv", MissRatioRow.class)) {
      for (Series one : series) {
        vms.add(new Vm(one));
      }
      for (Vm vm : vms) {
        vm.readBase();
      }
      List<SeriesKey> keys = vms.stream().map(vm -> vm.key).toList();
      List<DirtyPages> parts = vms.stream().map(vm -> vm.pages).toList();
      List<Duplicates> tables = Arrays.stream(CHUNK_BYTES).mapToObj(Duplicates::new).toList();
      for (long number = 0; advance(vms); number++) {
        for (Vm vm : vms) {
          if (vm.live) {
            changed.write(vm.changed.checkpoint(vm.pages));
            entropy.write(Entropy.of(vm.key, number, vm.pages));
            vm.history.checkpoint(vm.pages);
            vm.distances.checkpoint(vm.pages);
          }
        }
        for (Duplicates table : tables) {
          duplicates.writeAll(table.checkpoint(number, keys, parts));
        }
      }
      for (Vm vm : vms) {
        sizes.writeAll(vm.history.sizes());
        rates.writeAll(vm.history.rates());
        workingSets.writeAll(vm.history.workingSets());
        missRatios.writeAll(vm.distances.rows(vm.key));
      }
      for (RowWriter<?> file :
          List.of(sizes, changed, duplicates, entropy, rates, workingSets, missRatios)) {
        file.commit();
      }
    } finally {
      Closing.all(vms, Vm::close);
    }
  }

  /**
   * The rows of {@code miss_ratio.csv} alone.
   *
   * @param series read once each
   */
  public static List<MissRatioRow> missRatios(List<? extends Series> series) throws IOException {
    List<MissRatioRow> rows = new ArrayList<>();
    for (Series one : series) {
      var distances = new StackDistances(one.info().description().ramPages());
      try (SeriesCursor cursor = one.open()) {
        var pages = new DirtyPages();
        while (cursor.nextCheckpoint(pages)) {
          distances.checkpoint(pages);
        }
      }
      rows.addAll(distances.rows(key(one.info())));
    }
    return rows;
  }

  private static SeriesKey key(SeriesInfo info) {
    return new SeriesKey(
        info.name(),
        info.vm(),
        info.workload(),
        info.synthetic() ? "synthetic" : "recording",
        info.intervalNs());
  }

  private static void requireComparable(List<? extends Series> series) {
    if (series.isEmpty()) {
      throw new IllegalArgumentException("no series given; name at least one");
    }
    SeriesInfo first = series.getFirst().info();
    Set<String> names = new HashSet<>();
    for (SeriesInfo one : series.stream().map(Series::info).toList()) {
      if (!names.add(one.name())) {
        throw new IllegalArgumentException(
            "two series are called %s; rename one, or their rows could not be told apart"
                .formatted(one.name()));
      }
      if (!one.pageSize().equals(PageSize.SMALL)) {
        throw new IllegalArgumentException(
            "series %s has pages of %s; the statistics are defined on pages of 4KiB"
                .formatted(one.name(), one.pageSize()));
      }
      if (one.intervalNs() != first.intervalNs()) {
        throw new IllegalArgumentException(
            "series %s has an interval of %s and %s of %s; give series of one interval"
                .formatted(first.name(), first.interval(), one.name(), one.interval()));
      }
    }
  }

  /** Reads each VM's next checkpoint; a VM whose series has ended has no pages. */
  private static boolean advance(List<Vm> vms) throws IOException {
    boolean any = false;
    for (Vm vm : vms) {
      vm.live = vm.cursor.nextCheckpoint(vm.pages);
      any |= vm.live;
    }
    return any;
  }

  private static <R extends Record> RowWriter<R> writer(Path directory, String name, Class<R> row)
      throws IOException {
    return RowWriter.open(directory.resolve(name), row);
  }

  /** One VM's reading position and the statistics that remember something. */
  private static final class Vm implements AutoCloseable {
    private final SeriesKey key;
    private final DirtyPages pages = new DirtyPages();
    private final WriteHistory history;
    private final StackDistances distances;
    private final ChangedBytes changed;
    private final SeriesCursor cursor;
    private boolean live;

    Vm(Series series) throws IOException {
      SeriesInfo info = series.info();
      long ramPages = info.description().ramPages();
      key = Characterisation.key(info);
      int[] multiples =
          LongStream.concat(
                  LongStream.of(info.intervalNs()),
                  Arrays.stream(INTERVALS_MS).map(Interval::ofMilliseconds))
              .filter(ns -> ns % info.intervalNs() == 0)
              .map(ns -> ns / info.intervalNs())
              .filter(multiple -> multiple <= Integer.MAX_VALUE)
              .mapToInt(multiple -> (int) multiple)
              .sorted()
              .distinct()
              .toArray();
      history = new WriteHistory(key, ramPages, multiples);
      distances = new StackDistances(ramPages);
      cursor = series.open();
      changed = new ChangedBytes(key, info.ramBytes(), info.description().baseFull());
    }

    void readBase() throws IOException {
      while (cursor.nextBase(BASE_PAGES, pages)) {
        changed.base(pages);
      }
    }

    @Override
    public void close() throws IOException {
      try (changed) {
        cursor.close();
      }
    }
  }
}
