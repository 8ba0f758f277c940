package emulha.codecs;

import emulha.memory.DirtyPages;
import emulha.memory.FreeMap;
import emulha.memory.Page;
import emulha.memory.PageSize;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;

/**
 * What VMs hold and write over time, to try methods on.
 *
 * @param frames page frames of each VM
 * @param steps checkpoints in order
 */
public record Sequence(String name, List<Long> frames, List<Step> steps) {
  /**
   * One checkpoint, or a stretch of the base.
   *
   * @param vms each VM's pages
   */
  public record Step(CheckpointKind kind, List<DirtyPages> vms) {}

  /** Sequences that need no recording, always the same. */
  static List<Sequence> all() {
    return List.of(random(), adversarial(), manyVms(), farFrames(), fullFirst(), small());
  }

  /**
   * The same VMs with larger pages: in each, the first block of 4096 bytes is the page as it is
   * here, the last one is its complement, one in the middle the page again, and one in eight of the
   * others is noise that stays. Pages of zeros are zero throughout.
   */
  Sequence enlarged(PageSize pageSize) {
    var larger = new ArrayList<Step>();
    for (Step step : steps) {
      var vms = new ArrayList<DirtyPages>();
      for (DirtyPages small : step.vms()) {
        var pages = new DirtyPages(pageSize);
        for (int i = 0; i < small.count(); i++) {
          pages.append(small.pfn(i), enlarged(small, i, pageSize.bytes()), 0);
        }
        pages.setFreeMap(small.freeMap());
        vms.add(pages);
      }
      larger.add(new Step(step.kind(), vms));
    }
    return new Sequence(name + " of " + pageSize, frames, larger);
  }

  private static byte[] enlarged(DirtyPages small, int i, int bytes) {
    byte[] page = new byte[bytes];
    byte[] first = Arrays.copyOfRange(small.slab(i), small.offset(i), small.offset(i) + Page.BYTES);
    if (Arrays.equals(first, new byte[Page.BYTES])) {
      return page;
    }
    var random = new SplittableRandom(0x5eed_0010L + small.pfn(i));
    byte[] noise = new byte[Page.BYTES];
    for (int at = Page.BYTES; at < bytes; at += 8 * Page.BYTES) {
      random.nextBytes(noise);
      System.arraycopy(noise, 0, page, at, Page.BYTES);
    }
    System.arraycopy(first, 0, page, 0, Page.BYTES);
    System.arraycopy(first, 0, page, bytes / 2, Page.BYTES);
    System.arraycopy(inverted(first), 0, page, bytes - Page.BYTES, Page.BYTES);
    return page;
  }

  public long[] ramPages() {
    return frames.stream().mapToLong(Long::longValue).toArray();
  }

  @Override
  public String toString() {
    return name;
  }

  /** One VM whose pages change in the ways that guests' pages do, base known to both ends. */
  public static Sequence random() {
    var writer = new Writer(0x5eed_0001L, 96);
    writer.fillAll();
    var steps = new ArrayList<Step>();
    steps.add(new Step(CheckpointKind.PRIMING, List.of(writer.stretch(0, 40))));
    steps.add(new Step(CheckpointKind.PRIMING, List.of(writer.stretch(40, 96))));
    for (int i = 0; i < 14; i++) {
      steps.add(new Step(CheckpointKind.INCREMENTAL, List.of(writer.checkpoint(40))));
    }
    return new Sequence("random", List.of(96L), steps);
  }

