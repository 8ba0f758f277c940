package emulha.codecs;

import static org.junit.jupiter.api.Assertions.assertEquals;

import emulha.memory.DirtyPages;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** memhog of the CRIU talk: memory filled by memset, compressed page by page with LZ4. */
final class MemhogTest {
  /** Without this the extrapolated table in docs/METHODS.md would rest on nothing. */
  @Test
  void aPageTakes26Bytes() throws IOException {
    var pages = new DirtyPages();
    for (int pfn = 0; pfn < 256; pfn++) {
      pages.append(pfn, Sequence.filled(0xff), 0);
    }
    for (String spec : List.of("lz4", "criu")) {
      try (var replay = new Replay(Method.parse(spec), new long[] {256})) {
        replay.encode(new Sequence.Step(CheckpointKind.INCREMENTAL, List.of(pages)));
        assertEquals(256 * 26, replay.encoder().payloadBytes(), spec);
      }
    }
  }
}
