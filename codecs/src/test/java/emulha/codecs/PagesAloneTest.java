package emulha.codecs;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import emulha.codecs.DecoderContext.PreviousPages;
import emulha.codecs.pipeline.CheckpointDecoder;
import emulha.codecs.pipeline.CheckpointEncoder;
import emulha.memory.DirtyPages;
import emulha.memory.FreeMap;
import emulha.memory.Page;
import emulha.memory.PageSize;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Pages decoded one by one, out of order, from what was shown of them. Without this, a method could
 * claim that its pages stand alone, and a store would keep what nobody can decode.
 */
class PagesAloneTest {
  private static final int RAM_PAGES = 200;

  static Stream<String> methods() {
    return Stream.concat(
            Stages.all().stream()
                .filter(stage -> !stage.needsParameters())
                .map(StageProvider::name)
                .map(name -> name.equals("xz") ? "xz:level=0" : name),
            Stream.concat(
                Stream.of("zero+delta", "delta:encoding=xor+lz4", "zstd:encoders=3", "prefix+gzip"),
                NativeLibraries.specs().stream()))
        .filter(spec -> Method.parse(spec).decodesPagesAlone());
  }

  private record Shown(int vm, long pfn, boolean usedPrevious, List<Byte> bytes) {}

  @ParameterizedTest
  @MethodSource("methods")
  void eachPageDecodesAlone(String spec) throws Exception {
    Method method = Method.parse(spec);
    var random = new Random(0xa10ae);
    byte[][] image = {new byte[RAM_PAGES * Page.BYTES], new byte[RAM_PAGES * Page.BYTES]};
    PreviousPages previous =
        (vm, pfn, target, offset) ->
            System.arraycopy(image[vm], (int) pfn * Page.BYTES, target, offset, Page.BYTES);
    long[] ram = {RAM_PAGES, RAM_PAGES};
    var encoded = new EncodedCheckpoint();
    List<Shown> shown = new ArrayList<>();
    try (var encoder = CheckpointEncoder.of(method, ram, encoded::append);
        var decoder =
            CheckpointDecoder.of(
                method,
                PageSize.SMALL,
                ram,
                previous,
                (vm, pfn, used, bytes, length) -> {
                  List<Byte> copy = new ArrayList<>();
                  for (int i = 0; i < length; i++) {
                    copy.add(bytes[i]);
                  }
                  shown.add(new Shown(vm, pfn, used, copy));
                },
                null);
        var alone = CheckpointDecoder.of(method, PageSize.SMALL, ram, previous, null, null)) {
      for (int n = 0; n < 5; n++) {
        CheckpointKind kind = n == 0 ? CheckpointKind.FULL : CheckpointKind.INCREMENTAL;
        encoded.clear();
        shown.clear();
        DirtyPages[] pages = {written(image[0], random, n == 0), written(image[1], random, n == 0)};
        DirtyPages[] decoded = {new DirtyPages(), new DirtyPages()};
        encoder.begin(kind);
        encoder.encode(0, pages[0]);
        encoder.encode(1, pages[1]);
        encoder.end();
        decoder.begin(kind, encoded);
        decoder.decode(0, decoded[0]);
        decoder.decode(1, decoded[1]);
        decoder.end();
        assertEquals(pages[0].count() + pages[1].count(), shown.size());
        for (Shown one : shown.reversed()) {
          byte[] bytes = new byte[one.bytes().size() + 7];
          for (int i = 0; i < one.bytes().size(); i++) {
            bytes[i + 3] = one.bytes().get(i);
          }
          byte[] page = new byte[Page.BYTES + 2];
          alone.decodeAlone(kind, one.vm(), one.pfn(), bytes, 3, one.bytes().size(), page, 1);
          DirtyPages of = decoded[one.vm()];
          int i = of.indexOf(one.pfn());
          assertArrayEquals(
              Arrays.copyOfRange(of.slab(i), of.offset(i), of.offset(i) + Page.BYTES),
              Arrays.copyOfRange(page, 1, 1 + Page.BYTES));
          assertFalse(n == 0 && one.usedPrevious(), "nothing was there before the full checkpoint");
        }
        for (int vm = 0; vm < 2; vm++) {
          for (int i = 0; i < decoded[vm].count(); i++) {
            System.arraycopy(
                decoded[vm].slab(i),
                decoded[vm].offset(i),
                image[vm],
                (int) decoded[vm].pfn(i) * Page.BYTES,
                Page.BYTES);
          }
        }
      }
    }
  }

  private static DirtyPages written(byte[] image, Random random, boolean all) {
    var pages = new DirtyPages();
    byte[] page = new byte[Page.BYTES];
    for (int pfn = 0; pfn < RAM_PAGES; pfn += all ? 1 : 1 + random.nextInt(5)) {
      System.arraycopy(image, pfn * Page.BYTES, page, 0, Page.BYTES);
      switch (random.nextInt(5)) {
        case 0 -> {}
        case 1 -> Arrays.fill(page, (byte) 0);
        case 2 -> random.nextBytes(page);
        default -> {
          for (int i = 0; i < 40; i++) {
            page[random.nextInt(Page.BYTES)] = (byte) random.nextInt();
          }
        }
      }
      pages.append(pfn, page, 0);
    }
    byte[] free = new byte[RAM_PAGES / 8];
    random.nextBytes(free);
    pages.setFreeMap(new FreeMap(free));
    return pages;
  }

  @ParameterizedTest
  @ValueSource(strings = {"similarity", "stream", "gzip:scope=checkpoint", "criu-naive"})
  void whatIsEncodedTogetherSaysSo(String spec) {
    assertFalse(Method.parse(spec).decodesPagesAlone());
    assertTrue(Method.parse("none").decodesPagesAlone());
  }
}
