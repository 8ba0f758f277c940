package emulha.traces.capture.process;

import emulha.linux.Linux;
import emulha.memory.DirtyPages;
import emulha.memory.Page;
import emulha.memory.RamImage;
import emulha.traces.Clock;
import emulha.traces.Progress;
import emulha.traces.SeriesDescription;
import emulha.traces.SeriesWriter;
import emulha.traces.capture.GuestGoneException;
import emulha.traces.capture.MemoryMapping;
import emulha.traces.capture.Pacing;
import emulha.traces.capture.Processes;
import emulha.traces.capture.Recorders;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Records the private memory of a process: what it allocated, its stacks, and its private copies of
 * file pages. The process is stopped (SIGSTOP) for each checkpoint; unlike a guest's, its clocks go
 * on.
 *
 * <p>Each virtual page gets a page frame number when it first has content, in ascending order, and
 * keeps it. Pages that the process gives back keep their last content, as free pages of a VM do.
 * Written pages of a process that was started for it ({@link StartedProcess}) are known by write
 * protection; else by soft-dirty bits where the kernel has them, else by comparing contents.
 */
public final class ProcessCapture implements AutoCloseable {
  private static final int CHUNK_PAGES = 4096;
  private static final long DEFAULT_UNIT_BYTES = 64L << 20;

  /**
   * What to record.
   *
   * @param checkpoints how many, at least 1
   * @param intervalNs running time between them in ns, at least 1 ms
   * @param ramBytes room for page frames, a multiple of 4096; 0: twice what the process has at the
   *     beginning
   * @param tracking how written pages are to be known
   */
  public record Plan(int checkpoints, long intervalNs, long ramBytes, Tracking tracking) {
    public Plan {
      Recorders.require(checkpoints, intervalNs);
      if (ramBytes < 0 || ramBytes % Page.BYTES != 0) {
        throw new IllegalArgumentException(
            "memory must be a multiple of " + Page.BYTES + " bytes, got " + ramBytes);
      }
    }
  }

  /** How the written pages of a process are to be known. */
  public enum Tracking {
    /** Soft-dirty bits where they work, else by comparing contents. */
    AUTO,
    /** Write protection, of a process that was started for it; fails where it does not work. */
    UFFD,
    /** Soft-dirty bits; refused where they do not work. */
    SOFT_DIRTY,
    /** By comparing contents. */
    DIFF;

    /** Whether soft-dirty bits are to be used; tries them on a page of this very process. */
    private boolean bySoftDirty() throws IOException {
      boolean works = (this == AUTO || this == SOFT_DIRTY) && SoftDirty.works();
      if (this == SOFT_DIRTY && !works) {
        throw new IOException(
            "soft-dirty bits do not work here: a page written on purpose was not reported (does the"
                + " kernel have CONFIG_MEM_SOFT_DIRTY?); record with --tracker diff");
      }
      return works;
    }
  }

  private final long pid;
  private final Plan plan;
  private final boolean softDirty;
  private final @Nullable ProcessWrites writes;
  private final Pacing pacing;
  private final PageMap pageMap;
  private final FileChannel memory;
  private final Map<Long, Long> frames = new HashMap<>();
  private boolean stopped;

  private ProcessCapture(long pid, Plan plan) throws IOException {
    this.pid = pid;
    this.plan = plan;
    softDirty = plan.tracking().bySoftDirty();
    pacing = new Pacing(plan.intervalNs());
    writes = plan.tracking() == Tracking.UFFD ? ProcessWrites.of(pid) : null;
    pageMap = new PageMap(pid);
    memory = FileChannel.open(memoryFile(pid), StandardOpenOption.READ);
  }

  /**
   * Records a process. Ends early when interrupted, when the process ends, or when it outgrows the
   * room; what was recorded until then is complete. The process runs again afterwards.
   *
   * @return number of checkpoints recorded
   * @throws IllegalArgumentException if there is no such process, it is stopped already, or another
   *     recorder is at work on it
   * @throws IOException if its memory may not be read, or nothing was recorded
   */
  public static int record(
      long pid, Path series, Plan plan, Progress progress, BooleanSupplier interrupted)
      throws IOException {
    if (pid == ProcessHandle.current().pid()) {
      throw new IllegalArgumentException("process " + pid + " is this program itself");
    }
    if (!Files.isDirectory(Path.of("/proc", Long.toString(pid)))) {
      throw new IllegalArgumentException("process " + pid + ": no such process");
    }
    try (var _ = Processes.soleRecorder(memoryFile(pid), "process " + pid);
        var capture = new ProcessCapture(pid, plan)) {
      return capture.run(series, progress, interrupted);
    }
  }

