package emulha.traces.stats;

import com.dynatrace.hash4j.hashing.HashValue128;
import com.dynatrace.hash4j.hashing.Hasher128;
import com.dynatrace.hash4j.hashing.Hashing;
import emulha.memory.DirtyPages;
import emulha.memory.Page;
import emulha.metrics.DuplicateRow;
import emulha.metrics.SeriesKey;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Equal chunks of one size in the checkpoints of several VMs, as similarity compression finds them
 * (Hou §4.2): emptied for each checkpoint, VMs in a fixed order. Contents are told apart by
 * XXH3-128 digests. Not thread-safe.
 */
final class Duplicates {
  private static final Hasher128 XXH3 = Hashing.xxh3_128();
  private static final int NOBODY = -1;

  private final int chunkBytes;
  private long[] high = new long[1 << 10];
  private long[] low = new long[1 << 10];
  private int[] firstVm = new int[1 << 10];
  private int[] lastVm = new int[1 << 10];
  private int used;

  /**
   * @param chunkBytes size of a chunk, a divisor of 4096
   */
  Duplicates(int chunkBytes) {
    if (chunkBytes < 1 || Page.BYTES % chunkBytes != 0) {
      throw new IllegalArgumentException(
          "chunk size must divide " + Page.BYTES + " bytes, got " + chunkBytes);
    }
    this.chunkBytes = chunkBytes;
  }

  /** Counts of one VM's part of a checkpoint. */
  private static final class Counts {
    long chunks;
    long intra;
    long inter;
    long distinct;
    long exclusive;
    long zero;
    long zeroIntra;
    long zeroInter;
  }

  /**
   * Rows for the checkpoint of one number, one for each VM.
   *
   * @param keys the VMs' series
   * @param parts the VMs' checkpoints, in the same order
   */
  List<DuplicateRow> checkpoint(long number, List<SeriesKey> keys, List<DirtyPages> parts) {
    used = 0;
    Arrays.fill(firstVm, NOBODY);
    List<Counts> counts = new ArrayList<>();
    for (int vm = 0; vm < parts.size(); vm++) {
      counts.add(count(vm, parts.get(vm)));
    }
    for (int slot = 0; slot < firstVm.length; slot++) {
      if (firstVm[slot] != NOBODY && firstVm[slot] == lastVm[slot]) {
        counts.get(firstVm[slot]).exclusive++;
      }
    }
    List<DuplicateRow> rows = new ArrayList<>();
    for (int vm = 0; vm < parts.size(); vm++) {
      SeriesKey key = keys.get(vm);
      Counts c = counts.get(vm);
      rows.add(
          new DuplicateRow(
              key,
              number,
              chunkBytes,
              new DuplicateRow.Chunks(
                  c.chunks, c.intra, c.inter, c.chunks - c.distinct, c.chunks - c.exclusive),
              new DuplicateRow.Zeros(c.zero, c.zeroIntra, c.zeroInter)));
    }
    return rows;
  }

  private Counts count(int vm, DirtyPages pages) {
    var c = new Counts();
    for (int i = 0; i < pages.count(); i++) {
      byte[] slab = pages.slab(i);
      int end = pages.offset(i) + Page.BYTES;
      for (int at = pages.offset(i); at < end; at += chunkBytes) {
        boolean zero = Page.isZero(slab, at, chunkBytes);
        HashValue128 digest = XXH3.hashBytesTo128Bits(slab, at, chunkBytes);
        int slot = find(digest.getMostSignificantBits(), digest.getLeastSignificantBits(), vm);
        c.chunks++;
        c.zero += zero ? 1 : 0;
        if (lastVm[slot] == NOBODY) {
          c.distinct++;
        } else {
          c.distinct += lastVm[slot] == vm ? 0 : 1;
          if (firstVm[slot] == vm) {
            c.intra++;
            c.zeroIntra += zero ? 1 : 0;
          } else {
            c.inter++;
            c.zeroInter += zero ? 1 : 0;
          }
        }
        lastVm[slot] = vm;
      }
    }
    return c;
  }

  /** The digest's slot; a new one belongs to {@code vm} and was last seen by nobody. */
  private int find(long digestHigh, long digestLow, int vm) {
    if (used > firstVm.length / 2) {
      grow();
    }
    int slot = slotOf(digestHigh, digestLow);
    if (firstVm[slot] == NOBODY) {
      high[slot] = digestHigh;
      low[slot] = digestLow;
      firstVm[slot] = vm;
      lastVm[slot] = NOBODY;
      used++;
    }
    return slot;
  }

  private int slotOf(long digestHigh, long digestLow) {
    int mask = firstVm.length - 1;
    int slot = (int) digestLow & mask;
    while (firstVm[slot] != NOBODY && (high[slot] != digestHigh || low[slot] != digestLow)) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  private void grow() {
    long[] oldHigh = high;
    long[] oldLow = low;
    int[] oldFirst = firstVm;
    int[] oldLast = lastVm;
    int size = Math.multiplyExact(oldFirst.length, 2);
    high = new long[size];
    low = new long[size];
    firstVm = new int[size];
    lastVm = new int[size];
    Arrays.fill(firstVm, NOBODY);
    for (int i = 0; i < oldFirst.length; i++) {
      if (oldFirst[i] != NOBODY) {
        int slot = slotOf(oldHigh[i], oldLow[i]);
        high[slot] = oldHigh[i];
        low[slot] = oldLow[i];
        firstVm[slot] = oldFirst[i];
        lastVm[slot] = oldLast[i];
      }
    }
  }
}
