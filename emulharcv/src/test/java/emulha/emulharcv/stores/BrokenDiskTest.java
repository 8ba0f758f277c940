package emulha.emulharcv.stores;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import emulha.memory.DirtyPages;
import emulha.memory.Page;
import emulha.wire.Message;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Disks that are full, or give back what was not written: small file systems, one of them in a file
 * that is changed behind the system's back. Needs root, since only then can one be mounted. A
 * process that another test starts has the files of this one open until it has begun: they could
 * not be unmounted.
 */
@Isolated
class BrokenDiskTest {
  private static final List<Message.Vm> VMS = List.of(new Message.Vm("vm", 256));

  @TempDir Path directory = Path.of("");
  private Path mounted = Path.of("");
  private boolean isMounted;

  private static int system(String... command) throws Exception {
    return new ProcessBuilder(command)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start()
        .waitFor();
  }

  private void mount(String... options) throws Exception {
    mounted = Files.createDirectories(directory.resolve("mounted"));
    String[] command = new String[options.length + 2];
    command[0] = "mount";
    System.arraycopy(options, 0, command, 1, options.length);
    command[command.length - 1] = mounted.toString();
    isMounted = system(command) == 0;
    Assumptions.assumeTrue(isMounted, "cannot mount a small file system; needs root");
  }

  @AfterEach
  void unmount() throws Exception {
    if (isMounted) {
      assertEquals(0, system("umount", mounted.toString()));
    }
  }

  /** Random pages, so that no disk holds them twice. */
  private static StorableCheckpoint checkpoint(long number, int pages, Random random) {
    var dirty = new DirtyPages();
    for (int pfn = 0; pfn < pages; pfn++) {
      byte[] page = new byte[Page.BYTES];
      random.nextBytes(page);
      dirty.append(pfn, page, 0);
    }
    return new StorableCheckpoint(number, List.of(dirty), List.of(new byte[0]), null);
  }

  private static byte[] image(FailOverImages images) {
    byte[] all = new byte[256 * Page.BYTES];
    for (int pfn = 0; pfn < 256; pfn++) {
      images.read(0, pfn, all, pfn * Page.BYTES);
    }
    return all;
  }

  /** Where a page is on the disk; it was forced there. */
  private static long find(byte[] disk, byte[] page) {
    for (int at = 0; at <= disk.length - Page.BYTES; at += 1024) {
      if (Arrays.equals(disk, at, at + Page.BYTES, page, 0, Page.BYTES)) {
        return at;
      }
    }
    return -1;
  }

  /**
   * Without this, FINISHED would prove the images by the system's memory of them, which holds what
   * was written, not by the disk, which may hold something else.
   */
  @ParameterizedTest
  @ValueSource(ints = {3, 200})
  void whatTheDiskDoesNotGiveBackIsFound(int pfn) throws Exception {
    Path disk = directory.resolve("disk");
    try (var file = new RandomAccessFile(disk.toFile(), "rw")) {
      file.setLength(24 << 20);
    }
    try {
      Assumptions.assumeTrue(
          system("mkfs.ext4", "-q", "-F", "-b", "4096", disk.toString()) == 0, "no ext4 here");
    } catch (IOException e) {
      Assumptions.abort("mkfs.ext4 is not installed (e2fsprogs)");
    }
    mount("-o", "loop", disk.toString());
    var location = StoreLocation.parse("file:" + mounted.resolve("store"));
    try (var opened = location.open(VMS, line -> {})) {
      CheckpointStore store = opened.store();
      var random = new Random(0xd15cL);
      store.clear();
      store.store(checkpoint(Message.BASE, 256, random));
      // The log holds the first pages, too; the others are in the image alone.
      store.store(checkpoint(0, 16, random));
      store.requireDurable();
      byte[] page = new byte[Page.BYTES];
      store.images().read(0, pfn, page, 0);
      byte[] all = Files.readAllBytes(disk);
      int flipped = 0;
      for (long at = find(all, page); at >= 0; at = find(all, page)) {
        all[(int) at] ^= 1;
        try (var file = new RandomAccessFile(disk.toFile(), "rw")) {
          file.seek(at);
          file.write(all[(int) at]);
        }
        flipped++;
      }
      assertNotEquals(0, flipped, "the page is on the disk");
      byte[] still = new byte[Page.BYTES];
      store.images().read(0, pfn, still, 0);
      assertArrayEquals(page, still, "the system remembers what was written");
      var e = assertThrows(IOException.class, store::requireDurable);
      assertTrue(
          String.valueOf(e.getMessage())
              .contains("does not give back what was written to page frame " + pfn),
          e::toString);
    }
  }

