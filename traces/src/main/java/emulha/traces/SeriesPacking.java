package emulha.traces;

import emulha.files.Pending;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/**
 * An archive that grows while its series is written: each page file is packed by another thread and
 * removed. What stands first in an archive, {@code series.json}, is known last; so the page files
 * make a zstd frame of their own, before which a frame with the other two is put at the end. Memory
 * is that of the compressor; at most {@value #WAITING} files wait. Owned by one thread.
 */
final class SeriesPacking implements AutoCloseable {
  /** Level and window: half the size of an archive matters less than to keep up with a guest. */
  private static final int LEVEL = 3;

  private static final int WINDOW_LOG = 28;
  private static final int WAITING = 4;
  private static final int BUFFER_BYTES = 1 << 16;

  private final Pending archive;
  private final Pending directory;
  private final Path body;
  private final Counted counted;
  private final TarArchiveOutputStream tar;
  private final ExecutorService packer =
      Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().name("packer").factory());
  private final Queue<Future<Long>> waiting = new ArrayDeque<>();

  private int packed;
  private long baseBytes;
  private long bytes;

  private SeriesPacking(Pending archive, Pending directory) throws IOException {
    this.archive = archive;
    this.directory = directory;
    body = directory.path().resolve("body");
    counted = new Counted(directory.create(body));
    tar = SeriesPacker.tar(SeriesPacker.compressor(counted, LEVEL, WINDOW_LOG));
  }

  /** Starts an archive, which must not exist. */
  static SeriesPacking of(Path archive) throws IOException {
    Pending file = Pending.file(archive);
    try {
      return of(file, Pending.directory(archive.resolveSibling(archive.getFileName() + ".files")));
    } catch (IOException | RuntimeException e) {
      file.close();
      throw e;
    }
  }

  private static SeriesPacking of(Pending file, Pending directory) throws IOException {
    try {
      return new SeriesPacking(file, directory);
    } catch (IOException | RuntimeException e) {
      directory.close();
      throw e;
    }
  }

  /** Where to write page files. */
  Pending directory() {
    return directory;
  }

  /** Packs a page file, and removes it, in a while. */
  void add(FileDigest file) throws IOException {
    awaitAllBut(WAITING - 1);
    waiting.add(
        packer.submit(
            () -> {
              Path path = directory.path().resolve(file.name());
              tar.putArchiveEntry(SeriesPacker.entry(file.name(), file.bytes()));
              copy(path);
              tar.closeArchiveEntry();
              Files.delete(path);
              return counted.bytes;
            }));
  }

  private void copy(Path path) throws IOException {
    byte[] buffer = new byte[BUFFER_BYTES];
    try (InputStream in = Files.newInputStream(path)) {
      for (int n; (n = in.read(buffer)) > 0; ) {
        if (Thread.interrupted()) {
          throw new InterruptedIOException("no longer wanted");
        }
        tar.write(buffer, 0, n);
      }
    }
  }

  /** Waits until no more files than these are still to be packed. */
  private void awaitAllBut(int left) throws IOException {
    while (waiting.size() > left) {
      bytes = await(waiting.remove());
      baseBytes = packed == 0 ? bytes : baseBytes;
      packed++;
    }
  }

  /** Bytes that the base takes when it is packed; 0 if it is not yet known to be. */
  long baseBytes() {
    return baseBytes;
  }

  /**
   * Bytes that checkpoints take when they are packed: those that are not yet, as much as the
   * others.
   *
   * @param checkpoints how many were added
   */
  long checkpointBytes(int checkpoints) {
    return packed < 2 ? 0 : (long) ((double) (bytes - baseBytes) / (packed - 1) * checkpoints);
  }

  /** Completes the archive and gives it its final name. */
  void finish(byte[] json) throws IOException {
    awaitAllBut(0);
    tar.close();
    MessageDigest sha256 = FileDigest.newSha256();
    try (var file = archive.create(archive.path())) {
      var sealed = new DigestOutputStream(file, sha256);
      head(json, sealed);
      Files.copy(body, sealed);
      Files.delete(body);
      ArchiveSeal.write(file, sha256);
    }
    archive.commit();
  }

  /** A frame that holds the first two entries and no end of the archive. */
  private static void head(byte[] json, OutputStream out) throws IOException {
    try (var zstd =
        SeriesPacker.compressor(SeriesPacker.unclosed(out), LEVEL, SeriesPacker.MIN_WINDOW_LOG)) {
      // Never closed: that would end the archive here.
      var tar = SeriesPacker.tar(zstd);
      SeriesPacker.head(tar, json);
      tar.flush();
    }
  }

  private static long await(Future<Long> file) throws IOException {
    try {
      return file.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException cause) {
        throw cause;
      }
      throw new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while packing", e);
    }
  }

  /** Counts what is written. Used by the packer, whose word for it is asked. */
  private static final class Counted extends FilterOutputStream {
    long bytes;

    Counted(OutputStream out) {
      super(out);
    }

    @Override
    public void write(int b) throws IOException {
      out.write(b);
      bytes++;
    }

    @Override
    public void write(byte[] buffer, int offset, int length) throws IOException {
      out.write(buffer, offset, length);
      bytes += length;
    }
  }

  @Override
  public void close() throws IOException {
    packer.shutdownNow();
    // Until it hears of that, it is at work on what is closed next.
    packer.close();
    try (directory;
        archive) {
      closeTar();
    }
  }

  private void closeTar() {
    try {
      tar.close();
    } catch (IOException e) {
      // it was not finished, and its files are removed
    }
  }
}
