package emulha.codecs.delta;

import emulha.codecs.Block;
import emulha.codecs.EncoderContext;
import emulha.codecs.Stage;
import emulha.memory.DirtyPages;
import emulha.memory.PageSize;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.LongFunction;

/**
 * Earlier contents of pages as one encoder thread sees them: a {@link PageCache} per VM. For each
 * page {@link #find}, then {@code keep} unless its content has not changed; or {@link #forget}
 * alone. Owned by that thread, except for the methods that begin and end something.
 */
public abstract sealed class PageHistory {
  /** Those that count with this thread, by VM. */
  final PageCache[] caches;

  /** Where the content is that was looked for last, or NONE. */
  int slot;

  private PageHistory(PageCache[] caches) {
    this.caches = caches;
  }

  /**
   * The history of a stage's encoder. Several encoder threads have one history together, and find
   * in it what one thread would find.
   *
   * @param newCache makes the cache of a VM of so many page frames
   */
  public static PageHistory of(
      Stage stage, EncoderContext context, LongFunction<PageCache> newCache) {
    if (context.encoders() == 1) {
      return new Immediate(caches(context, newCache));
    }
    Plan plan = context.shared(stage, Plan.class, () -> new Plan(caches(context, newCache)));
    return new Planned(plan, context.encoder() == 0);
  }

  private static PageCache[] caches(EncoderContext context, LongFunction<PageCache> newCache) {
    var caches = new PageCache[context.vms()];
    Arrays.setAll(caches, vm -> newCache.apply(context.ramPages(vm)));
    return caches;
  }

  /**
   * Why a cache of so many bytes is none for pages of a size; empty if it is one.
   *
   * @param key the parameter that gives its size
   */
  public static Optional<String> whyNot(long cacheBytes, String key, PageSize pageSize) {
    return cacheBytes >= pageSize.bytes()
        ? Optional.empty()
        : Optional.of(
            "%s=%d holds none; give %s=%s or more".formatted(key, cacheBytes, key, pageSize));
  }

  /** An incremental checkpoint starts. */
  public final void beginCheckpoint() {
    for (PageCache cache : caches) {
      cache.beginCheckpoint();
    }
  }

  /**
   * One VM's part of a checkpoint starts. With several encoder threads, each of these pages must be
   * looked for.
   */
  public abstract void beginVm(int vm, DirtyPages pages);

  /** Whether the earlier content of a page is here. The page now counts as the one used last. */
  public abstract boolean find(Block page);

  /** The cache of the VM whose part this is. */
  abstract PageCache cache();

  /** The array with the content found, valid until it is kept. */
  public final byte[] bytes() {
    return cache().slab(slot);
  }

  /** Where in {@link #bytes} the content found begins. */
  public final int offset() {
    return cache().offset(slot);
  }

  /** Takes the new content of the page that was looked for last, if there is a place for it. */
  public abstract void keep(Block page);

  /** The same for a page that was found and has since been encoded by {@code delta}. */
  public abstract void keep(Block page, PageDelta delta);

  /** Removes a page. Only for histories that belong to one encoder thread. */
  public abstract void forget(Block page);

  /** The VM's part of the checkpoint ends. */
  public abstract void endVm();

  /** Bytes of the caches; those of threads in common count with the first. */
  public final long retainedBytes() {
    return Arrays.stream(caches).mapToLong(PageCache::retainedBytes).sum();
  }

  /** Bytes taken for them, in use or not; likewise. */
  public final long allocatedBytes() {
    return Arrays.stream(caches).mapToLong(PageCache::allocatedBytes).sum();
  }

  /** One encoder thread: the cache is asked about each page as it comes. */
  private static final class Immediate extends PageHistory {
    private PageCache cache;

    Immediate(PageCache[] caches) {
      super(caches);
      cache = caches[0];
    }

    @Override
    public void beginVm(int vm, DirtyPages pages) {
      cache = caches[vm];
    }

    @Override
    public boolean find(Block page) {
      slot = cache.find(page.pfn());
      if (slot != PageCache.NONE) {
        return true;
      }
      slot = cache.admit(page.pfn());
      return false;
    }

    @Override
    PageCache cache() {
      return cache;
    }

