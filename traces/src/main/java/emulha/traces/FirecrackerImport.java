package emulha.traces;

import emulha.memory.DirtyPages;
import emulha.memory.Page;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Imports Firecracker's memory files: that of a full snapshot, which is the base, and those of the
 * diff snapshots after it, each a checkpoint (its documentation, "Snapshotting"). A diff is a
 * sparse file of the same size: a hole is a page not written since the snapshot before, a block of
 * zeros is a page written. Copies must keep the holes; a copy that turns zeros into holes cannot be
 * told from the original and loses pages.
 */
public final class FirecrackerImport {
  private FirecrackerImport() {}

  /**
   * Imports a directory of memory files.
   *
   * @param source holds nothing but the memory files, in the order of their names (2 before 10),
   *     the full one first
   * @param destination absent or an empty directory
   * @param progress told in files
   * @throws IOException if the sizes differ or a diff is not sparse
   */
  public static void run(Path source, Path destination, Provenance provenance, Progress progress)
      throws IOException {
    long intervalNs = provenance.requiredIntervalNs("memory");
    List<Path> files = ImageImport.files(source);
    if (files.size() < 2) {
      throw new IOException(
          source
              + ": expected a full memory file and diffs in the order of their names, found "
              + files.size()
              + " files");
    }
    long ramBytes = Files.size(files.getFirst());
    if (ramBytes == 0 || ramBytes % Page.BYTES != 0) {
      throw new DamagedFileException(
          files.getFirst().toString(),
          ramBytes,
          "expected a positive multiple of 4096 bytes, found the end");
    }
    for (Path file : files) {
      if (Files.size(file) != ramBytes) {
        throw new DamagedFileException(
            file.toString(),
            Math.min(ramBytes, Files.size(file)),
            "expected "
                + ramBytes
                + " bytes as in "
                + files.getFirst().getFileName()
                + ", found "
                + Files.size(file));
      }
    }
    var environment = new LinkedHashMap<String, String>();
    environment.put("imported_from", "Firecracker memory files");
    var description =
        new SeriesDescription(
            provenance.vm(),
            provenance.workload(),
            intervalNs,
            ramBytes,
            ramBytes >>> Page.SHIFT,
            "Firecracker's diff snapshots: blocks that are no holes",
            false,
            Map.of(),
            environment);
    try (var writer = SeriesWriter.create(destination, description)) {
      ImageImport.base(files.getFirst(), ImageFormat.RAW, writer);
      progress.step("files", 1, files.size());
      var pages = new DirtyPages();
      for (int n = 1; n < files.size(); n++) {
        read(files.get(n), ramBytes, pages);
        writer.writeCheckpoint(pages, CheckpointHeader.UNKNOWN_GUEST_TIME, null);
        progress.step("files", n + 1L, files.size());
      }
      writer.finish();
    }
  }

  private static void read(Path file, long ramBytes, DirtyPages pages) throws IOException {
    pages.clear();
    List<AddressRanges.Range> data = SparseFile.data(file, ramBytes);
    try (var channel = FileChannel.open(file, StandardOpenOption.READ)) {
      for (AddressRanges.Range range : data) {
        if (range.pages() << Page.SHIFT == ramBytes) {
          throw new DamagedFileException(
              file.toString(),
              0,
              "expected a sparse file, found one without holes; copy diffs with their holes"
                  + " (cp --sparse=auto, tar --sparse)");
        }
        for (long i = 0; i < range.pages(); i++) {
          long pfn = range.firstPage() + i;
          int page = pages.append(pfn);
          var target = ByteBuffer.wrap(pages.slab(page), pages.offset(page), Page.BYTES);
          for (long at = pfn << Page.SHIFT; target.hasRemaining(); ) {
            int got = channel.read(target, at);
            if (got < 0) {
              throw new DamagedFileException(
                  file.toString(), at, "shorter than it was a moment ago");
            }
            at += got;
          }
        }
      }
    }
  }
}
