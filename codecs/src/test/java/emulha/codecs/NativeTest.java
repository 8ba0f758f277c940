package emulha.codecs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;

import emulha.codecs.pipeline.CheckpointEncoder;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Codecs in C; the contract test and the fuzz test try them like all methods. */
final class NativeTest {
  @TempDir private Path directory = Path.of("");

  private static Path orAbort(Optional<Path> library) {
    return library.orElseGet(() -> abort("no compiler cc"));
  }

  private static String refusal(String spec) {
    String message =
        assertThrows(IllegalArgumentException.class, () -> Method.parse(spec)).getMessage();
    assertTrue(message.lines().count() == 1, message);
    return message;
  }

  /** Without this the document could show code that does not compile, or is not what is tested. */
  @Test
  void theDocumentShowsTheExample() throws IOException {
    String document = Files.readString(NativeLibraries.ROOT.resolve("docs/ADD_A_METHOD.md"));
    String example = Files.readString(NativeLibraries.EXAMPLE);
    assertTrue(document.contains("```c\n" + example + "```\n"));
    assertTrue(example.lines().count() <= 40);
    assertTrue(
        document.contains("cc -O2 -shared -fPIC -Idocs/native -o runs.so docs/native/runs.c"));
  }

  /** Sizes of runs worked out by hand: without this the library could have been left out. */
  @Test
  void theLibraryDoesTheWork() throws IOException {
    Path runs = orAbort(NativeLibraries.compiled(NativeLibraries.EXAMPLE, "runs"));
    Method method = Method.parse("native:lib=" + runs);
    assertEquals("native runs 1.0 (runs.so)", method.binding());
    var pages = new emulha.memory.DirtyPages();
    pages.append(3, Sequence.filled(0x41), 0);
    try (var replay = new Replay(method, new long[] {4})) {
      var step = new Sequence.Step(CheckpointKind.INCREMENTAL, List.of(pages));
      EncodedCheckpoint encoded = replay.encode(step);
      replay.decode(step, encoded);
      // 4096 = 16 * 255 + 16.
      assertEquals(17 * 2, replay.encoder().payloadBytes());
      assertEquals(255, encoded.bytes(2)[0] & 0xff);
      assertEquals(0x41, encoded.bytes(2)[1]);
      assertEquals(16, encoded.bytes(2)[32]);
    }
  }

  /** Without this a page's earlier content could be ignored, and states could leak. */
  @Test
  void earlierContentIsHandedOverAndStatesAreFreed() throws Throwable {
    // Of its own, since it counts the states of all who use it.
    Path library =
        orAbort(
            NativeLibraries.compiled(
                NativeLibraries.ROOT.resolve("codecs/src/test/c/against.c"), "against-counted"));
    byte[] noise = new byte[4096];
    new java.util.SplittableRandom(0x5eed_0c0dL).nextBytes(noise);
    var first = new emulha.memory.DirtyPages();
    first.append(0, noise, 0);
    noise[100] ^= 1;
    noise[4095] ^= 1;
    var second = new emulha.memory.DirtyPages();
    second.append(0, noise, 0);
    try (var replay = new Replay(Method.parse("native:lib=" + library), new long[] {1})) {
      for (var pages : List.of(first, second)) {
        var step = new Sequence.Step(CheckpointKind.INCREMENTAL, List.of(pages));
        replay.decode(step, replay.encode(step));
      }
      assertEquals(4096 + 1 + 2 * 5, replay.encoder().payloadBytes());
    }
    var states =
        Linker.nativeLinker()
            .downcallHandle(
                SymbolLookup.libraryLookup(library, Arena.global()).findOrThrow("test_states"),
                FunctionDescriptor.of(ValueLayout.JAVA_INT));
    assertEquals(0, (int) states.invokeExact());
    Method fails = Method.parse("native:level=99,lib=" + library);
    assertThrows(
        IllegalArgumentException.class,
        () -> CheckpointEncoder.of(fails, new long[] {1}, (a, b, c, d) -> {}));
  }

