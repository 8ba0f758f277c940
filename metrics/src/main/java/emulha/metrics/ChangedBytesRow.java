package emulha.metrics;

import emulha.metrics.columns.Metric;
import emulha.metrics.columns.Metric.Aggregation;
import emulha.metrics.columns.Metric.Count;
import emulha.metrics.columns.Metric.Identifier;
import emulha.metrics.columns.Metric.Meaning;
import emulha.metrics.columns.Metric.Unit;
import org.jspecify.annotations.Nullable;

/**
 * A row of {@code changed_bytes.csv}: what one checkpoint changed in the RAM image of the
 * checkpoint before it, byte by byte (FITDOC Table I). Same rules as {@link CheckpointRow}.
 */
public record ChangedBytesRow(
    SeriesKey series,
    @Identifier("Number of the checkpoint, incremental ones from 0") long checkpoint,
    Untouched untouched,
    Few few,
    Many many,
    Totals totals,
    Rates rates,
    Written written) {
  /** Pages in which nothing changed. */
  public record Untouched(
      @Metric(unit = Unit.COUNT, aggregation = Aggregation.MEAN)
          @Meaning(
              "Pages of RAM that are all zeros after the checkpoint. Empty if the base does not hold all of RAM")
          @Nullable Long zeroPages,
      @Metric(unit = Unit.COUNT, aggregation = Aggregation.MEAN)
          @Meaning("Pages of RAM of which no byte changed, written or not: row [0]")
          long unchangedPages) {}

  /** Pages in which up to 64 bytes changed. */
  public record Few(
      @Count("Pages of which one byte changed") long changedTo1,
      @Count("Pages of which more than 1 and at most 2 bytes changed") long changedTo2,
      @Count("Pages of which more than 2 and at most 4 bytes changed") long changedTo4,
      @Count("Pages of which more than 4 and at most 8 bytes changed") long changedTo8,
      @Count("Pages of which more than 8 and at most 16 bytes changed") long changedTo16,
      @Count("Pages of which more than 16 and at most 32 bytes changed") long changedTo32,
      @Count("Pages of which more than 32 and at most 64 bytes changed") long changedTo64) {}

  /** Pages in which more changed. */
  public record Many(
      @Count("Pages of which more than 64 and at most 128 bytes changed") long changedTo128,
      @Count("Pages of which more than 128 and at most 256 bytes changed") long changedTo256,
      @Count("Pages of which more than 256 and at most 512 bytes changed") long changedTo512,
      @Count("Pages of which more than 512 and at most 1024 bytes changed") long changedTo1024,
      @Count("Pages of which more than 1024 and at most 2048 bytes changed") long changedTo2048,
      @Count("Pages of which more than 2048 and at most 4096 bytes changed") long changedTo4096) {}

  /** Pages and bytes over all. */
  public record Totals(
      @Count("Pages of which at least one byte changed") long dirtyPages,
      @Metric(unit = Unit.COUNT, aggregation = Aggregation.MEAN)
          @Meaning("Pages of RAM: unchanged_pages + dirty_pages")
          long totalPages,
      @Metric(unit = Unit.BYTES, aggregation = Aggregation.SUM) @Meaning("Bytes that changed")
          long dirtyBytes,
      @Metric(unit = Unit.BYTES, aggregation = Aggregation.SUM)
          @Meaning(
              "Bytes in aligned 8-byte words of which all eight bytes changed: row 8B dirty bytes")
          long wholeWordBytes,
      @Metric(unit = Unit.BYTES, aggregation = Aggregation.SUM)
          @Meaning(
              "Bytes in aligned 8-byte words of which any byte changed: what storing whole words takes, without their indices")
          long touchedWordBytes,
      @Metric(unit = Unit.BYTES, aggregation = Aggregation.SUM) @Meaning("dirty_pages * 4096")
          long dirtyPageBytes,
      @Metric(unit = Unit.BYTES, aggregation = Aggregation.MEAN) @Meaning("total_pages * 4096")
          long totalPageBytes) {}

  /** The same as parts of each other. */
  public record Rates(
      @Metric(unit = Unit.PARTS_PER_MILLION, aggregation = Aggregation.MEAN)
          @Meaning("dirty_pages / total_pages, to the nearest millionth")
          long dirtyPagePpm,
      @Metric(unit = Unit.PARTS_PER_MILLION, aggregation = Aggregation.MEAN)
          @Meaning(
              "dirty_bytes / dirty_page_bytes, to the nearest millionth. Empty if nothing changed")
          @Nullable Long dirtyBytesOfDirtyPagesPpm,
      @Metric(unit = Unit.PARTS_PER_MILLION, aggregation = Aggregation.MEAN)
          @Meaning("dirty_bytes / total_page_bytes, to the nearest millionth")
          long dirtyBytesOfTotalPagesPpm,
      @Metric(unit = Unit.PARTS_PER_MILLION, aggregation = Aggregation.MEAN)
          @Meaning(
              "whole_word_bytes / dirty_bytes, to the nearest millionth. Empty if nothing changed")
          @Nullable Long wholeWordBytesOfDirtyBytesPpm) {}

  /** Pages in the checkpoint, changed or not. */
  public record Written(
      @Count("Pages in the checkpoint") long writtenPages,
      @Count("Pages in the checkpoint of which no byte changed: silent writes") long silentPages,
      @Count("Pages in the checkpoint that are all zeros") long zeroWrittenPages) {}
}
