package emulha.emulharcv.stores;

import emulha.memory.DirtyPages;
import emulha.wire.Message;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import net.jpountz.lz4.LZ4FrameInputStream;
import net.jpountz.lz4.LZ4FrameOutputStream;
import net.jpountz.lz4.LZ4FrameOutputStream.BLOCKSIZE;
import net.jpountz.lz4.LZ4FrameOutputStream.FLG;
import org.jspecify.annotations.Nullable;

/**
 * The chain of {@link CriuStore} with images compressed as a whole, the talk's naive way: the raw
 * image is written, compressed into an LZ4 frame beside it ({@code pages-N.img.lz4}), and removed;
 * restoring decompresses each into a file first. Nothing is punched out.
 */
final class NaiveCriuStore extends CriuStore {
  static final String SYNTAX = "criu-naive:DIR";
  static final StoreKind KIND =
      new DirectoryKind("criu-naive", "emulha criu-naive store", NaiveCriuStore::new);

  private static final int COPY_BYTES = 1 << 14;

  NaiveCriuStore(Path directory, List<Message.Vm> vms, @Nullable Long wanted) throws IOException {
    super(directory, vms, wanted);
  }

  @Override
  long allocated(Path image, int[] used) throws IOException {
    return Files.exists(packed(image)) ? blocks(Files.size(packed(image))) : 0;
  }

  @Override
  long dump(DirtyPages part, int[] sizes, Path file) throws IOException {
    try (var out = new BufferedOutputStream(Files.newOutputStream(file), BUFFER_BYTES)) {
      for (int i = 0; i < part.count(); i++) {
        out.write(part.slab(i), part.offset(i), pageBytes);
        sizes[i] = pageBytes;
      }
    }
    Path packed = packed(file);
    try (InputStream in = Files.newInputStream(file);
        OutputStream out =
            new LZ4FrameOutputStream(
                Files.newOutputStream(packed),
                BLOCKSIZE.SIZE_4MB,
                FLG.Bits.BLOCK_INDEPENDENCE,
                FLG.Bits.CONTENT_CHECKSUM)) {
      in.transferTo(out);
    }
    long total = Files.size(file) + Files.size(packed);
    tookForAWhile(blocks(Files.size(file)) + blocks(Files.size(packed)));
    Files.delete(file);
    return total;
  }

  private static Path packed(Path pages) {
    return pages.resolveSibling(pages.getFileName() + ".lz4");
  }

  @Override
  void makeReadable(Path image) throws IOException {
    byte[] content = new byte[COPY_BYTES];
    try (InputStream packed = Files.newInputStream(packed(image));
        OutputStream out = Files.newOutputStream(image)) {
      InputStream in = sound(image, () -> new LZ4FrameInputStream(packed, true));
      while (true) {
        int n = sound(image, () -> in.read(content));
        if (n < 0) {
          return;
        }
        out.write(content, 0, n);
      }
    }
  }

  /** What unpacking gives; that it fails, unlike that writing does, is damage. */
  private static <T> T sound(Path image, Attempt<T> unpacking) throws DamagedStoreException {
    try {
      return unpacking.make();
    } catch (IOException | RuntimeException e) {
      throw new DamagedStoreException(packed(image) + ": damaged: " + e.getMessage(), e);
    }
  }

  @Override
  void doneReading(Path image) throws IOException {
    Files.deleteIfExists(image);
  }

  @Override
  void punch() {}
}
