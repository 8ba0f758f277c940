package emulha.papers.criulpc;

import static org.junit.jupiter.api.Assertions.assertEquals;

import emulha.analysis.drawing.Figure;
import emulha.analysis.measures.Evidence;
import emulha.metrics.CheckpointRow;
import emulha.metrics.RunRow;
import emulha.testsupport.Rows;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class CriuFiguresTest {
  @TempDir Path directory;

  /** Taken for pages of 4 KiB, a gibibyte of those of 16 KiB had four times the bytes. */
  @Test
  void memoryIsExtrapolatedByTheSizeOfItsPages() throws IOException {
    RunRow run = Rows.run("r1", "memhog", "lz4", 100);
    CheckpointRow row = Rows.checkpoint(run, 1, "memhog", 0, 10, 1000, 1000L, 2000L);
    Rows.write(
        directory,
        List.of(run),
        List.of(
            new CheckpointRow(
                row.key(),
                new CheckpointRow.Traffic(10, 10 * 16_384, 1000, null, 1100L, null),
                row.cpu(),
                row.timing(),
                row.memory(),
                row.counts(),
                row.stored(),
                true)));
    Figure figure =
        CriuFigures.of(Evidence.read(directory)).figures().stream()
            .filter(one -> one.name().equals("criu-lpc-memhog"))
            .findFirst()
            .orElseThrow();
    assertEquals(
        100.0 * (1 << 16), figure.numbers().doubleColumn("extrapolated_bytes").getDouble(0));
  }
}
