package emulha.traces.imports.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.github.luben.zstd.ZstdInputStream;
import emulha.traces.Progress;
import emulha.traces.TestSeries;
import emulha.traces.imports.Damage;
import emulha.traces.imports.ImportTrial;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import java.util.Random;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Migrations of QEMU to files, against the memory of the guest in the file of its memory backend:
 * QEMU's own copy, which no format touches. {@code qemu-10.tar.zst} was made with QEMU 10.0.2: a
 * guest of 4 MiB that counts in 112 pages, migrated as a stream with XBZRLE while it ran, and as
 * mapped-ram halted, running, and halted with multifd; beside each the memory as the migration left
 * it.
 */
class QemuMigrationTest {

  @TempDir Path directory;

  private ImportTrial trial() {
    return new ImportTrial(directory, ImageFormat.QEMU);
  }

  private Path unpack(String... names) throws IOException {
    Path to = Files.createDirectory(directory.resolve("unpacked"));
    try (InputStream in = QemuMigrationTest.class.getResourceAsStream("qemu-10.tar.zst");
        var tar =
            new TarArchiveInputStream(
                new ZstdInputStream(Objects.requireNonNull(in)).setLongMax(27))) {
      for (var entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
        String name = entry.getName();
        if (Arrays.asList(names).contains(name.replace(".ram", ""))) {
          Path where = name.endsWith(".ram") ? directory : to;
          Files.copy(tar, where.resolve(name));
        }
      }
    }
    return to;
  }

  // Pages that a later round replaced, or the differences applied to another page, would make an
  // image that looks like a guest's.
  @Test
  void readsStreamWithDifferences() throws IOException {
    Path source = unpack("xbzrle").resolve("xbzrle");
    var series = trial().imported(source);
    assertEquals(0, series.info().checkpoints());
    assertArrayEquals(
        Files.readAllBytes(directory.resolve("xbzrle.ram")), TestSeries.imageAfter(series, 0));
    var environment = series.info().description().environment();
    assertEquals("m 4194304", environment.get("ram_blocks"));
    String left = String.valueOf(environment.get("left_out"));
    assertTrue(left.contains("pc.bios 262144"), left);

    int refused =
        Damage.fuzz(
            source,
            20_000,
            60,
            45,
            directory,
            target ->
                ImageImport.run(source, ImageFormat.QEMU, target, ImportTrial.MADE, Progress.NONE));
    assertTrue(refused > 10, "only " + refused + " refused");
  }

  @Test
  void readsMappedRamAsSeries() throws IOException {
    String[] names = {"mapped-1", "mapped-2-live", "mapped-3-multifd"};
    Path source = unpack(names);
    var series = trial().imported(source);
    assertEquals(2, series.info().checkpoints());
    for (int n = 0; n < names.length; n++) {
      assertArrayEquals(
          Files.readAllBytes(directory.resolve(names[n] + ".ram")),
          TestSeries.imageAfter(series, n),
          names[n]);
    }
    byte[] file = Files.readAllBytes(source.resolve("mapped-1"));
    assertTrue(trial().refused(Arrays.copyOf(file, 1_500_000)).contains("byte 1500000: expected"));
    int refused =
        Damage.fuzz(
            source.resolve("mapped-1"),
            500,
            40,
            46,
            directory,
            target ->
                ImageImport.run(source, ImageFormat.QEMU, target, ImportTrial.MADE, Progress.NONE));
    assertTrue(refused > 10, "only " + refused + " refused");
  }

  // The two ways of the QEMU that is installed: pages as they are, and by zlib, which QEMU had
  // until 9.0.
  @ParameterizedTest
  @ValueSource(strings = {"", "migrate_set_capability compress on"})
  void readsStreamsOfTheInstalledQemu(String capability) throws Exception {
    Path source = Files.createDirectory(directory.resolve("streams"));
    byte[] content = new byte[100_000];
    new Random(47).nextBytes(content);
    Arrays.fill(content, 20_000, 60_000, (byte) 7);
    QemuMonitor.run(
        directory,
        content,
        capability
            + """

        migrate "exec:cat > streams/1"
        cont
        stop
        migrate "exec:cat > streams/2"
        quit
        """,
        "-M",
        "pc,memory-backend=pc.ram",
        "-object",
        "memory-backend-file,id=pc.ram,size=16M,mem-path=ram,share=on");
    byte[] ram = Files.readAllBytes(directory.resolve("ram"));
    assertArrayEquals(content, Arrays.copyOfRange(ram, 0x200000, 0x200000 + content.length));
    var series = trial().imported(source);
    assertEquals(1, series.info().checkpoints());
    assertArrayEquals(ram, TestSeries.imageAfter(series, 1));
  }

