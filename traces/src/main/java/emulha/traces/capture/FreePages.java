package emulha.traces.capture;

import emulha.memory.FreeMap;
import emulha.memory.Page;
import java.io.IOException;
import java.util.Arrays;
import java.util.BitSet;

/**
 * Reads which pages a Linux guest's allocator holds free out of its {@code struct page} array,
 * which lies in the captured RAM. The guest takes no part, so the map belongs to the very instant
 * of the checkpoint.
 *
 * <p>The array is at a fixed virtual address when the guest boots with {@code nokaslr} (Linux,
 * {@code Documentation/x86/x86_64/mm.rst}); its page tables are found from CR3 (Intel SDM vol. 3A,
 * section 4.5). The layout below is that of x86-64 Linux 6.1 as Debian builds it: a free block of
 * 2<sup>order</sup> pages is marked in the {@code page_type} of its first page ({@code
 * include/linux/page-flags.h}), the order is in {@code private}.
 */
public final class FreePages {
  /** Name of the only layout known, in a guest's definition. */
  static final String LINUX_6_1 = "linux-6.1";

  /** RAM from this size on is not contiguous in q35's guest-physical address space. */
  static final long MAX_RAM_BYTES = 0xb0000000L;

  private static final long VMEMMAP = 0xffffea0000000000L;
  private static final int STRUCT_PAGE_BYTES = 64;
  private static final int PRIVATE_OFFSET = 40;
  private static final int PAGE_TYPE_OFFSET = 48;
  private static final int PAGE_TYPE_BUDDY = 0xffffff7f;
  private static final int MAX_ORDER = 10;

  private static final long PRESENT = 1;
  private static final long LARGE = 1 << 7;
  private static final long ADDRESS = 0x000ffffffffff000L;

  /** log2 of what an entry of the top table maps; of the tables below it, 9 less each. */
  private static final int TOP_SHIFT = 39;

  private final MappedRam ram;
  private final long upperTable;

  /**
   * @param cr3 the guest's page table register, in kernel or user mode
   * @throws IOException if no such array is found
   */
  public FreePages(MappedRam ram, long cr3) throws IOException {
    this.ram = ram;
    if (ram.pages() << Page.SHIFT >= MAX_RAM_BYTES) {
      throw new IllegalArgumentException(
          "free pages can be read for RAM below 2816 MiB only; use --free-pages none");
    }
    // The entry that leads to the array is the same in all page tables and never changes. Under
    // page table isolation the table for user mode has none; that for the kernel is beside it.
    long entry = entry(cr3 & ADDRESS, VMEMMAP >>> TOP_SHIFT);
    if ((entry & PRESENT) == 0) {
      entry = entry(cr3 & ADDRESS & ~0x1000L, VMEMMAP >>> TOP_SHIFT);
    }
    if ((entry & PRESENT) == 0) {
      throw notFound("CR3 " + Long.toHexString(cr3) + " maps no array");
    }
    upperTable = entry & ADDRESS;
    if (read().count() == 0) {
      throw notFound("the array marks no page free");
    }
  }

  /** The free pages as RAM is now. */
  public FreeMap read() throws IOException {
    long pages = ram.pages();
    var free = new BitSet();
    int perPage = Page.BYTES / STRUCT_PAGE_BYTES;
    for (long first = 0; first < pages; first += perPage) {
      long at = translate(VMEMMAP + first * STRUCT_PAGE_BYTES);
      for (long pfn = first; pfn < Math.min(pages, first + perPage); pfn++) {
        long page = at + (pfn - first) * STRUCT_PAGE_BYTES;
        if ((int) ram.word(page + PAGE_TYPE_OFFSET) == PAGE_TYPE_BUDDY) {
          mark(free, pfn, ram.word(page + PRIVATE_OFFSET));
        }
      }
    }
    return new FreeMap(Arrays.copyOf(free.toByteArray(), Math.toIntExact((pages + 7) / 8)));
  }

  private void mark(BitSet free, long first, long order) throws IOException {
    if (order < 0 || order > MAX_ORDER || first % (1L << order) != 0) {
      throw notFound("page frame " + first + " would begin a free block of order " + order);
    }
    long end = first + (1L << order);
    if (end > ram.pages()) {
      throw notFound("a free block ends at page frame " + end);
    }
    free.set((int) first, (int) end);
  }

  private long translate(long address) throws IOException {
    long table = upperTable;
    for (int shift = TOP_SHIFT - 9; ; shift -= 9) {
      long entry = entry(table, address >>> shift);
      if ((entry & PRESENT) == 0) {
        throw notFound("a hole at " + Long.toHexString(address));
      }
      if (shift == Page.SHIFT || (entry & LARGE) != 0) {
        long within = (1L << shift) - 1;
        return check((entry & ADDRESS & ~within) | (address & within));
      }
      table = entry & ADDRESS;
    }
  }

  private long entry(long table, long index) throws IOException {
    return ram.word(check(table) + (index & 511) * 8);
  }

  private long check(long physical) throws IOException {
    if (physical >>> Page.SHIFT >= ram.pages()) {
      throw notFound("physical address " + Long.toHexString(physical) + " lies beyond RAM");
    }
    return physical;
  }

  private static IOException notFound(String why) {
    return new IOException(
        "the guest's free pages cannot be read ("
            + why
            + "); boot Debian's 6.1 cloud kernel with nokaslr, or use --free-pages none");
  }
}
