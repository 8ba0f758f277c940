package emulha.traces;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import emulha.files.DamagedFileException;
import emulha.memory.DirtyPages;
import emulha.memory.PageSize;
import emulha.traces.exports.SeriesImage;
import emulha.traces.imports.FlatImport;
import emulha.traces.imports.image.ImageFormat;
import emulha.traces.imports.image.ImageImport;
import emulha.traces.stats.Characterisation;
import emulha.traces.stats.SeriesSummary;
import emulha.traces.views.MergedSeries;
import emulha.traces.views.SampledSeries;
import emulha.traces.views.SeriesCopy;
import emulha.traces.views.SlicedSeries;
import emulha.traces.views.TrimmedSeries;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Series of pages that have not 4096 bytes, from recordings that a program in Python made and
 * applied to images of its own. Without this, a page could lose what is behind its first 4096
 * bytes, or lie at a fraction of its address, at writer and reader alike.
 */
final class PageSizesTest {
  private static final int CHECKPOINTS = 5;

  /** Makes a flat recording, and the image after the base and each checkpoint. */
  private static final String GUEST =
      """
      import json, pathlib, random, struct, sys
      size, frames = int(sys.argv[1]), int(sys.argv[2])
      random.seed(size)
      ram = bytearray(size * frames)
      for pfn in range(0, frames, 3):
          ram[pfn * size:pfn * size + 500] = random.randbytes(500)
          ram[(pfn + 1) * size - 9:(pfn + 1) * size] = b"the end.."
      flat, images = pathlib.Path("flat"), pathlib.Path("images")
      flat.mkdir(); images.mkdir()
      (flat / "base.raw").write_bytes(ram)
      (images / "0.raw").write_bytes(ram)
      for n in range(%d):
          pfns = sorted(random.sample(range(frames), frames // 3))
          for i, pfn in enumerate(pfns):
              if i %% 4 == 0:
                  ram[pfn * size:(pfn + 1) * size] = bytes(size)
              elif i %% 4 != 3:  # else written with the content it had
                  at = pfn * size + random.randrange(size - 8)
                  ram[at:at + 8] = random.randbytes(8)
                  ram[(pfn + 1) * size - 1] ^= 1 + n
          (flat / f"ckpt-{n}.idx").write_bytes(struct.pack(f"<{len(pfns)}Q", *pfns))
          (flat / f"ckpt-{n}.pages").write_bytes(b"".join(ram[p * size:(p + 1) * size] for p in pfns))
          (flat / f"ckpt-{n}.free").write_bytes(random.randbytes((frames + 7) // 8))
          (images / f"{n + 1}.raw").write_bytes(ram)
      (flat / "meta.json").write_text(json.dumps({"workload": "w", "interval_ms": 16.667,
          "page_size": size, "dirty_by": "d", "vm": "arm"}))
      """
          .formatted(CHECKPOINTS);

  @TempDir Path directory;

  private Path recorded(int pageBytes) throws Exception {
    SystemTools.require("python3");
    Files.writeString(directory.resolve("guest.py"), GUEST);
    String frames = Integer.toString(pageBytes > 1 << 20 ? 7 : 70);
    SystemTools.run(directory, "python3", "guest.py", Integer.toString(pageBytes), frames);
    FlatImport.run(directory.resolve("flat"), directory.resolve("s"), Progress.NONE);
    return directory.resolve("s");
  }

  private byte[] image(int checkpoints) throws IOException {
    return Files.readAllBytes(directory.resolve("images").resolve(checkpoints + ".raw"));
  }

  private int images;

  /** Compares the image that a series leads to with one of Python's. */
  private void assertImage(int expected, Series series, int checkpoints) throws IOException {
    Path file = directory.resolve("image-" + images++);
    SeriesImage.write(series, checkpoints, file, Progress.NONE);
    assertArrayEquals(image(expected), Files.readAllBytes(file));
    Files.delete(file);
  }

  @ParameterizedTest
  @ValueSource(ints = {16 << 10, 64 << 10, 2 << 20})
  void seriesAndViewsAreWhatPythonRecorded(int pageBytes) throws Exception {
    Path path = recorded(pageBytes);
    var series = Series.at(path);
    assertEquals(pageBytes, series.info().pageSize().bytes());
    assertEquals(16_667_000, series.info().intervalNs());
    assertEquals(image(0).length / pageBytes, series.info().basePages());
    for (int n = 0; n <= CHECKPOINTS; n++) {
      assertImage(n, series, n);
    }
    var merged = new MergedSeries(series, 2);
    assertImage(2, merged, 1);
    assertImage(4, merged, 2);
    var sliced = SlicedSeries.of(series, 1, 4);
    assertImage(1, sliced, 0);
    assertImage(4, sliced, 3);
    var sampled =
        SampledSeries.of(
            series, List.of(new SampledSeries.Stretch(0, 1), new SampledSeries.Stretch(4, 5)));
    assertImage(5, sampled, 5);
    Path copy = directory.resolve("copy");
    SeriesCopy.run(merged, copy, Progress.NONE);
    assertImage(4, Series.at(copy), 2);
    Path trimmed = directory.resolve("trimmed");
    SeriesCopy.run(TrimmedSeries.of(series, Progress.NONE), trimmed, Progress.NONE);
    assertTrue(Series.at(trimmed).info().basePages() < series.info().basePages());
    Path archive = directory.resolve("s.tar.zst");
    SeriesPacker.pack(path, archive, 1, Progress.NONE);
    assertImage(CHECKPOINTS, Series.at(archive), CHECKPOINTS);
    assertEquals(digest(series), digest(Series.at(archive)));
    for (Path one : List.of(path, copy, trimmed, archive)) {
      SeriesVerifier.verify(one, Progress.NONE);
    }
    SeriesSummary summary = SeriesSummary.of(series, Progress.NONE);
    int pages = image(0).length / pageBytes / 3;
    assertEquals((long) pages * CHECKPOINTS, summary.dirtyPages());
  }