  /** A stream of blocks of two pages, made by hand. */
  private static final class Stream {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final DataOutputStream out = new DataOutputStream(bytes);

    Stream(String... blocks) throws IOException {
      out.writeInt(0x5145564d);
      out.writeInt(3);
      out.write(7);
      out.writeInt(2);
      out.writeBytes("pc");
      out.write(1);
      out.writeInt(2);
      name("ram");
      out.writeInt(0);
      out.writeInt(4);
      out.writeLong(blocks.length * 8192L | 4);
      for (String block : blocks) {
        name(block);
        out.writeLong(8192);
      }
      out.writeLong(0x10);
      out.write(0x7e);
      out.writeInt(2);
    }

    private void name(String name) throws IOException {
      out.write(name.length());
      out.writeBytes(name);
    }

    /** A part of RAM, the last one or another. */
    Stream part(int type) throws IOException {
      out.write(type);
      out.writeInt(2);
      return this;
    }

    Stream page(long address, int flags, String block, byte... content) throws IOException {
      out.writeLong(address | flags);
      if ((flags & 0x20) == 0) {
        name(block);
      }
      out.write(content);
      return this;
    }

    Stream end() throws IOException {
      out.writeLong(0x10);
      out.write(0x7e);
      out.writeInt(2);
      return this;
    }

    byte[] bytes() {
      return bytes.toByteArray();
    }
  }

  private static byte[] full(int value) {
    byte[] page = new byte[4096];
    Arrays.fill(page, (byte) value);
    return page;
  }

  // QEMU leaves out a block's name where it is that of the record before, also in another part.
  @Test
  void joinsMemoryBackendsAndNamesWhatIsLeftOut() throws IOException {
    byte[] difference = {1, 0, 4, 3, 2, 9, 9};
    byte[] stream =
        new Stream("m0", "0000:00:02.0/vga.vram", "/objects/m1")
            .part(2)
            .page(0, 8, "m0", full(1))
            .page(4096, 0x22, "m0", (byte) 2)
            .page(0, 2, "0000:00:02.0/vga.vram", (byte) 3)
            .page(4096, 8, "/objects/m1", full(4))
            .end()
            .part(3)
            .page(4096, 0x60, "/objects/m1", difference)
            .page(0, 8, "m0", full(5))
            .end()
            .bytes();
    Path file = directory.resolve("stream");
    Files.write(file, stream);
    var series = trial().imported(file);
    byte[] m1 = full(4);
    m1[3] = 9;
    m1[4] = 9;
    var expected = new ByteArrayOutputStream();
    expected.write(full(5));
    expected.write(full(2));
    expected.write(full(0));
    expected.write(m1);
    assertArrayEquals(expected.toByteArray(), TestSeries.imageAfter(series, 0));
    var environment = series.info().description().environment();
    assertEquals("m0 8192, /objects/m1 8192", environment.get("ram_blocks"));
    assertEquals(
        "memory of devices and firmware: 0000:00:02.0/vga.vram 8192;"
            + " 1 pages that QEMU never sent, taken for zeros",
        environment.get("left_out"));

    byte[] header = new byte[92 + 5];
    ByteBuffer.wrap(header)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put("LibvirtQemudSave".getBytes(StandardCharsets.US_ASCII))
        .putInt(2)
        .putInt(5)
        .putInt(0)
        .putInt(0);
    var saved = new ByteArrayOutputStream();
    saved.write(header);
    saved.write(stream);
    Path virsh = directory.resolve("virsh");
    Files.write(virsh, saved.toByteArray());
    assertArrayEquals(expected.toByteArray(), TestSeries.imageAfter(trial().imported(virsh), 0));
    byte[] packed = saved.toByteArray();
    packed[28] = 1;
    packed[97] = 0x1f;
    assertTrue(trial().refused(packed).contains("compressed file of virsh save (format 1)"));
  }