    @Override
    public void keep(Block page) {
      if (slot != PageCache.NONE) {
        cache.store(slot, page.bytes(), page.offset());
      }
    }

    @Override
    public void keep(Block page, PageDelta delta) {
      delta.update(bytes(), offset(), page.bytes(), page.offset(), page.length());
    }

    @Override
    public void forget(Block page) {
      cache.forget(page.pfn());
    }

    @Override
    public void endVm() {}
  }

  /**
   * Which slot of the cache each page of a VM's checkpoint finds and which it is given, as one
   * thread would see them one after another. A page occurs once in a checkpoint, so a slot is read
   * at most once, by the first page that has it; and what it holds in the end is the content of the
   * last one. Only that is stored, and if it would come before the reading, it waits for the end.
   */
  private static final class Plan {
    private final PageCache[] caches;
    private PageCache cache;
    private DirtyPages pages = new DirtyPages();

    /** Slot with each page's earlier content, or NONE. */
    private int[] found = new int[0];

    /** Slot that each page's thread fills, or NONE. */
    private int[] filled = new int[0];

    /** Pages to be stored at the end, and the slots to store them in. */
    private int[] latePages = new int[0];

    private int[] lateSlots = new int[0];
    private int late;

    /** Of each slot, the last page that has it; valid if the upper half is {@link #round}. */
    private long[] lastOfSlot = new long[0];

    private int round;

    Plan(PageCache[] caches) {
      this.caches = caches;
      cache = caches[0];
    }

    void make(int vm, DirtyPages pages) {
      cache = caches[vm];
      this.pages = pages;
      int count = pages.count();
      if (count > found.length) {
        found = new int[count];
        filled = new int[count];
        latePages = new int[count];
        lateSlots = new int[count];
      }
      if (cache.slots > lastOfSlot.length) {
        lastOfSlot = new long[cache.slots];
      }
      for (int i = 0; i < count; i++) {
        long pfn = pages.pfn(i);
        found[i] = cache.find(pfn);
        filled[i] = found[i] == PageCache.NONE ? cache.admit(pfn) : found[i];
      }
      late = 0;
      round++;
      for (int i = count - 1; i >= 0; i--) {
        int slot = filled[i];
        if (slot == PageCache.NONE) {
          continue;
        }
        if (lastOfSlot[slot] >>> Integer.SIZE != round) {
          lastOfSlot[slot] = (long) round << Integer.SIZE | i;
          cache.open(slot);
          continue;
        }
        filled[i] = PageCache.NONE;
        if (found[i] == slot) {
          int last = (int) lastOfSlot[slot];
          filled[last] = PageCache.NONE;
          latePages[late] = last;
          lateSlots[late++] = slot;
        }
      }
    }

    void end() {
      for (int i = 0; i < late; i++) {
        int page = latePages[i];
        cache.store(lateSlots[i], pages.slab(page), pages.offset(page));
      }
      late = 0;
    }
  }

  /** One of several encoder threads: slots are as planned for all of them. */
  private static final class Planned extends PageHistory {
    private final Plan plan;
    private final boolean planner;

    Planned(Plan plan, boolean planner) {
      super(planner ? plan.caches : new PageCache[0]);
      this.plan = plan;
      this.planner = planner;
    }

    @Override
    public void beginVm(int vm, DirtyPages pages) {
      if (planner) {
        plan.make(vm, pages);
      }
    }

    @Override
    public boolean find(Block page) {
      slot = plan.found[page.page()];
      return slot != PageCache.NONE;
    }

    @Override
    PageCache cache() {
      return plan.cache;
    }

    @Override
    public void keep(Block page) {
      int filled = plan.filled[page.page()];
      if (filled != PageCache.NONE) {
        plan.cache.store(filled, page.bytes(), page.offset());
      }
    }

    @Override
    public void keep(Block page, PageDelta delta) {
      if (plan.filled[page.page()] == slot) {
        delta.update(bytes(), offset(), page.bytes(), page.offset(), page.length());
      } else {
        keep(page);
      }
    }

    @Override
    public void forget(Block page) {
      throw new IllegalStateException("page " + page.pfn() + " is planned to be in the cache");
    }

    @Override
    public void endVm() {
      if (planner) {
        plan.end();
      }
    }
  }
}
