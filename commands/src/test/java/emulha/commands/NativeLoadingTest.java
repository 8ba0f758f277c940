package emulha.commands;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Without this a user with a noexec /tmp is told to build a library from source. */
final class NativeLoadingTest {
  private static final List<String> MOUNTS =
      List.of(
          "21 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw",
          "30 21 0:26 / /tmp rw,nosuid,nodev,noexec - tmpfs tmpfs rw",
          "31 30 0:27 / /tmp/fine\\040here rw,nosuid - tmpfs tmpfs rw",
          "32 21 0:28 / /home rw,noexec - tmpfs tmpfs rw",
          "33 21 0:29 / /home rw - ext4 /dev/sdb1 rw");

  @Test
  void theDeepestAndLatestMountCounts() {
    assertTrue(NativeLoading.isNoexec(Path.of("/tmp/emulha-1.x"), MOUNTS));
    assertTrue(NativeLoading.isNoexec(Path.of("/tmp"), MOUNTS));
    assertFalse(NativeLoading.isNoexec(Path.of("/tmp/fine here/emulha-1.x"), MOUNTS));
    assertFalse(NativeLoading.isNoexec(Path.of("/tmpfiles"), MOUNTS));
    assertFalse(NativeLoading.isNoexec(Path.of("/home/user"), MOUNTS), "covered by a later one");
    assertFalse(NativeLoading.isNoexec(Path.of("/var"), List.of()));
  }

  @Test
  void otherwiseTheLibrarySaysWhatIsWrong() {
    assertEquals(
        "a native library cannot be loaded from /nowhere: no such symbol",
        NativeLoading.problem(new UnsatisfiedLinkError("no such symbol"), Path.of("/nowhere")));
    assertEquals(
        "a native library cannot be loaded from /nowhere: no such symbol",
        NativeLoading.problem(
            new ExceptionInInitializerError(new UnsatisfiedLinkError("no such symbol")),
            Path.of("/nowhere")));
  }

  // A class that fails to load for another reason was told as a library's fault, named "null".
  @Test
  void aClassThatCannotStartIsNoLibrary() {
    assertEquals(
        "internal error: java.lang.IllegalStateException: no font",
        NativeLoading.problem(
            new ExceptionInInitializerError(new IllegalStateException("no font")),
            Path.of("/nowhere")));
  }
}
