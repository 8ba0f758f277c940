package emulha.traces.views;

import emulha.memory.DirtyPages;
import emulha.traces.CheckpointHeader;
import emulha.traces.Series;
import emulha.traces.SeriesCursor;
import emulha.traces.SeriesInfo;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A series of which only some stretches are whole. Of the pages written between two stretches, each
 * comes once, in the checkpoint that wrote it last before the next stretch: a cache that keeps the
 * pages used most recently then holds at the beginning of each stretch exactly what it holds there
 * in the whole series, and so does the image, for at most one encoding of each page. Checkpoints
 * keep their numbers; those between stretches may be empty. What follows the last stretch is left
 * out. Keeps 4 bytes a page frame for each gap.
 *
 * @param lastInGap for each stretch and page frame: the checkpoint before it, in the gap, that
 *     wrote it last
 */
public record SampledSeries(
    Series source, SeriesInfo info, List<Stretch> stretches, List<int[]> lastInGap)
    implements Series {
  private static final int STRETCHES = 3;

  /**
   * Consecutive checkpoints.
   *
   * @param from first one, from 0
   * @param to first one not in it
   */
  public record Stretch(int from, int to) {
    public Stretch {
      if (from < 0 || from >= to) {
        throw new IllegalArgumentException("no checkpoints from %d up to %d".formatted(from, to));
      }
    }

    /** Whether a checkpoint, by its number, is one of them. */
    public boolean contains(long checkpoint) {
      return from <= checkpoint && checkpoint < to;
    }

    @Override
    public String toString() {
      return from + "-" + (to - 1);
    }
  }

  /**
   * The first, the middle and the last stretch of a recording, or its three thirds if it is not
   * longer than that.
   *
   * @param checkpoints of the recording
   * @param length checkpoints of a stretch, at least 1
   * @throws IllegalArgumentException if there are fewer checkpoints than stretches
   */
  public static List<Stretch> spread(int checkpoints, int length) {
    if (checkpoints < STRETCHES || length < 1) {
      throw new IllegalArgumentException(
          "a sample has %d stretches of at least one checkpoint; there are %d checkpoints"
              .formatted(STRETCHES, checkpoints));
    }
    if ((long) length * STRETCHES >= checkpoints) {
      int second = checkpoints / STRETCHES;
      int third = (int) (2L * checkpoints / STRETCHES);
      return List.of(
          new Stretch(0, second), new Stretch(second, third), new Stretch(third, checkpoints));
    }
    int middle = (checkpoints - length) / 2;
    return List.of(
        new Stretch(0, length),
        new Stretch(middle, middle + length),
        new Stretch(checkpoints - length, checkpoints));
  }

  /**
   * Samples a series, which is read once to know what the gaps write last.
   *
   * @param stretches in order, not overlapping
   * @throws IllegalArgumentException if the stretches are not in order or the series is shorter
   */
  public static SampledSeries of(Series source, List<Stretch> stretches) throws IOException {
    SeriesInfo whole = source.info();
    int end = 0;
    for (Stretch stretch : stretches) {
      if (stretch.from() < end || stretch.to() > whole.checkpoints()) {
        throw new IllegalArgumentException(
            "%s: stretches %s are not in order or go beyond its %d checkpoints"
                .formatted(whole.name(), stretches, whole.checkpoints()));
      }
      end = stretch.to();
    }
    int ramPages = Math.toIntExact(whole.description().ramPages());
    List<int[]> lastInGap = new ArrayList<>();
    try (var cursor = source.open()) {
      var pages = new DirtyPages();
      int number = 0;
      for (Stretch stretch : stretches) {
        int[] last = new int[ramPages];
        Arrays.fill(last, -1);
        for (; number < stretch.to(); number++) {
          cursor.requireCheckpoint(whole.name(), pages);
          for (int i = 0; i < pages.count() && number < stretch.from(); i++) {
            last[(int) pages.pfn(i)] = number;
          }
        }
        lastInGap.add(last);
      }
    }
    var description =
        whole
            .description()
            .derivedBy(
                "keeping checkpoints %s of %d, and of those between each page's last content"
                    .formatted(
                        stretches.stream().map(Stretch::toString).collect(Collectors.joining(", ")),
                        whole.checkpoints()));
    return new SampledSeries(
        source, new SeriesInfo(whole.name(), description, end), List.copyOf(stretches), lastInGap);
  }

  @Override
  public SeriesCursor open() throws IOException {
    return new Cursor(source.open());
  }

  private final class Cursor extends ViewCursor {
    private final DirtyPages written = new DirtyPages();
    private int stretch;

    Cursor(SeriesCursor whole) {
      super(whole, info);
    }

    @Override
    CheckpointHeader make(int number, DirtyPages into) throws IOException {
      if (number == stretches.get(stretch).to()) {
        stretch++;
      }
      if (stretches.get(stretch).contains(number)) {
        return super.make(number, into);
      }
      CheckpointHeader header = super.make(number, written);
      int[] last = lastInGap.get(stretch);
      for (int i = 0; i < written.count(); i++) {
        if (last[(int) written.pfn(i)] == number) {
          into.append(written.pfn(i), written.slab(i), written.offset(i));
        }
      }
      into.setFreeMap(written.freeMap());
      return header;
    }
  }
}
