package emulha.traces.imports.criu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.github.luben.zstd.ZstdInputStream;
import emulha.memory.PageSize;
import emulha.traces.Progress;
import emulha.traces.Provenance;
import emulha.traces.Series;
import emulha.traces.SeriesVerifier;
import emulha.traces.SystemTools;
import emulha.traces.TestSeries;
import emulha.traces.imports.Damage;
import emulha.traces.imports.ImportTrial;
import emulha.traces.stats.SeriesSummary;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Archives of image directories, made by the system's {@code tar} as container engines lay them
 * out, of the real chain of {@link CriuImportTest}; and hostile ones, made entry by entry.
 */
class CriuArchivesTest {
  private static final Provenance MADE =
      new Provenance("vm", "made", OptionalLong.of(1_000_000_000), PageSize.SMALL);

  @TempDir Path directory;

  @BeforeAll
  static void tools() {
    SystemTools.require("tar", "gzip", "zstd");
  }

  private Path unpacked(InputStream archive, String name) throws Exception {
    Path to = Files.createDirectories(directory.resolve(name));
    Path tar = directory.resolve(name + ".unpack");
    try (archive) {
      Files.copy(archive, tar);
    }
    SystemTools.run(to, "tar", "-xf", tar.toString());
    return to;
  }

  private Path realChain() throws Exception {
    return unpacked(new ZstdInputStream(resource("/criu-redis.tar.zst")), "chain");
  }

  private static InputStream resource(String name) {
    return Objects.requireNonNull(CriuArchivesTest.class.getResourceAsStream(name));
  }

  private Path archive(Path from, String name, String... what) throws Exception {
    Path archive = directory.resolve(name);
    SystemTools.run(
        directory,
        Stream.concat(
                Stream.of("tar", "-C", from.toString(), "-caf", archive.toString()),
                Stream.of(what))
            .toArray(String[]::new));
    return archive;
  }

  private Series imported(Path... archives) throws IOException {
    Path path = directory.resolve("series" + ++series);
    CriuImport.run(ImportTrial.request(path, MADE, archives), Progress.NONE);
    SeriesVerifier.verify(path, Progress.NONE);
    assertNothingLeft();
    return Series.at(path);
  }

  private int series;

  /** All of a series but its description. */
  private static String pages(Series series) throws IOException {
    String dump = TestSeries.dump(series);
    return dump.substring(series.info().description().toString().length());
  }

