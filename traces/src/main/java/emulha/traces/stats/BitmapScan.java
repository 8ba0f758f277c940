package emulha.traces.stats;

import java.util.Arrays;
import java.util.BitSet;

/**
 * Ways of listing the dirty pages of a bitmap (FITDOC §III.B), bit {@code pfn & 63} of word {@code
 * pfn >> 6}. A bitmap page of 4096 bytes covers 128 MiB of address space.
 */
enum BitmapScan {
  /** Every bit is tested: the paper's baseline. */
  BIT {
    @Override
    int scan(DirtyBitmap bitmap, long[] pfns) {
      return scanBits(bitmap.words, 0, bitmap.words.length, pfns, 0);
    }
  },

  /**
   * The paper's two levels of flags: one for the space above the VM's RAM, one for each bitmap page
   * below; what is flagged is scanned bit by bit. As in the paper, whoever fills the bitmap sets
   * the flags, so that takes no time here.
   */
  FLAGS {
    @Override
    int scan(DirtyBitmap bitmap, long[] pfns) {
      int found = 0;
      int pages = bitmap.aboveRam ? bitmap.pageFlags.length : bitmap.ramBitmapPages;
      for (int page = 0; page < pages; page++) {
        if (bitmap.pageFlags[page]) {
          int from = page * WORDS_PER_PAGE;
          int to = Math.min(from + WORDS_PER_PAGE, bitmap.words.length);
          found = scanBits(bitmap.words, from, to, pfns, found);
        }
      }
      return found;
    }
  },

  /** 64 bits at a time: a word of zeros is passed over, a set bit is found by counting zeros. */
  WORD {
    @Override
    int scan(DirtyBitmap bitmap, long[] pfns) {
      int found = 0;
      long[] words = bitmap.words;
      for (int w = 0; w < words.length; w++) {
        for (long bits = words[w]; bits != 0; bits &= bits - 1) {
          pfns[found++] = ((long) w << 6) + Long.numberOfTrailingZeros(bits);
        }
      }
      return found;
    }
  };

  static final int WORDS_PER_PAGE = 4096 / Long.BYTES;

  /**
   * Lists the dirty page frame numbers in ascending order.
   *
   * @param pfns receives them; long enough for all
   * @return how many there are
   */
  abstract int scan(DirtyBitmap bitmap, long[] pfns);

  private static int scanBits(long[] words, int from, int to, long[] pfns, int found) {
    int count = found;
    long end = (long) to << 6;
    for (long pfn = (long) from << 6; pfn < end; pfn++) {
      if ((words[(int) (pfn >>> 6)] >>> (pfn & 63) & 1) != 0) {
        pfns[count++] = pfn;
      }
    }
    return count;
  }

  /** A dirty bitmap with the two levels of flags. Immutable. */
  static final class DirtyBitmap {
    private final long[] words;
    private final boolean[] pageFlags;
    private final int ramBitmapPages;
    private final boolean aboveRam;

    /**
     * @param addressSpacePages page frames that the bitmap covers, a multiple of 64
     * @param ramPages page frames of the VM, at most as many
     */
    DirtyBitmap(long addressSpacePages, long ramPages, BitSet dirty) {
      words = Arrays.copyOf(dirty.toLongArray(), Math.toIntExact(addressSpacePages >> 6));
      int pages = (words.length + WORDS_PER_PAGE - 1) / WORDS_PER_PAGE;
      pageFlags = new boolean[pages];
      for (int w = 0; w < words.length; w++) {
        pageFlags[w / WORDS_PER_PAGE] |= words[w] != 0;
      }
      long ramWords = (ramPages + 63) >> 6;
      ramBitmapPages = Math.toIntExact((ramWords + WORDS_PER_PAGE - 1) / WORDS_PER_PAGE);
      aboveRam = dirty.nextSetBit((ramBitmapPages * WORDS_PER_PAGE) << 6) >= 0;
    }
  }
}