  /**
   * Without this, a store could hold half a checkpoint after its disk was full, or stay stuck on
   * what that left when there is room again.
   */
  @ParameterizedTest
  @ValueSource(strings = {"file", "criu", "criu-naive"})
  void aFullDiskLeavesTheCheckpointBeforeAndPasses(String kind) throws Exception {
    mount("-t", "tmpfs", "-o", "size=6m", "tmpfs");
    var location = StoreLocation.parse(kind + ":" + mounted.resolve("store"));
    var random = new Random(0xf011L);
    byte[] before;
    try (var opened = location.open(VMS, line -> {})) {
      opened.store().clear();
      opened.store().store(checkpoint(Message.BASE, 100, random));
      opened.store().store(checkpoint(0, 100, random));
      before = image(opened.store().images());
      Path ballast = fill();
      var e =
          assertThrows(IOException.class, () -> opened.store().store(checkpoint(1, 256, random)));
      assertTrue(String.valueOf(e.getMessage()).contains("No space left"), e::toString);
      opened.store().images().settle();
      Files.delete(ballast);
    }
    try (var opened = location.open(VMS, line -> {})) {
      long held = opened.store().images().checkpoint();
      assertTrue(held == 0 || held == 1, "it holds " + held);
      if (held == 0) {
        assertArrayEquals(before, image(opened.store().images()));
      }
      opened.store().store(checkpoint(held + 1, 30, random));
      assertEquals(held + 1, opened.store().images().checkpoint());
    }
  }

  /** Leaves no room on the disk; what takes it. */
  private Path fill() {
    Path ballast = mounted.resolve("ballast");
    try (var file = new RandomAccessFile(ballast.toFile(), "rw")) {
      byte[] block = new byte[4096];
      while (true) {
        file.write(block);
      }
    } catch (IOException e) {
      return ballast;
    }
  }

  /** Without this, a store would be given up as damaged for want of room to unpack it in. */
  @Test
  void noRoomToUnpackIsNoDamage() throws Exception {
    mount("-t", "tmpfs", "-o", "size=6m", "tmpfs");
    Path place = mounted.resolve("store");
    var location = StoreLocation.parse("criu-naive:" + place);
    try (var opened = location.open(VMS, line -> {})) {
      opened.store().clear();
      opened.store().store(checkpoint(Message.BASE, 256, new Random(0x9accL)));
    }
    Path ballast = fill();
    var e = assertThrows(IOException.class, () -> location.open(VMS, line -> {}));
    assertTrue(String.valueOf(e.getMessage()).contains("No space left"), e::toString);
    assertFalse(e instanceof DamagedStoreException, e::toString);
    assertFalse(Files.exists(place.resolve("000000/pages-0.img")), "what was unpacked of it");
    Files.delete(ballast);
    try (var opened = location.open(VMS, line -> {})) {
      assertEquals(Message.BASE, opened.store().images().checkpoint());
    }
  }

  /**
   * Without this, the image that is written could be half of one checkpoint and half of another.
   */
  @Test
  void imagesThatTheDiskCutShortAreNotTakenForACheckpoint() throws Exception {
    mount("-t", "tmpfs", "-o", "size=6m", "tmpfs");
    var location = StoreLocation.parse("file:" + mounted.resolve("store"));
    var random = new Random(0x51a5L);
    try (var opened = location.open(VMS, line -> {})) {
      CheckpointStore store = opened.store();
      store.clear();
      // Logs of the size that is needed are there; the image has holes.
      store.store(checkpoint(Message.BASE, 100, random));
      store.store(checkpoint(0, 100, random));
      store.store(checkpoint(1, 100, random));
      try (var file = new RandomAccessFile(mounted.resolve("ballast").toFile(), "rw")) {
        byte[] block = new byte[4096];
        while (true) {
          file.write(block);
        }
      } catch (IOException e) {
        // Full.
      }
      var dirty = new DirtyPages();
      for (int pfn = 60; pfn < 140; pfn++) {
        byte[] page = new byte[Page.BYTES];
        random.nextBytes(page);
        dirty.append(pfn, page, 0);
      }
      assertThrows(
          IOException.class,
          () -> store.store(new StorableCheckpoint(2, List.of(dirty), List.of(new byte[0]), null)));
      store.images().settle();
      assertEquals(Message.NOTHING, store.images().checkpoint());
      Files.delete(mounted.resolve("ballast"));
      try (FailOverImages recovered = store.recover()) {
        assertEquals(2, recovered.checkpoint());
      }
    }
  }
}