  // Without it what a command before RAM holds would be taken for a section. Its configuration ends
  // at byte 15.
  @Test
  void passesOverCommandsBeforeRam() throws IOException {
    byte[] stream =
        new Stream("m0")
            .part(3)
            .page(0, 8, "m0", full(1))
            .page(4096, 8, "m0", full(2))
            .end()
            .bytes();
    var commanded = new ByteArrayOutputStream();
    commanded.write(stream, 0, 15);
    commanded.write(new byte[] {8, 0, 3, 0, 4, 1, 2, 3, 4});
    commanded.write(stream, 15, stream.length - 15);
    Path file = directory.resolve("stream");
    Files.write(file, commanded.toByteArray());
    var expected = new ByteArrayOutputStream();
    expected.write(full(1));
    expected.write(full(2));
    assertArrayEquals(expected.toByteArray(), TestSeries.imageAfter(trial().imported(file), 0));
  }

  // What mapped-ram knows of its pages has no place for those of a stream: it ended in an internal
  // error.
  @Test
  void refusesPagesAmongTheRecordsOfMappedRam() throws IOException {
    var bytes = new ByteArrayOutputStream();
    var out = new DataOutputStream(bytes);
    out.writeInt(0x5145564d);
    out.writeInt(3);
    out.write(7);
    out.writeInt(0);
    out.write(5);
    out.write(26);
    out.writeBytes("configuration/capabilities");
    out.writeInt(1);
    out.writeInt(1);
    out.write(10);
    out.writeBytes("mapped-ram");
    out.write(1);
    out.writeInt(2);
    out.write(3);
    out.writeBytes("ram");
    out.writeInt(0);
    out.writeInt(4);
    out.writeLong(8192 | 4);
    out.write(2);
    out.writeBytes("m0");
    out.writeLong(8192);
    out.writeInt(1);
    out.writeLong(4096);
    int places = out.size();
    out.writeLong(places + 16);
    out.writeLong(places + 17);
    out.write(3);
    out.write(full(1));
    out.write(full(2));
    int records = out.size();
    out.writeLong(0x10);
    Path file = directory.resolve("mapped");
    Files.write(file, bytes.toByteArray());
    var expected = new ByteArrayOutputStream();
    expected.write(full(1));
    expected.write(full(2));
    assertArrayEquals(expected.toByteArray(), TestSeries.imageAfter(trial().imported(file), 0));

    byte[] paged = Arrays.copyOf(bytes.toByteArray(), records + 20);
    ByteBuffer.wrap(paged)
        .position(records)
        .putLong(2)
        .put((byte) 2)
        .put((byte) 'm')
        .put((byte) '0');
    String message = trial().refused(paged);
    assertTrue(message.contains("byte " + records + ": a page among the records"), message);
  }

  @Test
  void refusesWhatItCannotRead() throws IOException {
    assertTrue(
        trial()
            .refused(new Stream("pc.bios").part(3).end().bytes())
            .contains("no block of main memory (NAME.ram, or a memory backend) among pc.bios"));
    assertTrue(
        trial()
            .refused(new Stream("pc.ram").part(3).page(0, 0x40, "pc.ram", (byte) 1).end().bytes())
            .contains("a difference to a page that was never sent"));
    assertTrue(
        trial()
            .refused(new Stream("pc.ram").part(3).page(8192, 2, "pc.ram", (byte) 1).end().bytes())
            .contains("outside of its block"));
    assertTrue(
        trial()
            .refused(new Stream("pc.ram").part(3).page(0, 0x80, "pc.ram").end().bytes())
            .contains("a record with unknown flags 80"));
    assertTrue(
        trial()
            .refused(new Stream("pc.ram").part(2).page(0, 2, "pc.ram", (byte) 1).end().bytes())
            .contains("found the end"));
    // Each block alone has fewer pages than the file has bytes, and 8 bytes are kept for each page.
    byte[] blocks = new Stream("m0", "m1").part(3).end().bytes();
    ByteBuffer.wrap(blocks)
        .putLong(32, 120 * 4096 | 4)
        .putLong(43, 60 * 4096)
        .putLong(54, 60 * 4096);
    String message = trial().refused(blocks);
    assertTrue(message.contains("byte 54: blocks of 120 pages, more than"), message);
    assertTrue(
        trial().refused("LibvirtQemudPart".getBytes(StandardCharsets.US_ASCII)).contains("never"));
    assertTrue(trial().refused(new byte[5000]).contains("expected the magic \"QEVM\""));
  }
}
