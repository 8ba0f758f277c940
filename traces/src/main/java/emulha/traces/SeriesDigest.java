package emulha.traces;

import emulha.memory.DirtyPages;
import emulha.memory.FreeMap;
import emulha.memory.PageSize;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * One SHA-256 over what a guest did: two recordings of the same execution have the same, wherever
 * and whenever they were made, and however they are packed. FORMAT.md, "Digest", gives the bytes
 * that enter it; name, workload and environment do not.
 */
public final class SeriesDigest {
  private final MessageDigest sha256 = FileDigest.newSha256();
  private final ByteBuffer words =
      ByteBuffer.allocate(3 * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);

  private SeriesDigest() {}

  /**
   * The digest of a series.
   *
   * @param checkpoints of how many checkpoints at most, counted from the first, at least 1
   * @param progress told in checkpoints
   * @return 64 hexadecimal digits
   */
  public static String of(Series series, int checkpoints, Progress progress) throws IOException {
    if (checkpoints < 1) {
      throw new IllegalArgumentException("at least 1 checkpoint, got " + checkpoints);
    }
    var digest = new SeriesDigest();
    SeriesInfo info = series.info();
    int wanted = Math.min(checkpoints, info.checkpoints());
    digest.number(info.ramBytes(), info.basePages(), wanted);
    if (!info.pageSize().equals(PageSize.SMALL)) {
      digest.number(info.pageSize().bytes());
    }
    var pages = new DirtyPages();
    try (SeriesCursor cursor = series.open()) {
      FreeMap freeMap = null;
      while (cursor.nextBase(info.stretchPages(), pages)) {
        if (pages.freeMap() != null) {
          freeMap = pages.freeMap();
        }
        digest.contents(pages);
      }
      digest.freeMap(freeMap);
      for (int i = 0; i < wanted && cursor.nextCheckpoint(pages); i++) {
        digest.number(cursor.last().guestTimeNs(), pages.count());
        digest.contents(pages);
        digest.freeMap(pages.freeMap());
        progress.step("digest", i + 1L, wanted);
      }
    }
    return HexFormat.of().formatHex(digest.sha256.digest());
  }

  private void number(long... values) {
    words.clear();
    for (long value : values) {
      words.putLong(value);
    }
    sha256.update(words.flip());
  }

  private void contents(DirtyPages pages) {
    for (int i = 0; i < pages.count(); i++) {
      number(pages.pfn(i));
      sha256.update(pages.slab(i), pages.offset(i), pages.pageSize().bytes());
    }
  }

  private void freeMap(@Nullable FreeMap map) {
    byte[] bits = map == null ? new byte[0] : map.bits();
    number(bits.length);
    sha256.update(bits);
  }
}
