package emulha.emulharcv;

import emulha.memory.DirtyPages;
import emulha.memory.FreeMap;
import emulha.memory.Page;
import emulha.traces.CheckpointHeader;
import emulha.traces.Clock;
import emulha.traces.Series;
import emulha.traces.SeriesCursor;
import emulha.traces.SeriesDescription;
import emulha.traces.SeriesInfo;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** A series made from a seed, which never lies anywhere as a whole. */
record MadeUpSeries(String vm, long seed, int ramPages, int checkpoints, int dirtyPages)
    implements Series {
  @Override
  public SeriesInfo info() {
    return new SeriesInfo(
        vm + "-series",
        new SeriesDescription(
            vm,
            "made-up",
            10_000_000,
            new SeriesDescription.Memory((long) ramPages * Page.BYTES, ramPages),
            new SeriesDescription.Origin("construction", true, Map.of(), Map.of()),
            Clock.HOST),
        checkpoints);
  }

  /** The device state of a checkpoint: longer than a frame, or none. */
  byte @Nullable [] state(long checkpoint) {
    if (checkpoint % 3 == 2) {
      return null;
    }
    byte[] state = new byte[300_000 + (int) checkpoint];
    new Random(seed + checkpoint).nextBytes(state);
    return state;
  }

  @Override
  public SeriesCursor open() {
    return new SeriesCursor() {
      private final Random random = new Random(seed);
      private long base;
      private int next;

      @Override
      public boolean nextBase(int maxPages, DirtyPages into) {
        into.clear();
        for (; base < ramPages && into.count() < maxPages; base++) {
          fill(into, base);
        }
        return into.count() > 0;
      }

      @Override
      public boolean nextCheckpoint(DirtyPages into) {
        into.clear();
        if (next == checkpoints) {
          return false;
        }
        int stride = ramPages / dirtyPages;
        for (int i = 0; i < dirtyPages; i++) {
          fill(into, (long) i * stride + random.nextInt(stride));
        }
        byte[] free = new byte[ramPages / 8];
        random.nextBytes(free);
        into.setFreeMap(new FreeMap(free));
        next++;
        return true;
      }

      private void fill(DirtyPages into, long pfn) {
        int page = into.append(pfn);
        byte[] slab = into.slab(page);
        int offset = into.offset(page);
        Arrays.fill(slab, offset, offset + Page.BYTES, (byte) 0);
        Arrays.fill(slab, offset, offset + 1000, (byte) random.nextInt(3));
        for (int i = random.nextInt(4) * 50; i > 0; i--) {
          slab[offset + random.nextInt(Page.BYTES)] = (byte) random.nextInt();
        }
      }

      @Override
      public CheckpointHeader last() {
        return new CheckpointHeader(next - 1, CheckpointHeader.UNKNOWN_GUEST_TIME, state(next - 1));
      }

      @Override
      public void close() {}
    };
  }
}