  private static String digest(Series series) throws IOException {
    return SeriesDigest.of(series, Integer.MAX_VALUE, Progress.NONE);
  }

  /** Images are compared in pages of the size that was asked for, and in no others. */
  @ParameterizedTest
  @ValueSource(ints = {16 << 10, 64 << 10, 2 << 20})
  void imagesAreComparedInPagesOfTheSize(int pageBytes) throws Exception {
    recorded(pageBytes);
    Path path = directory.resolve("compared");
    var provenance = new Provenance("v", "w", OptionalLong.of(1_000_000), new PageSize(pageBytes));
    ImageImport.run(directory.resolve("images"), ImageFormat.RAW, path, provenance, Progress.NONE);
    var series = Series.at(path);
    assertEquals(pageBytes, series.info().pageSize().bytes());
    try (var cursor = series.open()) {
      var pages = new DirtyPages();
      for (int n = 0; cursor.nextCheckpoint(pages); n++) {
        assertEquals(differing(image(n), image(n + 1), pageBytes), pfns(pages));
      }
    }
    for (int n = 0; n <= CHECKPOINTS; n++) {
      assertImage(n, series, n);
    }
    Path odd = Files.write(directory.resolve("odd.raw"), new byte[3 * pageBytes + 4096]);
    var e =
        assertThrows(
            IOException.class,
            () ->
                ImageImport.run(
                    odd, ImageFormat.RAW, directory.resolve("n"), provenance, Progress.NONE));
    assertTrue(
        String.valueOf(e.getMessage()).contains("a multiple of " + pageBytes + " bytes"),
        e::toString);
  }

  private static List<Long> differing(byte[] before, byte[] after, int pageBytes) {
    var pfns = new ArrayList<Long>();
    for (int at = 0; at < before.length; at++) {
      long pfn = at / pageBytes;
      if (before[at] != after[at] && (pfns.isEmpty() || pfns.getLast() != pfn)) {
        pfns.add(pfn);
      }
    }
    return pfns;
  }

  private static List<Long> pfns(DirtyPages pages) {
    var pfns = new ArrayList<Long>();
    for (int i = 0; i < pages.count(); i++) {
      pfns.add(pages.pfn(i));
    }
    return pfns;
  }

  /**
   * Tables of the statistics have rows for up to 4096 bytes of a page: larger ones would be lost.
   */
  @Test
  void statisticsAreRefused() throws Exception {
    var series = Series.at(recorded(64 << 10));
    var refused =
        assertThrows(
            IllegalArgumentException.class,
            () -> Characterisation.write(List.of(series), directory.resolve("stats")));
    assertEquals(
        "series s has pages of 64KiB; the statistics are defined on pages of 4KiB",
        refused.getMessage());
  }

  @Test
  void aFileOfOtherPagesIsRefused() throws Exception {
    Path path = recorded(64 << 10);
    Path file = path.resolve("000001.ckpt");
    byte[] bytes = Files.readAllBytes(file);
    assertEquals(0, bytes[13]);
    assertEquals(1, bytes[14]);
    bytes[13] = 0x40;
    bytes[14] = 0;
    Files.write(file, bytes);
    var e =
        assertThrows(DamagedFileException.class, () -> SeriesVerifier.verify(path, Progress.NONE));
    assertTrue(
        String.valueOf(e.getMessage()).contains("expected page size 65536, found 16384"),
        e::toString);
  }

  @Test
  void otherSizesAreRefused() throws Exception {
    Path path = recorded(16 << 10);
    Path json = path.resolve("series.json");
    String own = Files.readString(json);
    for (String size : List.of("12288", "0", "4194304", "2048", "\"64KiB\"", "null")) {
      byte[] text = own.replace(": 16384", ": " + size).getBytes(StandardCharsets.UTF_8);
      Files.write(json, text);
      Files.writeString(path.resolve("series.json.sha256"), SeriesJson.formatDigest(text));
      var e = assertThrows(IOException.class, () -> Series.at(path), size);
      assertTrue(String.valueOf(e.getMessage()).contains("\"page_size\""), e::toString);
    }
  }

  @Test
  void aWriterRefusesPagesOfAnotherSize() throws Exception {
    var description = Series.at(recorded(64 << 10)).info().description();
    try (var writer = SeriesWriter.create(directory.resolve("w"), description)) {
      var small = new DirtyPages();
      small.append(0);
      assertThrows(IllegalArgumentException.class, () -> writer.writeBase(small));
    }
  }
}
