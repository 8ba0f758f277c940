package emulha.commands.traces;

import com.beust.jcommander.Parameter;
import emulha.analysis.drawing.Width;
import emulha.analysis.figures.TraceFigures;
import emulha.commands.options.Command;
import emulha.commands.options.Values;
import emulha.metrics.BitmapScanRow;
import emulha.traces.stats.ScanTiming;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

public final class TracesScanCommand extends Command {
  @Parameter(
      names = "--ram",
      order = 0,
      description = "Size of RAM, such as 512MiB; repeat for several")
  List<String> ram = new ArrayList<>(List.of("512MiB", "1GiB", "2GiB", "4GiB"));

  @Parameter(
      names = "--dirty-ppm",
      order = 1,
      description = "Dirty pages in a million; repeat for several")
  List<Integer> dirtyPpm = new ArrayList<>(List.of(1_000, 10_000, 100_000, 500_000));

  @Parameter(names = "--scans", order = 2, description = "Timed scans of each kind")
  int scans = 101;

  @Parameter(
      names = "--out",
      required = true,
      order = 3,
      description = "Directory for bitmap_scan.csv and the figure, without the former in it")
  String out = "";

  @Override
  public void run(PrintStream output, PrintStream err) throws IOException {
    List<Long> sizes = ram.stream().map(size -> Values.bytes("--ram", size)).toList();
    Path directory = Path.of(out);
    for (BitmapScanRow row : ScanTiming.write(sizes, dirtyPpm, scans, directory)) {
      output.printf(
          Locale.ROOT,
          "%6d MiB  %8d dirty  %-5s  %10.1f µs  %+6.2f %% against bit by bit%n",
          row.ramBytes() >> 20,
          row.dirtyPages(),
          row.scan(),
          row.medianNs() / 1e3,
          row.ofBitPpm() / 1e4 - 100);
    }
    TraceFigures.draw(directory, directory.resolve("figures"), Width.DOUBLE);
  }
}
