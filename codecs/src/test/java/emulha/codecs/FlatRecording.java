package emulha.codecs;

import static org.junit.jupiter.api.Assertions.assertEquals;

import emulha.memory.DirtyPages;
import emulha.memory.FreeMap;
import emulha.memory.Page;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/**
 * A recording in the flat layout: base.raw, ckpt-N.idx, ckpt-N.pages, ckpt-N.free. Read here and
 * not by the importer, so that the totals do not rest on it.
 */
record FlatRecording(Path directory) implements Recording {
  @Override
  public long ramPages() throws IOException {
    return Files.size(directory.resolve("base.raw")) / Page.BYTES;
  }

  @Override
  public void readBase(PagesConsumer consumer) throws IOException {
    var pages = new DirtyPages();
    byte[] page = new byte[Page.BYTES];
    try (InputStream in = Files.newInputStream(directory.resolve("base.raw"))) {
      long ramPages = ramPages();
      for (long pfn = 0; pfn < ramPages; pfn++) {
        assertEquals(Page.BYTES, in.readNBytes(page, 0, Page.BYTES));
        pages.append(pfn, page, 0);
        if (pages.count() == 4096 || pfn == ramPages - 1) {
          consumer.accept(pages);
          pages.clear();
        }
      }
    }
  }

  @Override
  public void readCheckpoints(PagesConsumer consumer) throws IOException {
    var pages = new DirtyPages();
    for (int n = 0; Files.exists(file(n, "idx")); n++) {
      pages.clear();
      ByteBuffer index =
          ByteBuffer.wrap(Files.readAllBytes(file(n, "idx"))).order(ByteOrder.LITTLE_ENDIAN);
      byte[] contents = Files.readAllBytes(file(n, "pages"));
      for (int i = 0; index.hasRemaining(); i++) {
        pages.append(index.getLong(), contents, i * Page.BYTES);
      }
      assertEquals(contents.length, pages.contentBytes());
      pages.setFreeMap(new FreeMap(Files.readAllBytes(file(n, "free"))));
      consumer.accept(pages);
    }
  }

  private Path file(int n, String extension) {
    return directory.resolve(String.format(Locale.ROOT, "ckpt-%06d.%s", n, extension));
  }
}
