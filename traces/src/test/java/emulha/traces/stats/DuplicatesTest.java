package emulha.traces.stats;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import emulha.memory.DirtyPages;
import emulha.memory.Page;
import emulha.metrics.DuplicateRow;
import emulha.metrics.SeriesKey;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class DuplicatesTest {
  private static final List<SeriesKey> KEYS =
      List.of(
          new SeriesKey("a", "vm1", "w", "recording", 25_000_000),
          new SeriesKey("b", "vm2", "w", "recording", 25_000_000),
          new SeriesKey("c", "vm3", "w", "recording", 25_000_000));

  private static DirtyPages randomPages(SplittableRandom random) {
    var pages = new DirtyPages();
    var pfns = new TreeSet<Integer>();
    int count = random.nextInt(120);
    while (pfns.size() < count) {
      pfns.add(random.nextInt(1000));
    }
    for (int pfn : pfns) {
      int index = pages.append(pfn);
      for (int at = 0; at < Page.BYTES; at += 256) {
        // 40 contents, one of them zeros, repeated over the page at random lengths.
        int content = random.nextInt(random.nextInt(4) == 0 ? 40 : 3);
        Arrays.fill(
            pages.slab(index),
            pages.offset(index) + at,
            pages.offset(index) + at + 256,
            (byte) content);
      }
    }
    return pages;
  }

  private static List<String> chunks(DirtyPages pages, int size) {
    List<String> list = new ArrayList<>();
    for (int i = 0; i < pages.count(); i++) {
      for (int at = 0; at < Page.BYTES; at += size) {
        int from = pages.offset(i) + at;
        list.add(Arrays.toString(Arrays.copyOfRange(pages.slab(i), from, from + size)));
      }
    }
    return list;
  }

  /** The definitions, looked up by whole contents, over several checkpoints of three VMs. */
  @ParameterizedTest
  @ValueSource(ints = {256, 1024, 4096})
  void equalsTheDefinitions(int size) {
    var random = new SplittableRandom(size);
    var duplicates = new Duplicates(size);
    String zeros = Arrays.toString(new byte[size]);
    for (int number = 0; number < 6; number++) {
      List<DirtyPages> parts =
          List.of(randomPages(random), randomPages(random), randomPages(random));
      List<DuplicateRow> rows = duplicates.checkpoint(number, KEYS, parts);
      Map<String, Integer> first = new HashMap<>();
      for (int vm = 0; vm < 3; vm++) {
        List<String> own = chunks(parts.get(vm), size);
        long intra = 0;
        long inter = 0;
        long zeroIntra = 0;
        long zeroInter = 0;
        for (String chunk : own) {
          Integer owner = first.putIfAbsent(chunk, vm);
          if (owner != null) {
            intra += owner == vm ? 1 : 0;
            inter += owner == vm ? 0 : 1;
            zeroIntra += owner == vm && chunk.equals(zeros) ? 1 : 0;
            zeroInter += owner != vm && chunk.equals(zeros) ? 1 : 0;
          }
        }
        Set<String> others = new HashSet<>();
        for (int other = 0; other < 3; other++) {
          if (other != vm) {
            others.addAll(chunks(parts.get(other), size));
          }
        }
        Set<String> mine = new HashSet<>(own);
        long alone = (long) own.size() - mine.size();
        mine.removeAll(others);
        SeriesKey key = KEYS.get(vm);
        assertEquals(
            new DuplicateRow(
                key,
                number,
                size,
                new DuplicateRow.Chunks(own.size(), intra, inter, alone, own.size() - mine.size()),
                new DuplicateRow.Zeros(
                    own.stream().filter(zeros::equals).count(), zeroIntra, zeroInter)),
            rows.get(vm),
            "checkpoint " + number);
      }
    }
  }

  /** A chunk that straddled a page's end would be compared with another page's bytes. */
  @Test
  void refusesSizesThatDoNotDivideAPage() {
    assertThrows(IllegalArgumentException.class, () -> new Duplicates(1000));
    assertThrows(IllegalArgumentException.class, () -> new Duplicates(8192));
  }
}
