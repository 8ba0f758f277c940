package emulha.traces.imports;

import emulha.files.DamagedFileException;
import emulha.files.SparseFile;
import emulha.memory.AddressRanges;
import emulha.memory.DirtyPages;
import emulha.memory.Page;
import emulha.memory.PageSize;
import emulha.traces.CheckpointHeader;
import emulha.traces.Progress;
import emulha.traces.Provenance;
import emulha.traces.SeriesDescription;
import emulha.traces.SeriesWriter;
import emulha.traces.imports.image.ImageFormat;
import emulha.traces.imports.image.ImageImport;
import emulha.traces.imports.image.ImportRequest;
import emulha.traces.imports.image.Input;
import emulha.traces.imports.image.KnownFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Imports Firecracker's memory files: that of a full snapshot, which is the base, and those of the
 * diff snapshots after it, each a checkpoint (its documentation, "Snapshotting"). A diff is a
 * sparse file of the same size: a hole is a page not written since the snapshot before, a block of
 * zeros is a page written. Copies must keep the holes; a copy that turns zeros into holes cannot be
 * told from the original and loses pages.
 */
public final class FirecrackerImport {
  private static final Pattern FULL_NAME = Pattern.compile("(?i)(?<![a-z])(full|base)(?![a-z])");

  private FirecrackerImport() {}

  /**
   * Imports a directory of memory files.
   *
   * @param request the source holds nothing but the memory files: the base, which is the file
   *     named, or else the only one without holes, or with "full" or "base" in its name, and the
   *     diffs in the order of their names (2 before 10)
   * @param progress told in files
   * @throws IOException if the sizes differ, a diff is not sparse, or no file or several can be the
   *     base
   */
  public static void run(ImportRequest request, Progress progress) throws IOException {
    Path source = request.source();
    Provenance provenance = request.provenance();
    long intervalNs = provenance.requiredIntervalNs("memory");
    List<Path> files = ImageImport.files(source);
    if (files.size() < 2) {
      throw new IOException(
          "%s: expected a full memory file and diffs in the order of their names, found %s files"
              .formatted(source, files.size()));
    }
    long ramBytes = Files.size(files.getFirst());
    Input.require(
        PageSize.SMALL.divides(ramBytes),
        files.getFirst(),
        ramBytes,
        "a positive multiple of 4096 bytes",
        "the end");
    for (Path file : files) {
      long bytes = Files.size(file);
      String expected = "%s bytes as in %s".formatted(ramBytes, files.getFirst().getFileName());
      Input.require(bytes == ramBytes, file, Math.min(ramBytes, bytes), expected, bytes);
      KnownFile.refuseOthers(file, ImageFormat.RAW);
    }
    var environment = new LinkedHashMap<String, String>();
    environment.put("imported_from", "Firecracker memory files");
    files = baseFirst(files, request.base(), ramBytes, environment);
    var description =
        provenance.describe(
            intervalNs,
            new SeriesDescription.Memory(ramBytes, ramBytes >>> Page.SHIFT),
            "Firecracker's diff snapshots: blocks that are no holes",
            environment);
    try (var writer = SeriesWriter.create(request.destination(), description)) {
      ImageImport.base(files.getFirst(), ImageFormat.RAW, PageSize.SMALL, writer);
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

  /** The base, then the others in their order; notes how the base was told. */
  private static List<Path> baseFirst(
      List<Path> files, @Nullable String named, long ramBytes, Map<String, String> environment)
      throws IOException {
    var whole = new ArrayList<Path>();
    var hinted = new ArrayList<Path>();
    Path base = null;
    for (Path file : files) {
      String name = file.getFileName().toString();
      if (dataPages(file, ramBytes) << Page.SHIFT == ramBytes) {
        whole.add(file);
      }
      if (FULL_NAME.matcher(name).find()) {
        hinted.add(file);
      }
      if (name.equals(named)) {
        base = file;
      }
    }
    String why;
    if (named != null) {
      if (base == null) {
        throw new IllegalArgumentException(
            "no file " + named + " to be the base; there are " + ImageImport.names(files));
      }
      why = "as told";
    } else if (whole.size() == 1 && (hinted.isEmpty() || hinted.equals(whole))) {
      base = whole.getFirst();
      why = "the only file without holes";
    } else if (hinted.size() == 1 && (whole.isEmpty() || whole.equals(hinted))) {
      base = hinted.getFirst();
      why = "its name";
    } else if (whole.size() > 1) {
      throw new DamagedFileException(
          whole.getLast().toString(),
          0,
          "expected a sparse file, found one without holes, as "
              + whole.getFirst().getFileName()
              + " is; copy diffs with their holes (cp --sparse=auto, tar --sparse), or name the"
              + " full memory file (--base)");
    } else {
      throw new IllegalArgumentException(
          files.getFirst().toAbsolutePath().getParent()
              + ": which is the full memory file? "
              + (whole.isEmpty()
                  ? "all have holes"
                  : "without holes: "
                      + ImageImport.names(whole)
                      + (hinted.isEmpty() ? "" : ", but by name: " + ImageImport.names(hinted)))
              + "; name it (--base), one of "
              + ImageImport.names(files));
    }
    environment.put(Provenance.BASE_FROM, base.getFileName() + ", " + why);
    long data = dataPages(base, ramBytes);
    if (data << Page.SHIFT != ramBytes) {
      environment.put(
          Provenance.BASE_HOLES,
          "%d of %d pages are holes in the file, read as zeros"
              .formatted((ramBytes >>> Page.SHIFT) - data, ramBytes >>> Page.SHIFT));
    }
    var ordered = new ArrayList<>(files);
    ordered.remove(base);
    ordered.addFirst(base);
    return List.copyOf(ordered);
  }

  private static long dataPages(Path file, long ramBytes) throws IOException {
    return SparseFile.data(file, ramBytes).stream().mapToLong(AddressRanges.Range::pages).sum();
  }

  private static void read(Path file, long ramBytes, DirtyPages pages) throws IOException {
    pages.clear();
    List<AddressRanges.Range> data = SparseFile.data(file, ramBytes);
    try (var channel = FileChannel.open(file, StandardOpenOption.READ)) {
      var input = new Input(channel, file.toString());
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
          input.fill(target, pfn << Page.SHIFT);
        }
      }
    }
  }
}
