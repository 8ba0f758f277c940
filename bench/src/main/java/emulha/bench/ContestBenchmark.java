package emulha.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Each side of a {@link Contest} by itself: time for all of its pages. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
    value = 1,
    jvmArgsAppend = {
      "--add-modules=jdk.incubator.vector",
      "--enable-native-access=ALL-UNNAMED",
      "--sun-misc-unsafe-memory-access=allow"
    })
public class ContestBenchmark {
  /** Name of the contest. */
  @Param({"XBZRLE encode", "XBZRLE decode", "Remus encode", "FITDOC encode", "delta, all hits"})
  public String contest = "";

  /** Series to take pages from, separated by commas. */
  @Param("traces/samples/redis-25ms.tar.zst,traces/samples/ffmpeg-100ms.tar.zst")
  public String series = "";

  private Contest.Work ours = () -> 0;
  private Contest.Work peer = () -> 0;

  /** Loads the pages and makes both sides. */
  @Setup
  public void load() throws IOException {
    List<Path> paths = Stream.of(series.split(",", -1)).map(Path::of).toList();
    Contest found =
        Contests.on(Ratios.pagesOf(paths)).stream()
            .filter(c -> c.name().equals(contest))
            .findFirst()
            .orElseThrow(() -> new IllegalArgumentException("no contest is named " + contest));
    ours = found.ours();
    peer = found.peer();
  }

  /** This project. */
  @Benchmark
  public long ours() throws Throwable {
    return ours.run();
  }

  /** The peer. */
  @Benchmark
  public long peer() throws Throwable {
    return peer.run();
  }
}
