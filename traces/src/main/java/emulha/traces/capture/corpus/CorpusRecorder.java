package emulha.traces.capture.corpus;

import emulha.files.Closing;
import emulha.traces.Interval;
import emulha.traces.Progress;
import emulha.traces.Series;
import emulha.traces.SeriesDigest;
import emulha.traces.capture.GuestDefinition;
import emulha.traces.capture.Room;
import emulha.traces.capture.qemu.Acceleration;
import emulha.traces.capture.qemu.GuestCapture;
import emulha.traces.capture.qemu.QemuGuest;
import emulha.traces.capture.tracking.Tracking;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;

/**
 * Makes the recordings of a {@link Corpus}: builds the guests, records what is not there yet, and
 * checks digests.
 *
 * @param directory where guests and recordings go; what is there already is not made again
 */
public record CorpusRecorder(
    Corpus corpus,
    Recipes recipes,
    Path directory,
    Progress progress,
    BooleanSupplier interrupted) {
  private static final Duration BOOT_LIMIT = Duration.ofMinutes(10);

  /** What came out for one VM. */
  public record Outcome(
      Path series,
      int checkpoints,
      Corpus.Digests digests,
      Verdict verdict,
      List<String> differences) {
    /** How the digests compare with the corpus's. */
    public enum Verdict {
      /** They are equal. */
      EQUAL,
      /** They differ, and so do versions: nothing can be said. */
      OTHER_VERSIONS,
      /** They differ with equal versions: something is wrong. */
      UNEQUAL,
      /** The corpus has no digest of so many checkpoints. */
      NEW
    }
  }

  /**
   * Makes one recording, unless it is there, and checks it.
   *
   * @param checkpoints how many at most; the corpus's number if more
   */
  public Map<String, Outcome> make(Corpus.Recorded recording, int checkpoints) throws IOException {
    int wanted = Math.min(checkpoints, recording.checkpoints());
    Path built = directory.resolve("guests").resolve(recording.name());
    if (!Files.exists(built)) {
      recipes.build(recording.recipe(), recording.arguments(), built);
    }
    Map<GuestDefinition, Path> guests = Recipes.guests(built);
    var series = new LinkedHashMap<String, Path>();
    for (GuestDefinition guest : guests.keySet()) {
      String file = guests.size() == 1 ? recording.name() : recording.name() + "-" + guest.name();
      series.put(
          guest.name(),
          directory.resolve(
              wanted == recording.checkpoints()
                  ? Corpus.whole(file)
                  : Corpus.beginning(file, wanted)));
    }
    if (!series.values().stream().allMatch(Files::exists)) {
      for (Path partial : series.values()) {
        Files.deleteIfExists(partial);
      }
      Room.require(directory, recording.packingBytes(wanted), recording.name());
      record(recording, wanted, guests, List.copyOf(series.values()));
    }
    var outcomes = new LinkedHashMap<String, Outcome>();
    for (Map.Entry<String, Path> each : series.entrySet()) {
      outcomes.put(each.getKey(), check(recording, each.getKey(), each.getValue(), built, wanted));
    }
    return outcomes;
  }

  private void record(
      Corpus.Recorded recording,
      int checkpoints,
      Map<GuestDefinition, Path> guests,
      List<Path> series)
      throws IOException {
    var plan =
        new GuestCapture.Plan(
            checkpoints,
            Interval.ofMilliseconds(recording.intervalMs()),
            Tracking.UFFD,
            true,
            true,
            false,
            false);
    var running = new ArrayList<QemuGuest>();
    try {
      for (Map.Entry<GuestDefinition, Path> each : guests.entrySet()) {
        running.add(
            QemuGuest.start(
                each.getKey(),
                each.getValue(),
                plan.tracking(),
                recording.clock(),
                Acceleration.TCG));
      }
      GuestCapture.awaitReady(running, BOOT_LIMIT, progress, interrupted);
      int recorded = GuestCapture.record(running, series, plan, progress, interrupted);
      if (recorded < checkpoints) {
        for (Path each : series) {
          Files.deleteIfExists(each);
        }
        throw new IOException(
            "%s: ended after %d of %d checkpoints; run again to record it anew"
                .formatted(recording.name(), recorded, checkpoints));
      }
    } finally {
      Closing.all(running, QemuGuest::close);
    }
  }

  private Outcome check(
      Corpus.Recorded recording, String vm, Path path, Path built, int checkpoints)
      throws IOException {
    Series series = Series.at(path).readAhead();
    String first = SeriesDigest.of(series, Corpus.PREFIX, progress);
    boolean all = checkpoints == recording.checkpoints();
    String whole = all ? SeriesDigest.of(series, checkpoints, progress) : null;
    var found = new Corpus.Digests(first, whole, all ? Files.size(path) : 0);
    var versions = new TreeMap<String, String>(Corpus.packages(built));
    versions.put(
        Corpus.QEMU, series.info().description().environment().getOrDefault("hypervisor", "?"));
    List<String> differences = corpus.differences(versions);
    Corpus.Digests known = recording.digests().get(vm);
    Outcome.Verdict verdict;
    if (checkpoints < Corpus.PREFIX || known == null) {
      verdict = Outcome.Verdict.NEW;
    } else if (!known.first().equals(first)
        || (whole != null && known.whole() != null && !known.whole().equals(whole))) {
      verdict = differences.isEmpty() ? Outcome.Verdict.UNEQUAL : Outcome.Verdict.OTHER_VERSIONS;
    } else {
      verdict =
          whole != null && known.whole() == null ? Outcome.Verdict.NEW : Outcome.Verdict.EQUAL;
    }
    return new Outcome(path, series.info().checkpoints(), found, verdict, differences);
  }
}