  /** Contents that sit on the edges of encodings; nothing known before. */
  static Sequence adversarial() {
    byte[] noise = new byte[Page.BYTES];
    new SplittableRandom(0x5eed_0002L).nextBytes(noise);
    var contents = new ArrayList<byte[]>();
    contents.add(new byte[Page.BYTES]);
    contents.add(filled(0xff));
    contents.add(with(new byte[Page.BYTES], 0, 1));
    contents.add(with(new byte[Page.BYTES], Page.BYTES - 1, 1));
    contents.add(with(with(new byte[Page.BYTES], 0, 1), Page.BYTES - 1, 1));
    contents.add(noise);
    contents.add(with(noise, 0, noise[0] ^ 1));
    contents.add(with(noise, Page.BYTES - 1, noise[Page.BYTES - 1] ^ 0x80));
    contents.add(striped(1));
    contents.add(striped(2));
    contents.add(striped(4));
    contents.add(striped(8));
    contents.add(striped(127));
    contents.add(striped(128));
    contents.add(striped(256));
    contents.add(striped(1024));
    contents.add(halfNoise(noise, 0));
    contents.add(halfNoise(noise, Page.BYTES / 2));
    contents.add(filled(0x80));
    contents.add(inverted(noise));
    int pages = contents.size();
    var steps = new ArrayList<Step>();
    for (int round = 0; round < 2 * pages; round += 3) {
      var checkpoint = new DirtyPages();
      for (int pfn = 0; pfn < pages; pfn++) {
        checkpoint.append(pfn, contents.get((pfn * (1 + round / pages) + round) % pages), 0);
      }
      checkpoint.setFreeMap(new FreeMap(new byte[] {0x24, 0x01}));
      steps.add(new Step(CheckpointKind.INCREMENTAL, List.of(checkpoint)));
    }
    var nothing = new DirtyPages();
    nothing.setFreeMap(new FreeMap(new byte[0]));
    steps.add(4, new Step(CheckpointKind.INCREMENTAL, List.of(nothing)));
    return new Sequence("adversarial", List.of((long) pages), steps);
  }

  /** Three VMs of different size that hold much in common, one of them often idle. */
  static Sequence manyVms() {
    var writers =
        List.of(
            new Writer(0x5eed_0003L, 30),
            new Writer(0x5eed_0003L, 50),
            new Writer(0x5eed_0004L, 9));
    var steps = new ArrayList<Step>();
    for (int i = 0; i < 10; i++) {
      var vms = new ArrayList<DirtyPages>();
      for (int vm = 0; vm < 3; vm++) {
        vms.add(writers.get(vm).checkpoint(vm == 2 && i % 3 != 0 ? 0 : 9));
      }
      steps.add(new Step(CheckpointKind.INCREMENTAL, vms));
    }
    return new Sequence("many VMs", List.of(30L, 50L, 9L), steps);
  }

  /** Frame numbers up to the last of 4 GiB. */
  static Sequence farFrames() {
    long ram = 1L << 20;
    var writer = new Writer(0x5eed_0005L, 6);
    long[] pfns = {0, 1, 127, 128, ram / 2, ram - 1};
    var steps = new ArrayList<Step>();
    for (int i = 0; i < 3; i++) {
      writer.checkpoint(6);
      var far = new DirtyPages();
      for (int p = 0; p < 6; p++) {
        far.append(pfns[p], writer.content(p), 0);
      }
      far.setFreeMap(new FreeMap(new byte[] {2}));
      steps.add(new Step(CheckpointKind.INCREMENTAL, List.of(far)));
    }
    return new Sequence("far frames", List.of(ram), steps);
  }

  /** The first, full checkpoint in two stretches, then increments. */
  public static Sequence fullFirst() {
    var writer = new Writer(0x5eed_0006L, 50);
    writer.fillAll();
    var steps = new ArrayList<Step>();
    steps.add(new Step(CheckpointKind.FULL, List.of(writer.stretch(0, 20))));
    steps.add(new Step(CheckpointKind.FULL, List.of(writer.stretch(20, 50))));
    for (int i = 0; i < 5; i++) {
      steps.add(new Step(CheckpointKind.INCREMENTAL, List.of(writer.checkpoint(20))));
    }
    return new Sequence("full first", List.of(50L), steps);
  }

  /** Two small VMs of which each checkpoint holds more pages than a small cache. */
  static Sequence evicting(long seed) {
    var writers = List.of(new Writer(seed, 12), new Writer(~seed, 20));
    var steps = new ArrayList<Step>();
    for (int i = 0; i < 6; i++) {
      steps.add(
          new Step(
              CheckpointKind.INCREMENTAL,
              List.of(writers.get(0).checkpoint(9), writers.get(1).checkpoint(i % 2 * 9 + 3))));
    }
    return new Sequence("evicting", List.of(12L, 20L), steps);
  }

