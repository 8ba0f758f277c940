package emulha.traces.capture.qemu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import emulha.traces.capture.Preload;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class QemuCommandTest {
  @TempDir Path directory;

  // Without it a guest would start and resume only where the directory for temporary files, or the
  // image's, has a plain name.
  @Test
  void pathsAreQuotedAsWhoTakesThemApartWants() {
    assertEquals("/a,,b/c d", QemuGuest.doubledCommas(Path.of("/a,b/c d")));
    assertEquals("'/a,b/c d'", ResumedGuest.quoted(Path.of("/a,b/c d")));
    assertEquals("'/it'\\''s'", ResumedGuest.quoted(Path.of("/it's")));
  }

  // The dynamic linker takes such a path for two, has neither, and says so to nobody who listens.
  @Test
  void aLibraryIsRefusedWhoseNameNobodyCanPreload() {
    var e =
        assertThrows(
            IOException.class,
            () -> Preload.compile("write-protect.c", directory.resolve("a b").resolve("shim.so")));
    assertTrue(e.getMessage().contains("TMPDIR"), e.getMessage());
  }

  // Without it a program that its user runs with another allocator, say, would be recorded with its
  // own.
  @Test
  void whatTheUserPreloadsStays() {
    var environment = new HashMap<>(Map.of("LD_PRELOAD", "/lib/libjemalloc.so.2"));
    new Preload(directory.resolve("ours.so")).into(environment);
    assertEquals(
        "/lib/libjemalloc.so.2:" + directory.resolve("ours.so"), environment.get("LD_PRELOAD"));
  }

  // Without it an ELF core of a guest of 3 GiB would have what lies above 4 GiB where its devices
  // are.
  @Test
  void ramOfLargeGuestsIsSplit() {
    assertEquals("0-80000000 100000000-140000000", QemuGuest.splitAddresses(3L << 30).toString());
  }
}