  /** What was unpacked is gone. */
  private void assertNothingLeft() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      assertEquals(
          List.of(), files.filter(file -> file.getFileName().toString().startsWith(".")).toList());
    }
  }

  private String refused(Path... archives) throws IOException {
    return refused((CriuArchives.Limits) null, archives);
  }

  private String refused(CriuArchives.Limits limits, Path... archives) throws IOException {
    var error =
        assertThrows(
            IOException.class,
            () ->
                CriuImport.fromArchives(
                    ImportTrial.request(directory.resolve("none"), MADE, archives),
                    limits,
                    Progress.NONE));
    assertFalse(Files.exists(directory.resolve("none")));
    assertNothingLeft();
    String message = String.valueOf(error.getMessage());
    assertFalse(message.contains("\n"), message);
    return message;
  }

  // A chain out of archives that differs from the same chain as directories would be a recording
  // of something else.
  @ParameterizedTest
  @CsvSource({"all.tar", "all.tar.gz", "all.tar.zst"})
  void readsAChainInOneArchive(String name) throws Exception {
    Path chain = realChain();
    Path plain = directory.resolve("plain");
    CriuImport.run(ImportTrial.request(plain, MADE, chain), Progress.NONE);
    Series series = imported(archive(chain, name, "."));
    assertEquals(TestSeries.dump(Series.at(plain)), TestSeries.dump(series));
    assertEquals(
        Series.at(plain).info().description().environment(),
        series.info().description().environment());
  }

  // podman's --pre-checkpoint and --with-previous make two archives: the link of the second leads
  // into the first. Taken for two dumps, every page of the second would be compared with nothing.
  @Test
  void joinsAPreCheckpointAndItsCheckpoint() throws Exception {
    Path chain = realChain();
    Path bundle = Files.createDirectories(directory.resolve("bundle"));
    Files.move(chain.resolve("1"), bundle.resolve("pre-checkpoint"));
    Files.move(chain.resolve("2"), bundle.resolve("checkpoint"));
    Files.delete(bundle.resolve("checkpoint/parent"));
    Files.createSymbolicLink(bundle.resolve("checkpoint/parent"), Path.of("../pre-checkpoint"));
    Files.writeString(
        bundle.resolve("config.dump"),
        """
        {"id": "0f29", "name": "looper", "rootfsImageName": "docker.io/library/redis:7",
         "runtime": "crun"}
        """);
    Files.writeString(bundle.resolve("spec.dump"), "{}");
    Files.writeString(bundle.resolve("rootfs-diff.tar"), "not looked into");
    Path plain = directory.resolve("plain");
    CriuImport.run(ImportTrial.request(plain, MADE, bundle.resolve("checkpoint")), Progress.NONE);
    Path pre = archive(bundle, "pre.tar.gz", "config.dump", "spec.dump", "pre-checkpoint");
    Path dump =
        archive(
            bundle, "dump.tar.zst", "config.dump", "spec.dump", "rootfs-diff.tar", "checkpoint");
    for (Path[] order : new Path[][] {{pre, dump}, {dump, pre}}) {
      Series series = imported(order);
      assertEquals(pages(Series.at(plain)), pages(series));
      assertEquals(424, SeriesSummary.of(series, Progress.NONE).dirtyPages());
      var environment = series.info().description().environment();
      assertEquals("looper", environment.get("container"));
      assertEquals("docker.io/library/redis:7", environment.get("container_image"));
      assertEquals("crun", environment.get("container_runtime"));
    }
    String message = refused(dump);
    assertTrue(
        message.contains(
            "dump.tar.zst/checkpoint/parent: leads to pre-checkpoint, which no archive given has"),
        message);
    assertTrue(refused(pre).contains("pre.tar.gz/pre-checkpoint: has no parent"), refused(pre));
  }

  // Checkpoints of a container that goes on are whole: their changes are found by comparison, in
  // the order given.
  @Test
  void comparesCheckpointsWithoutLinks() throws Exception {
    byte[] noise = new byte[3 * 4096];
    new Random(1).nextBytes(noise);
    Path[] archives = new Path[3];
    for (int i = 0; i < archives.length; i++) {
      noise[4096 * i] ^= (byte) i;
      Path bundle = directory.resolve("bundle" + i);
      new CriuPages(directory).plain(0x1000, noise, false).write(bundle.resolve("checkpoint"), "");
      archives[i] = archive(bundle, "dump-" + (9 - i) + ".tar.gz", "checkpoint");
    }
    Series series = imported(archives);
    assertEquals(2, series.info().checkpoints());
    assertEquals(2, SeriesSummary.of(series, Progress.NONE).dirtyPages());
    assertTrue(series.info().dirtyBy().startsWith("content comparison"), series.info().dirtyBy());
    byte[] last = TestSeries.imageAfter(series, 2);
    assertTrue(Arrays.equals(noise, last));
  }

  // The archive of a chain after --auto-dedup is no better than the chain.
  @Test
  void refusesAChainAfterDeduplication() throws Exception {
    Path archive = directory.resolve("chain.tgz");
    Files.copy(resource("/criu-autodedup.tgz"), archive);
    String message = refused(archive);
    assertTrue(message.startsWith("chain.tgz/autodedup/1/pages-1.img: byte "), message);
    assertTrue(message.contains("zeros in place of all"), message);
  }

  /** Adds an entry to a hostile archive. */
  private interface Entry {
    void add(TarArchiveOutputStream tar) throws IOException;
  }

  private static Entry file(String name, byte[] content) {
    return tar -> {
      var entry = new TarArchiveEntry(name, true);
      entry.setSize(content.length);
      tar.putArchiveEntry(entry);
      tar.write(content);
      tar.closeArchiveEntry();
    };
  }

  private static Entry link(String name, byte type, String target) {
    return tar -> {
      var entry = new TarArchiveEntry(name, type, true);
      entry.setLinkName(target);
      tar.putArchiveEntry(entry);
      tar.closeArchiveEntry();
    };
  }

  private static byte[] tar(Entry... entries) throws IOException {
    var bytes = new ByteArrayOutputStream();
    try (var tar = new TarArchiveOutputStream(bytes)) {
      tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_GNU);
      for (Entry entry : entries) {
        entry.add(tar);
      }
    }
    return bytes.toByteArray();
  }

  private Path hostile(Entry... entries) throws IOException {
    Path path = directory.resolve("hostile.tar");
    Files.write(path, tar(entries));
    return path;
  }

  private Entry[] images() throws IOException {
    Path image =
        new CriuPages(directory)
            .plain(0x1000, new byte[4096], false)
            .write(directory.resolve("image"), "");
    return new Entry[] {
      file("checkpoint/pagemap-3.img", Files.readAllBytes(image.resolve("pagemap-3.img"))),
      file("checkpoint/pages-7.img", Files.readAllBytes(image.resolve("pages-7.img")))
    };
  }

  private Entry[] images(Entry... more) throws IOException {
    return Stream.concat(Stream.of(images()), Stream.of(more)).toArray(Entry[]::new);
  }

  // An archive of a stranger could write where the user can, or read what only the user can.
  @Test
  void neverLeavesItsRoom() throws IOException {
    Path outside = directory.resolve("pages-9.img");
    String escape = "checkpoint/../../../../../pages-9.img";
    assertTrue(refused(hostile(file(escape, new byte[4096]))).contains("leads out of the archive"));
    assertTrue(
        refused(hostile(file(outside.toString(), new byte[4096])))
            .contains("leads out of the archive"));
    assertFalse(Files.exists(outside));
    // A link in place of an image would let any file of the user's be read as pages.
    Files.write(outside, new byte[4096]);
    Entry[] images = images();
    for (byte type : new byte[] {TarConstants.LF_SYMLINK, TarConstants.LF_LINK}) {
      String message =
          refused(hostile(images[0], link("checkpoint/pages-7.img", type, outside.toString())));
      assertTrue(
          message.contains("checkpoint/pages-7.img: expected a file, found a link"), message);
    }
    // A directory that is a link: what follows would be written through it.
    assertTrue(
        refused(
                hostile(
                    link("checkpoint", TarConstants.LF_SYMLINK, directory.toString()),
                    images[0],
                    images[1]))
            .contains("has no parent"));
    assertFalse(Files.exists(directory.resolve("pagemap-3.img")));
    assertTrue(
        refused(hostile(images(link("checkpoint/parent", TarConstants.LF_SYMLINK, "/etc"))))
            .contains("checkpoint/parent: leads to /etc, out of the archive"));
    assertTrue(
        refused(hostile(images(link("checkpoint/parent", TarConstants.LF_SYMLINK, "../../x"))))
            .contains("checkpoint/parent: leads to ../../x, out of the archive"));
    assertTrue(
        refused(
                hostile(
                    images(link("checkpoint/parent", TarConstants.LF_SYMLINK, "../checkpoint"))))
            .contains("is its own ancestor"));
  }

  // A few KB of archive could otherwise fill the disk, or keep the program busy for hours.
  @Test
  void boundsWhatArchivesHold() throws Exception {
    var limits = new CriuArchives.Limits(1 << 20, 4 << 20, 50);
    byte[] zeros = new byte[3 << 20];
    Path archive = directory.resolve("bomb.tar.gz");
    for (var hostile :
        List.of(
            List.of(file("checkpoint/pages-7.img", zeros), "no room beside the destination"),
            List.of(file("rootfs-diff.tar", new byte[5 << 20]), "more than 4194304 bytes"))) {
      Entry entry = (Entry) hostile.getFirst();
      try (var gzip = new GZIPOutputStream(Files.newOutputStream(archive))) {
        gzip.write(tar(entry));
      }
      assertTrue(Files.size(archive) < 20_000);
      String message = refused(limits, archive);
      assertTrue(message.contains((String) hostile.get(1)), message);
    }
    Entry[] many = new Entry[51];
    Arrays.setAll(many, i -> file("volumes/" + i, new byte[0]));
    assertTrue(refused(limits, hostile(many)).contains("more than 50 entries"));
    // A header that promises more than there is, as after a broken transfer.
    byte[] whole = tar(images());
    Path cut = directory.resolve("cut.tar");
    Files.write(cut, Arrays.copyOf(whole, 2600));
    assertTrue(refused(cut).contains("cut.tar: byte "), refused(cut));
    Files.write(cut, Arrays.copyOf(tar(file("config.dump", new byte[3000])), 1000));
    assertTrue(refused(cut).startsWith(cut + ": byte "), refused(cut));
  }

  @Test
  void refusesWhatIsNoSuchArchive() throws Exception {
    Path text = directory.resolve("notes.txt");
    Files.writeString(text, "no archive at all\n".repeat(100));
    assertTrue(refused(text).contains("notes.txt"), refused(text));
    Path elf = directory.resolve("elf");
    Files.write(elf, "\177ELF and more".getBytes(StandardCharsets.ISO_8859_1));
    assertTrue(refused(elf).contains("found an ELF file"), refused(elf));
    assertTrue(
        refused(hostile(file("checkpoint/core-1.img", new byte[10])))
            .contains("expected an archive with CRIU images"));
    Entry[] images = images();
    assertTrue(
        refused(hostile(images[0], images[0], images[1]))
            .contains("pagemap-3.img: is there twice"));
    Path missing = directory.resolve("missing.tar");
    var error =
        assertThrows(
            IOException.class,
            () ->
                CriuImport.run(
                    ImportTrial.request(directory.resolve("none"), MADE, missing, text),
                    Progress.NONE));
    assertTrue(error.getMessage().contains("no such file"), error::getMessage);
  }

  // Bytes that a broken disk or transfer changed must not become pages; gzip's and zstd's checks
  // are not tar's.
  @Test
  void refusesDamagedArchives() throws Exception {
    Path chain = realChain();
    for (String name : new String[] {"all.tar.gz", "all.tar"}) {
      Path archive = archive(chain, name, ".");
      int refused =
          Damage.fuzz(
              archive,
              Integer.MAX_VALUE,
              name.endsWith("gz") ? 24 : 12,
              21,
              Files.createDirectories(directory.resolve("fuzzed")),
              target -> CriuImport.run(ImportTrial.request(target, MADE, archive), Progress.NONE));
      assertTrue(refused >= (name.endsWith("gz") ? 23 : 3), name + ": " + refused);
    }
  }
}
