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
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Imports whole RAM images, one per checkpoint: the first is the base, and the dirty pages of each
 * other are those that differ from the image before. Pages written with the content they had are
 * therefore missing from the checkpoints; the series says so.
 */
public final class ImageImport {
  private static final Pattern DIGITS = Pattern.compile("0*(\\d+)");

  /** Each number in a name gets its length in front, so that numbers compare as text. */
  public static final Comparator<String> NATURAL_ORDER =
      Comparator.<String, String>comparing(
              name ->
                  DIGITS
                      .matcher(name)
                      .replaceAll(
                          number -> "%03d".formatted(number.group(1).length()) + number.group(1)))
          .thenComparing(Comparator.naturalOrder());

  /** The same, of files. */
  public static final Comparator<Path> BY_NAME =
      Comparator.comparing(file -> file.getFileName().toString(), NATURAL_ORDER);

  /** Bytes of an image that are compared at once. */
  private static final int STRETCH_BYTES = 4 << 20;

  private ImageImport() {}

  /**
   * Imports a directory of images, or one image as a base without checkpoints.
   *
   * @param source holds nothing but the images, in the order of their names (2 before 10), or is
   *     one
   * @param destination absent or an empty directory
   * @param progress told in images
   * @throws IOException if a file is no image of this format, or has other RAM than the first
   */
  public static void run(
      Path source, ImageFormat format, Path destination, Provenance provenance, Progress progress)
      throws IOException {
    long intervalNs = provenance.requiredIntervalNs("image");
    PageSize pageSize = provenance.pageSize();
    List<Path> images = Files.isRegularFile(source) ? List.of(source) : files(source);
    if (images.size() < 2 && !Files.isRegularFile(source)) {
      throw new IOException(
          source + ": expected two images or more, a base and checkpoints, found " + images.size());
    }
    AddressRanges firstRanges;
    Map<String, String> facts;
    var blocks = new AvmlBlocks();
    try (WholeImage first = WholeImage.open(images.getFirst(), format, pageSize)) {
      firstRanges = first.ranges();
      facts = first.facts();
      blocks.add(first.extents());
    }
    for (Path path : images.subList(1, images.size())) {
      try (WholeImage image = WholeImage.open(path, format, pageSize)) {
        boolean fits =
            format.leavesOutZeros()
                ? blocks.add(image.extents())
                : image.ranges().equals(firstRanges);
        if (!fits) {
          throw other(path, image.ranges(), images.getFirst(), firstRanges);
        }
        if (!image.facts().equals(facts)) {
          throw other(path, image.facts(), images.getFirst(), facts);
        }
      }
    }
    AddressRanges ranges = format.leavesOutZeros() ? blocks.ranges(pageSize) : firstRanges;
    var environment = new LinkedHashMap<String, String>();
    environment.put("imported_from", "whole RAM images, " + format);
    if (!facts.containsKey(Ram.BLOCKS)) {
      environment.put(AddressRanges.KEY, ranges.toString());
    }
    environment.putAll(facts);
    if (blocks.leftOutBytes() > 0) {
      environment.put(
          Provenance.LEFT_OUT,
          "nothing but zeros: %d bytes that images lack and others have, in blocks of at most 16 MiB"
              .formatted(blocks.leftOutBytes()));
    }
    var description =
        provenance.describe(
            intervalNs,
            new SeriesDescription.Memory(
                pageSize.bytesOf(ranges.frames()), ranges.frames(), pageSize),
            "content comparison of consecutive images: pages rewritten with the same content are"
                + " missing",
            environment);
    try (var writer = SeriesWriter.create(destination, description)) {
      try (WholeImage base = WholeImage.open(images.getFirst(), format, pageSize)) {
        base(base.over(ranges), pageSize, writer);
      }
      progress.step("images", 1, images.size());
      var pages = new DirtyPages();
      for (int n = 1; n < images.size(); n++) {
        try (WholeImage before = WholeImage.open(images.get(n - 1), format, pageSize);
            WholeImage after = WholeImage.open(images.get(n), format, pageSize)) {
          compare(before.over(ranges), after.over(ranges), pageSize, pages);
        }
        writer.writeCheckpoint(pages, CheckpointHeader.UNKNOWN_GUEST_TIME, null);
        progress.step("images", n + 1L, images.size());
      }
      writer.finish();
    }
  }

  private static IOException other(Path path, Object found, Path first, Object expected) {
    return new IOException(
        "%s: RAM at %s, but %s has it at %s".formatted(path, found, first.getFileName(), expected));
  }

  /**
   * The files of a directory in the order of their names, digits compared as numbers (2 before 10);
   * hidden ones are left out.
   */
  public static List<Path> files(Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      throw new IOException(directory + ": not a directory");
    }
    try (Stream<Path> files = Files.list(directory)) {
      return files
          .filter(
              file -> Files.isRegularFile(file) && !file.getFileName().toString().startsWith("."))
          .sorted(BY_NAME)
          .toList();
    }
  }

  /** Their names alone, in a list. */
  public static String names(Collection<Path> files) {
    return files.stream()
        .map(file -> file.getFileName().toString())
        .collect(Collectors.joining(", "));
  }

  /** Writes an image as the base of a series. */
  public static void base(Path path, ImageFormat format, PageSize pageSize, SeriesWriter writer)
      throws IOException {
    try (WholeImage image = WholeImage.open(path, format, pageSize)) {
      base(image, pageSize, writer);
    }
  }

  private static void base(WholeImage image, PageSize pageSize, SeriesWriter writer)
      throws IOException {
    var stretch = new DirtyPages(pageSize);
    int together = pageSize.stretch(STRETCH_BYTES);
    byte[] bytes = new byte[together << pageSize.shift()];
    long frames = image.ranges().frames();
    for (long frame = 0; frame < frames; frame += together) {
      int count = (int) Math.min(together, frames - frame);
      image.read(frame, count, bytes);
      stretch.clear();
      for (int i = 0; i < count; i++) {
        stretch.append(frame + i, bytes, i << pageSize.shift());
      }
      writer.writeBase(stretch);
    }
  }

  private static void compare(
      WholeImage before, WholeImage after, PageSize pageSize, DirtyPages pages) throws IOException {
    int together = pageSize.stretch(STRETCH_BYTES);
    byte[] old = new byte[together << pageSize.shift()];
    byte[] current = new byte[together << pageSize.shift()];
    pages.clear(pageSize);
    long frames = after.ranges().frames();
    for (long frame = 0; frame < frames; frame += together) {
      int count = (int) Math.min(together, frames - frame);
      before.read(frame, count, old);
      after.read(frame, count, current);
      for (int i = 0; i < count; i++) {
        int at = i << pageSize.shift();
        int end = at + pageSize.bytes();
        if (!Arrays.equals(old, at, end, current, at, end)) {
          pages.append(frame + i, current, at);
        }
      }
    }
  }
}