  /**
   * Without this a user would see a stack trace, or an unresolved symbol in the middle of a run.
   */
  @Test
  void whatIsNoCodecIsRefusedInOneLine() throws IOException {
    assertTrue(refusal("native").contains("native:lib=./mycodec.so"));
    assertTrue(refusal("native:lib=" + directory + "/none.so").contains("compile it with: cc"));
    Path text = Files.writeString(directory.resolve("text.so"), "no library");
    assertTrue(refusal("native:lib=" + text).contains("cannot be loaded"));
    Path source = Files.writeString(directory.resolve("empty.c"), "int nothing;\n");
    Path empty = orAbort(NativeLibraries.compiled(source, "empty"));
    assertTrue(refusal("native:lib=" + empty).contains("has no function emulha_codec_"));
    Path noBound = orAbort(NativeLibraries.bad(1));
    assertTrue(refusal("native:lib=" + noBound).contains("emulha_codec_bound(4096) is 0"));
    Path longName = orAbort(NativeLibraries.bad(8));
    assertEquals(
        "method 'native:lib=%s': emulha_codec_name is no text of fewer than 256 characters"
            .formatted(longName),
        refusal("native:lib=" + longName));
  }

  /** Without this a library's mistake would damage other pages, or the JVM, and go unnoticed. */
  @ParameterizedTest
  @ValueSource(ints = {2, 3, 6, 7})
  void mistakesOfTheLibraryEndTheRun(int fault) throws IOException {
    Path library = orAbort(NativeLibraries.bad(fault));
    Sequence sequence = Sequence.fullFirst();
    try (var replay = new Replay(Method.parse("native:lib=" + library), sequence.ramPages())) {
      Sequence.Step step = sequence.steps().getFirst();
      IOException refused =
          assertThrows(
              IOException.class,
              () -> {
                EncodedCheckpoint encoded = replay.encode(step);
                assertTrue(fault >= 6, "the encoder took it");
                replay.decodeAnything(step, encoded);
              });
      String message = String.valueOf(refused.getMessage());
      assertTrue(message.contains(library.getFileName().toString()), message);
      assertTrue(
          message.contains(
              switch (fault) {
                case 2 -> "wrote beyond its bound of 4096 bytes";
                case 3 -> "4096 bytes became 4097";
                case 6 -> "wrote beyond the 4096 bytes";
                default -> "returned 42";
              }),
          message);
    }
  }

  /** Without this nobody would know which of several libraries ended a night's run. */
  @ParameterizedTest
  @ValueSource(ints = {4, 5})
  void aCrashIsOneLineThatNamesTheLibrary(int fault) throws Exception {
    Path library = orAbort(NativeLibraries.bad(fault));
    Path errors = directory.resolve("errors");
    Process process =
        new ProcessBuilder(
                ProcessHandle.current().info().command().orElseThrow(),
                "-XX:+SuppressFatalErrorMessage",
                "-XX:-CreateCoredumpOnCrash",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("java.class.path"),
                Crash.class.getName(),
                "native:lib=" + library)
            .redirectErrorStream(true)
            .start();
    // The end of the output is the end of the child that writes the line, too.
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    Files.writeString(errors, output);
    assertNotEquals(0, process.waitFor());
    List<String> lines = output.lines().filter(line -> !line.startsWith("WARNING:")).toList();
    assertEquals(
        List.of(
            "method 'native:lib="
                + library
                + "': the library crashed in its compressor, or the process was killed there; the"
                + " run has ended"),
        lines);
    assertFalse(output.contains("survived"));
  }

  /** A process that a library ends. */
  static final class Crash {
    private Crash() {}

    /** Encodes one page. */
    public static void main(String[] args) throws IOException {
      Sequence sequence = Sequence.fullFirst();
      try (var replay = new Replay(Method.parse(args[0]), sequence.ramPages())) {
        replay.encode(sequence.steps().getFirst());
      }
      System.out.println("survived");
    }
  }
}