  private static Path memoryFile(long pid) {
    return Path.of("/proc", Long.toString(pid), "mem");
  }

  private int run(Path series, Progress progress, BooleanSupplier interrupted) throws IOException {
    if (Processes.isHalted(pid)) {
      throw new IllegalArgumentException(
          "process " + pid + " is stopped; let it run (kill -CONT) before recording it");
    }
    stop();
    privatePages((mapping, page, entry) -> frames.put(page, (long) frames.size()));
    long ramBytes = plan.ramBytes();
    if (ramBytes == 0) {
      ramBytes =
          Math.ceilDiv(2L * frames.size() * Page.BYTES, DEFAULT_UNIT_BYTES) * DEFAULT_UNIT_BYTES;
    }
    long frameLimit = ramBytes >>> Page.SHIFT;
    if (frames.size() > frameLimit) {
      throw new IllegalArgumentException(
          "process %s has %s pages already, more than --memory-mib has room for: %s"
              .formatted(pid, frames.size(), frameLimit));
    }
    try (var image = new RamImage(Math.max(ramBytes, Page.BYTES));
        var writer = SeriesWriter.create(series, describe(image))) {
      byte[] content = new byte[Page.BYTES];
      for (Map.Entry<Long, Long> frame : frames.entrySet()) {
        read(frame.getKey(), content);
        image.write(frame.getValue(), content, 0);
      }
      Recorders.writeBase(image.asSegment(), null, writer, "process " + pid, Progress.NONE);
      long hugeKib = hugeKib();
      if (softDirty) {
        SoftDirty.clear(pid);
      }
      if (writes != null) {
        writes.collect();
      }
      var pages = new DirtyPages();
      int done = 0;
      try {
        while (done < plan.checkpoints() && !interrupted.getAsBoolean()) {
          long waitNs = pacing.waitNs();
          resume();
          long begin = System.nanoTime();
          if (!Pacing.waitUntil(begin + waitNs, interrupted)) {
            break;
          }
          stop();
          long tookNs = System.nanoTime() - begin;
          if (!take(image, pages)) {
            writer.note("ended_early", "the process outgrew the room of " + frameLimit + " pages");
            break;
          }
          pacing.ran(waitNs, tookNs);
          writer.writeCheckpoint(pages, pacing.ranNs(), null);
          done++;
          progress.step("recording", done, plan.checkpoints());
        }
      } catch (GuestGoneException e) {
        writer.note("ended_early", e.getMessage());
      }
      if (done == 0) {
        throw new IOException("process " + pid + ": ended or was interrupted before a checkpoint");
      }
      writer.note("run_ms", pacing.summary());
      hugeKib = Math.max(hugeKib, hugeKib());
      if (hugeKib > 0) {
        writer.note(
            "huge_pages",
            "%d KiB of its memory were in huge pages, which soft-dirty bits mark as wholes: pages count as written that were not"
                .formatted(hugeKib));
      }
      writer.finish();
      return done;
    }
  }

  /** How much of its memory is in transparent huge pages; 0 if that is not told, or no matter. */
  private long hugeKib() {
    return !softDirty
        ? 0
        : Linux.kibibytes(Path.of("/proc", Long.toString(pid), "smaps_rollup"), "AnonHugePages:");
  }

  private SeriesDescription describe(RamImage image) throws IOException {
    Map<String, String> environment = Recorders.environment("process");
    environment.put("clock", "goes on while the process is stopped");
    environment.put(
        "page_frames", "given to the virtual pages in the order in which they first had content");
    String name =
        new String(
                Files.readAllBytes(Path.of("/proc", Long.toString(pid), "comm")),
                StandardCharsets.UTF_8)
            .strip();
    return new SeriesDescription(
        name.isEmpty() ? "process" : name,
        "process: " + name,
        plan.intervalNs(),
        new SeriesDescription.Memory(image.pages() << Page.SHIFT, image.pages()),
        SeriesDescription.Origin.recorded(
            writes != null
                ? "userfaultfd WP_ASYNC opened by the tracked program, registered and scanned"
                    + " (PAGEMAP_SCAN) from outside: all written pages, also those written with the"
                    + " same content"
                : softDirty
                    ? "soft-dirty bits: all written pages, also those written with the same content"
                    : "content diff of all private memory: pages written with the same content are missing"
                        + (plan.tracking() == Tracking.AUTO
                            ? "; soft-dirty bits do not work here"
                            : ""),
            environment),
        Clock.HOST);
  }

