package emulha.traces.imports.image;

import emulha.memory.AddressRanges;
import emulha.memory.DirtyPages;
import emulha.memory.PageSize;
import emulha.traces.CheckpointHeader;
import emulha.traces.Progress;
import emulha.traces.Provenance;
import emulha.traces.SeriesDescription;
import emulha.traces.SeriesWriter;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Imports what Xen saves of a guest: a stream of Remus, whose first checkpoint is the base and
 * whose others have the pages that Xen's log-dirty mode found written; or files of {@code xl save},
 * each a whole image, in a directory.
 *
 * <p>Page frames are those that exist in some checkpoint. A page that exists later than in the base
 * is zeros there, and one that is given up keeps its last content. A stream of Remus ends when the
 * host does, so what follows its last whole checkpoint is left out, as Xen does at a failover.
 * Guest times are the distances of its counter of time (TSC) where the stream has it, and the
 * interval is their mean unless another is given.
 */
public final class XenImport {
  /** Pages of the base that are written at once. */
  private static final int STRETCH_PAGES = 1024;

  private XenImport() {}

  /**
   * Imports a file, or a directory of files with one state each.
   *
   * @param progress told in checkpoints, or in images
   * @throws IOException if a file is no stream of Xen, contradicts itself, or ends before its first
   *     state of RAM is whole
   */
  public static void run(ImportRequest request, Progress progress) throws IOException {
    Path source = request.source();
    Provenance provenance = request.provenance();
    if (!Files.isRegularFile(source)) {
      ImageImport.run(source, ImageFormat.XEN, request.destination(), provenance, progress);
      return;
    }
    try (var channel = FileChannel.open(source, StandardOpenOption.READ)) {
      KnownFile.refuseOthers(source, ImageFormat.XEN);
      var file = new Input(channel, source.toString());
      Outline outline = Outline.of(file);
      Map<String, String> environment = outline.environment();
      long intervalNs;
      if (provenance.intervalNs().isEmpty() && !outline.timesNs.isEmpty()) {
        intervalNs =
            (outline.timesNs.getLast() - outline.timesNs.getFirst()) / (outline.states - 1);
        environment.put("interval_from", "mean distance of the checkpoints");
      } else {
        intervalNs = provenance.requiredIntervalNs("these Xen");
      }
      var description =
          provenance.describe(
              intervalNs,
              new SeriesDescription.Memory(
                  PageSize.SMALL.bytesOf(outline.ranges.frames()), outline.ranges.frames()),
              "Xen's log-dirty mode: pages sent since the checkpoint before",
              environment);
      try (var writer = SeriesWriter.create(request.destination(), description)) {
        write(file, outline, writer, progress);
        writer.finish();
      }
    }
  }

  /**
   * What a stream holds.
   *
   * @param states base and checkpoints
   * @param ranges the pages that exist in one of them
   * @param emptyPages how often a page existed without content
   * @param gonePages how often a page of a checkpoint had been given up
   * @param timesNs what the guest's counter of time stood at in each of several states; empty if
   *     not known
   * @param leftBytes what follows the last state
   */
  private record Outline(
      int states,
      AddressRanges ranges,
      long emptyPages,
      long gonePages,
      List<Long> timesNs,
      long leftBytes,
      Map<String, String> facts) {
    /** Reads all of a stream but its pages. */
    static Outline of(Input file) throws IOException {
      XenStream stream = XenStream.open(file);
      var all = new XenStream.Sent();
      var counts = new long[2];
      var times = new ArrayList<Long>();
      int states = 0;
      for (XenStream.Sent sent = stream.next(); sent != null; sent = stream.next()) {
        boolean base = states++ == 0;
        times.add(stream.elapsedNs());
        sent.forEach(
            (frame, place) -> {
              if (place != XenStream.GONE) {
                all.put(frame, XenStream.EMPTY);
                all.requireWithin(file, stream.complete());
                counts[0] += place == XenStream.EMPTY ? 1 : 0;
              } else if (!base && all.get(frame) != 0) {
                counts[1]++;
              }
            });
      }
      AddressRanges ranges = all.ranges();
      file.require(ranges.frames() > 0, stream.complete(), "RAM", "none");
      boolean told =
          IntStream.range(0, states).allMatch(i -> times.get(i) > (i == 0 ? 0 : times.get(i - 1)));
      return new Outline(
          states,
          ranges,
          counts[0],
          counts[1],
          states > 1 && told ? times : List.of(),
          file.size() - stream.complete(),
          stream.facts());
    }

    /** Guest time of a state since the base. */
    long guestTimeNs(int state) {
      return timesNs.isEmpty()
          ? CheckpointHeader.UNKNOWN_GUEST_TIME
          : timesNs.get(state) - timesNs.getFirst();
    }

    /** What a series says of it. */
    Map<String, String> environment() {
      var environment = new LinkedHashMap<String, String>();
      environment.put("imported_from", "a migration stream of Xen");
      environment.putAll(facts);
      environment.put(AddressRanges.KEY, ranges.toString());
      var left = new ArrayList<String>();
      if (leftBytes > 0) {
        left.add("%d bytes after the last whole state of RAM".formatted(leftBytes));
      }
      if (emptyPages > 0) {
        left.add(
            "what pages held that were sent as allocated, without content: %d, zeros in the base"
                .formatted(emptyPages));
      }
      if (gonePages > 0) {
        left.add(
            "that checkpoints gave up pages, which keep their last content: %d"
                .formatted(gonePages));
      }
      if (!left.isEmpty()) {
        environment.put(Provenance.LEFT_OUT, String.join("; ", left));
      }
      return environment;
    }
  }

  private static void write(Input file, Outline outline, SeriesWriter writer, Progress progress)
      throws IOException {
    XenStream stream = XenStream.open(file);
    AddressRanges ranges = outline.ranges;
    var pages = new DirtyPages();
    for (int state = 0; state < outline.states; state++) {
      XenStream.Sent sent = stream.next();
      if (sent == null) {
        throw file.damaged(stream.complete(), "shorter than it was a moment ago");
      }
      pages.clear();
      if (state == 0) {
        for (long frame = 0; frame < ranges.frames(); frame++) {
          append(stream, sent.get(ranges.from(frame).firstPage()), frame, pages);
          if (pages.count() == STRETCH_PAGES) {
            writer.writeBase(pages);
            pages.clear();
          }
        }
        writer.writeBase(pages);
      } else {
        sent.forEach(
            (page, place) -> {
              if (place > 0) {
                append(stream, place, ranges.frameOf(page), pages);
              }
            });
        writer.writeCheckpoint(pages, outline.guestTimeNs(state), null);
      }
      progress.step("checkpoints", state, outline.states - 1L);
    }
  }

  private static void append(XenStream stream, long place, long frame, DirtyPages pages)
      throws IOException {
    int page = pages.append(frame);
    stream.read(place, pages.slab(page), pages.offset(page));
  }
}
