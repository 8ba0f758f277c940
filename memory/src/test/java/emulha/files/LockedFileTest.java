package emulha.files;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two that hold a store at once would write over each other's checkpoints. */
class LockedFileTest {
  private static final OpenOption[] MAKE = {StandardOpenOption.CREATE, StandardOpenOption.WRITE};

  @TempDir Path directory;

  /** Another process that tries: says held or free. */
  static final class Other {
    private Other() {}

    public static void main(String[] args) throws IOException {
      try (LockedFile held = LockedFile.hold(Path.of(args[0]), StandardOpenOption.WRITE)) {
        System.out.print(held == null ? "held" : "free");
      }
    }
  }

  private static String forAnother(Path file) throws IOException {
    Process other =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Other.class.getName(),
                file.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    return new String(other.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }

  // The system drops a process's lock when the process closes any opening of the file, so merely
  // asking again used to give it away.
  @Test
  void askingAgainDoesNotGiveItAway() throws IOException {
    Path file = directory.resolve("lock");
    Path link = Files.createSymbolicLink(directory.resolve("link"), directory);
    LockedFile held = LockedFile.hold(file, MAKE);
    assertNotNull(held);
    assertNull(LockedFile.hold(file, MAKE));
    assertNull(LockedFile.hold(link.resolve("lock"), MAKE));
    assertEquals("held", forAnother(file));
    held.close();
    assertEquals("free", forAnother(file));
    try (LockedFile again = LockedFile.hold(file, MAKE)) {
      assertNotNull(again);
      // Closing what was given up takes nothing from who holds it now.
      held.close();
      assertNull(LockedFile.hold(file, MAKE));
      assertEquals("held", forAnother(file));
    }
  }

  @Test
  void whatCannotBeOpenedIsNotHeld() throws IOException {
    Path file = directory.resolve("lock");
    assertThrows(NoSuchFileException.class, () -> LockedFile.hold(file, StandardOpenOption.WRITE));
    try (LockedFile held = LockedFile.hold(file, MAKE)) {
      assertNotNull(held);
    }
  }
}