  /**
   * Takes what was written; false if the process has more pages than there is room for.
   *
   * @throws GuestGoneException if the process did not stand still all the while: what was read is
   *     not of one instant, or not all
   */
  private boolean take(RamImage image, DirtyPages pages) throws IOException {
    try {
      boolean fits = takeHalted(image, pages);
      requireHalted();
      return fits;
    } catch (GuestGoneException e) {
      throw e;
    } catch (IOException e) {
      requireHalted();
      // Of a process that became another program by exec, the page map is still the earlier one's.
      long[] _ = pageMap.read(0, 1);
      throw e;
    }
  }

  private void requireHalted() throws IOException {
    if (!Processes.isHalted(pid)) {
      throw new GuestGoneException("process " + pid + " ended, or was let run, while it was read");
    }
  }

  private boolean takeHalted(RamImage image, DirtyPages pages) throws IOException {
    var written = new TreeMap<Long, byte[]>();
    byte[] now = new byte[Page.BYTES];
    byte[] before = new byte[Page.BYTES];
    if (writes != null) {
      writes.collect();
    }
    privatePages(
        (mapping, page, entry) -> {
          Long known = frames.get(page);
          if (known == null) {
            long pfn = frames.size();
            // One too many says that the process outgrew the room.
            if (pfn <= image.pages()) {
              frames.put(page, pfn);
            }
            if (pfn < image.pages()) {
              read(page, now);
              written.put(pfn, now.clone());
            }
            return;
          }
          boolean unmarked = softDirty && !PageMap.softDirty(entry);
          if ((unmarked && !PageMap.mayBeZeroPage(entry))
              || (writes != null && !writes.written(mapping, page))) {
            return;
          }
          read(page, now);
          if (unmarked || (!softDirty && writes == null)) {
            image.read(known, before, 0);
            if (Arrays.equals(now, before)) {
              return;
            }
          }
          written.put(known, now.clone());
        });
    if (frames.size() > image.pages()) {
      return false;
    }
    if (softDirty) {
      SoftDirty.clear(pid);
    }
    pages.clear();
    written.forEach((pfn, content) -> pages.append(pfn, content, 0));
    image.apply(pages);
    return true;
  }

  /** Told of a virtual page with content of the process's own. */
  private interface Pages {
    void at(long mappingFirstPage, long page, long entry) throws IOException;
  }

  private void privatePages(Pages visitor) throws IOException {
    List<MemoryMapping> mappings = MemoryMapping.of(pid);
    if (mappings.isEmpty()) {
      throw new GuestGoneException("process " + pid + " ended");
    }
    for (MemoryMapping mapping : mappings) {
      if (!mapping.isOwn()) {
        continue;
      }
      long first = mapping.start() >>> Page.SHIFT;
      long end = mapping.end() >>> Page.SHIFT;
      while (first < end) {
        long[] entries = pageMap.read(first, (int) Math.min(CHUNK_PAGES, end - first));
        for (int i = 0; i < entries.length; i++) {
          if (PageMap.isPrivate(entries[i])) {
            visitor.at(mapping.start() >>> Page.SHIFT, first + i, entries[i]);
          }
        }
        first += entries.length;
      }
    }
  }

  private void read(long page, byte[] content) throws IOException {
    ByteBuffer target = ByteBuffer.wrap(content);
    while (target.hasRemaining()) {
      if (memory.read(target, (page << Page.SHIFT) + target.position()) <= 0) {
        throw new IOException(
            "process " + pid + ": cannot be read at page " + Long.toHexString(page));
      }
    }
  }

  private void stop() throws IOException {
    Processes.signal(pid, Linux.SIGSTOP);
    stopped = true;
    if (!Processes.awaitHalted(pid)) {
      throw new GuestGoneException("process " + pid + " ended");
    }
  }

  private void resume() throws IOException {
    Processes.signal(pid, Linux.SIGCONT);
    stopped = false;
  }

  @Override
  public void close() throws IOException {
    try {
      if (stopped) {
        resume();
      }
    } catch (IOException e) {
      // it ended
    } finally {
      if (writes != null) {
        writes.close();
      }
      pageMap.close();
      memory.close();
    }
  }
}