  /** A base and two increments of a few pages: for tests that replay it often. */
  static Sequence small() {
    var writer = new Writer(0x5eed_0007L, 12);
    writer.fillAll();
    return new Sequence(
        "small",
        List.of(12L),
        List.of(
            new Step(CheckpointKind.PRIMING, List.of(writer.stretch(0, 12))),
            new Step(CheckpointKind.INCREMENTAL, List.of(writer.checkpoint(9))),
            new Step(CheckpointKind.INCREMENTAL, List.of(writer.checkpoint(9)))));
  }

  static byte[] filled(int value) {
    byte[] page = new byte[Page.BYTES];
    Arrays.fill(page, (byte) value);
    return page;
  }

  private static byte[] with(byte[] page, int at, int value) {
    byte[] copy = page.clone();
    copy[at] = (byte) value;
    return copy;
  }

  private static byte[] striped(int width) {
    byte[] page = new byte[Page.BYTES];
    for (int i = 0; i < page.length; i++) {
      page[i] = (byte) ((i / width & 1) == 0 ? 0 : 0x5a + i / width);
    }
    return page;
  }

  private static byte[] halfNoise(byte[] noise, int from) {
    byte[] page = new byte[Page.BYTES];
    System.arraycopy(noise, 0, page, from, Page.BYTES / 2);
    return page;
  }

  private static byte[] inverted(byte[] page) {
    byte[] copy = new byte[Page.BYTES];
    for (int i = 0; i < copy.length; i++) {
      copy[i] = (byte) ~page[i];
    }
    return copy;
  }

  /** A guest that writes its pages; the same seed writes the same. */
  private static final class Writer {
    private static final byte[] TEXT =
        "GET /index.html HTTP/1.1\r\nHost: shop\r\nAccept: */*\r\n\r\nkey:000000012345 "
            .getBytes(StandardCharsets.US_ASCII);

    private final SplittableRandom random;
    private final byte[][] ram;

    Writer(long seed, int pages) {
      random = new SplittableRandom(seed);
      ram = new byte[pages][Page.BYTES];
    }

    byte[] content(int pfn) {
      return ram[pfn];
    }

    void fillAll() {
      for (int pfn = 0; pfn < ram.length; pfn++) {
        write(pfn);
      }
    }

    DirtyPages stretch(int from, int to) {
      var pages = new DirtyPages();
      for (int pfn = from; pfn < to; pfn++) {
        pages.append(pfn, ram[pfn], 0);
      }
      return pages;
    }

    DirtyPages checkpoint(int writes) {
      Map<Integer, Boolean> dirty = new TreeMap<>();
      for (int i = 0; i < writes; i++) {
        dirty.put(random.nextInt(ram.length), true);
      }
      var pages = new DirtyPages();
      for (int pfn : dirty.keySet()) {
        write(pfn);
        pages.append(pfn, ram[pfn], 0);
      }
      byte[] free = new byte[(ram.length + 7) / 8];
      random.nextBytes(free);
      for (int i = 0; i < free.length; i++) {
        free[i] &= 0x11;
      }
      pages.setFreeMap(new FreeMap(free));
      return pages;
    }

    private void write(int pfn) {
      byte[] page = ram[pfn];
      switch (random.nextInt(10)) {
        case 0 -> Arrays.fill(page, (byte) 0);
        case 1 -> random.nextBytes(page);
        case 2 -> System.arraycopy(ram[random.nextInt(ram.length)], 0, page, 0, Page.BYTES);
        case 3 -> { // a silent write: dirty, but the same
        }
        case 4 -> {
          for (int i = 0; i < page.length; i++) {
            page[i] = TEXT[(i + pfn) % TEXT.length];
          }
        }
        case 5 -> Arrays.fill(page, (byte) random.nextInt(256));
        default -> {
          int runs = 1 + random.nextInt(20);
          for (int run = 0; run < runs; run++) {
            int at = random.nextInt(Page.BYTES);
            int end = Math.min(Page.BYTES, at + 1 + random.nextInt(40));
            for (int i = at; i < end; i++) {
              page[i] = (byte) random.nextInt(256);
            }
          }
        }
      }
    }
  }
}
