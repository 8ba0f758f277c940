package emulha.traces.stats;

import com.dynatrace.hash4j.hashing.HashValue128;
import com.dynatrace.hash4j.hashing.Hasher128;
import com.dynatrace.hash4j.hashing.Hashing;
import emulha.memory.DirtyPages;
import emulha.memory.Page;
import emulha.metrics.DuplicateRow;
import emulha.metrics.SeriesKey;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Equal chunks of one size in the checkpoints of several VMs, as similarity compression finds them
 * (Hou §4.2): emptied for each checkpoint, VMs in a fixed order. Contents are told apart by
 * XXH3-128 digests. Not thread-safe.
 */
final class Duplicates {
  private static final Hasher128 XXH3 = Hashing.xxh3_128();

  private final int chunkBytes;
  private final Map<HashValue128, Holders> holdersOf = new HashMap<>();

  /** The VMs that a chunk was found in first and last. */
  private static final class Holders {
    final int first;
    int last;

    Holders(int vm) {
      first = vm;
      last = vm;
    }
  }

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
    holdersOf.clear();
    List<Counts> counts = new ArrayList<>();
    for (int vm = 0; vm < parts.size(); vm++) {
      counts.add(count(vm, parts.get(vm)));
    }
    for (Holders holders : holdersOf.values()) {
      if (holders.first == holders.last) {
        counts.get(holders.first).exclusive++;
      }
    }
    List<DuplicateRow> rows = new ArrayList<>();
    for (int vm = 0; vm < parts.size(); vm++) {
      Counts c = counts.get(vm);
      rows.add(
          new DuplicateRow(
              keys.get(vm),
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
        c.chunks++;
        c.zero += zero ? 1 : 0;
        HashValue128 digest = XXH3.hashBytesTo128Bits(slab, at, chunkBytes);
        Holders holders = holdersOf.get(digest);
        if (holders == null) {
          holdersOf.put(digest, new Holders(vm));
          c.distinct++;
          continue;
        }
        c.distinct += holders.last == vm ? 0 : 1;
        if (holders.first == vm) {
          c.intra++;
          c.zeroIntra += zero ? 1 : 0;
        } else {
          c.inter++;
          c.zeroInter += zero ? 1 : 0;
        }
        holders.last = vm;
      }
    }
    return c;
  }
}
