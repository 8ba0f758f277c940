package emulha.traces.synth;

import emulha.memory.Page;
import emulha.metrics.SizeFitRow;
import emulha.metrics.SpectrumRow;
import emulha.metrics.columns.RowWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The write rates fitted to a profile's checkpoint sizes, and how well they meet them.
 *
 * <p>A mean number of distinct pages grows ever more slowly with time, whatever the rates. A size
 * below the straight line between its neighbours cannot be met together with them; the rows say by
 * how much it lies below.
 *
 * @param rows one for each interval, ascending
 */
public record SizeFit(String profile, String workload, Spectrum spectrum, List<SizeFitRow> rows) {
  public SizeFit {
    rows = List.copyOf(rows);
  }

  /**
   * Fits a profile.
   *
   * @param scale factor to its sizes
   */
  static SizeFit of(String name, Profile profile, double scale) {
    SortedMap<Long, Long> targets = new TreeMap<>();
    profile
        .sizes()
        .bytesByIntervalMs()
        .forEach((ms, bytes) -> targets.put(ms, Math.max(Page.BYTES, Math.round(bytes * scale))));
    Spectrum spectrum = Spectrum.fit(targets);
    List<SizeFitRow> rows = new ArrayList<>();
    for (Map.Entry<Long, Long> target : targets.entrySet()) {
      long interval = target.getKey();
      long wanted = target.getValue();
      double fitted = spectrum.meanDirtyPages(interval) * Page.BYTES;
      rows.add(
          new SizeFitRow(
              name,
              profile.workload(),
              interval,
              wanted,
              Math.round(fitted),
              Math.round((fitted - wanted) / wanted * 1e6),
              belowChord(targets, interval)));
    }
    return new SizeFit(name, profile.workload(), spectrum, rows);
  }

  /** Neighbours of the first interval are no bytes in no time, and the second interval. */
  private static long belowChord(SortedMap<Long, Long> targets, long interval) {
    SortedMap<Long, Long> above = targets.tailMap(interval + 1);
    if (above.isEmpty()) {
      return 0;
    }
    SortedMap<Long, Long> below = targets.headMap(interval);
    long from = below.isEmpty() ? 0 : below.lastKey();
    long fromBytes = below.isEmpty() ? 0 : targets.get(from);
    long to = above.firstKey();
    double chord =
        fromBytes + (double) (targets.get(to) - fromBytes) * (interval - from) / (to - from);
    return Math.max(0, Math.round(chord - targets.get(interval)));
  }

  /** The largest deviation from a size, in millionths of it. */
  long largestResidualPpm() {
    return rows.stream().mapToLong(row -> Math.abs(row.residualPpm())).max().orElse(0);
  }

  /**
   * Fits profiles and writes {@code size_fit.csv} and {@code spectrum.csv}.
   *
   * @param profiles names of profiles, or their files
   * @param directory where the files go; must not have them already
   */
  public static List<SizeFit> write(List<String> profiles, Path directory) throws IOException {
    List<SizeFit> fits = new ArrayList<>();
    for (String name : profiles) {
      fits.add(of(name, Profile.named(name), 1));
    }
    try (var sizes = RowWriter.open(directory.resolve("size_fit.csv"), SizeFitRow.class);
        var spectra = RowWriter.open(directory.resolve("spectrum.csv"), SpectrumRow.class)) {
      for (SizeFit fit : fits) {
        sizes.writeAll(fit.rows);
        for (Spectrum.Component component : fit.spectrum.components()) {
          spectra.write(
              new SpectrumRow(
                  fit.profile,
                  fit.workload,
                  Math.round(component.perMs() * 1e9),
                  component.pages()));
        }
      }
      sizes.commit();
      spectra.commit();
    }
    return fits;
  }
}
