package emulha.codecs;

import static java.util.stream.Collectors.joining;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import emulha.codecs.pipeline.CheckpointEncoder;
import emulha.codecs.pipeline.Workers;
import emulha.memory.PageSize;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Methods with several encoder threads. */
final class EncodersTest {
  /** Methods that can have several encoder threads, and do not have them yet. */
  static List<String> methods() {
    return MethodSpecs.ALL.stream()
        .filter(spec -> !spec.contains("encoders=") && canHaveSeveral(Method.parse(spec).stages()))
        .toList();
  }

  private static boolean canHaveSeveral(List<Stage> stages) {
    return stages.getFirst().whyOneEncoder(true).isEmpty()
        && stages.stream().skip(1).allMatch(stage -> stage.whyOneEncoder(false).isEmpty());
  }

  private static Method with(String spec, int encoders) {
    return Method.parse(
        spec
            + (spec.substring(spec.lastIndexOf('+') + 1).contains(":") ? "," : ":")
            + "encoders="
            + encoders);
  }

  /** A stage that notes that its workers are closed. */
  private record Noted(List<String> closed) implements Stage {
    @Override
    public Set<Block.Kind> handsOn(Set<Block.Kind> given) {
      return given;
    }

    @Override
    public StageEncoder newEncoder(EncoderContext context, StageEncoder next) {
      return new StageEncoder() {
        @Override
        public void encode(Block block) {}

        @Override
        public void skip(Block page) {}

        @Override
        public void close() {
          closed.add("encoder");
        }
      };
    }

    @Override
    public StageDecoder newDecoder(DecoderContext context, StageDecoder next) {
      return new StageDecoder() {
        @Override
        public void decode(Block block) {}

        @Override
        public void skip(Block page) {}

        @Override
        public void close() {
          closed.add("decoder");
        }
      };
    }
  }

  /**
   * Without this whoever asks for methods that cannot be made, such as a sender for one with a
   * table that the receiver has not, takes native memory each time.
   */
  @Test
  void whatWasMadeIsClosedWhereAStageCannotBe() {
    List<String> closed = new ArrayList<>();
    Stage table = Method.parse("similarity:table=redis://h:1").stages().getFirst();
    Method method = Method.parse("none").behind(new Noted(closed)).behind(table);
    assertThrows(
        IllegalArgumentException.class,
        () -> CheckpointEncoder.of(method, new long[] {1}, (a, b, c, d) -> {}));
    assertThrows(IllegalArgumentException.class, () -> Replay.decoder(method));
    assertEquals(List.of("encoder", "decoder"), closed);
  }

  /** Without this a run would end in its middle with the number of an element of an array. */
  @Test
  void refusesMoreLanesThanACheckpointHas() {
    String lz4 = IntStream.rangeClosed(0, 12).mapToObj(i -> "lz4:level=" + i).collect(joining("/"));
    // A lane of control, one for each stage and one behind them: 17 lanes, and 64 times 17.
    Method method = Method.parse("auto:stages=snappy/lzo/" + lz4 + ",encoders=64");
    String message =
        assertThrows(
                IllegalArgumentException.class,
                () -> CheckpointEncoder.of(method, new long[] {1}, (a, b, c, d) -> {}))
            .getMessage();
    assertTrue(message.contains("more than 1024 lanes"), message);
    assertThrows(IllegalArgumentException.class, () -> Replay.decoder(method));
  }

  /** Without this, results with threads could not be compared with results without. */
  @ParameterizedTest
  @MethodSource("methods")
  void giveTheSamePayloadAndCountsAndPages(String spec) throws IOException {
    for (Sequence sequence :
        List.of(Sequence.adversarial(), Sequence.manyVms(), Sequence.small())) {
      try (var one = new Replay(with(spec, 1), sequence.ramPages());
          var three = new Replay(with(spec, 3), sequence.ramPages())) {
        for (Sequence.Step step : sequence.steps()) {
          one.encode(step);
          three.decode(step, three.encode(step));
          three.compareImages();
          assertEquals(one.encoder().payloadBytes(), three.encoder().payloadBytes());
          for (Counter counter : Counter.values()) {
            assertEquals(
                one.encoder().counters().get(counter),
                three.encoder().counters().get(counter),
                counter.toString());
          }
        }
      }
    }
  }

  /**
   * A cache far smaller than a checkpoint, so that slots are read, given to another page and to a
   * third within one. Without this a thread could read what another has just overwritten.
   */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "delta:cache=8KiB",
        "delta:cache=12KiB,encoding=xor+lz4",
        "delta:cache=64KiB,policy=direct",
        "remus:cache=20KiB",
        "fitdoc:cache=8KiB",
        "xbzrle:cache=16KiB",
        "prefix:history=28KiB"
      })
  void shareOneCacheUnderEviction(String spec) throws IOException {
    long hits = 0;
    for (int seed = 0; seed < 12; seed++) {
      Sequence sequence = Sequence.evicting(0x5eed_0100L + seed);
      try (var one = new Replay(with(spec, 1), sequence.ramPages());
          var two = new Replay(with(spec, 2), sequence.ramPages());
          var three = new Replay(with(spec, 3), sequence.ramPages())) {
        for (Sequence.Step step : sequence.steps()) {
          one.encode(step);
          for (Replay several : List.of(two, three)) {
            several.decode(step, several.encode(step));
            several.compareImages();
            assertEquals(one.encoder().payloadBytes(), several.encoder().payloadBytes());
            assertEquals(
                one.encoder().counters().get(Counter.CACHE_HITS),
                several.encoder().counters().get(Counter.CACHE_HITS));
          }
        }
        hits += one.encoder().counters().get(Counter.CACHE_HITS).orElse(1);
      }
    }
    assertTrue(hits > 0, "no page was ever found");
  }

  /** Without this a cache would count once for each thread that shares it. */
  @Test
  void countTheirCacheOnce() throws IOException {
    Sequence sequence = Sequence.manyVms();
    try (var one = new Replay(with("delta:cache=64KiB", 1), sequence.ramPages());
        var three = new Replay(with("delta:cache=64KiB", 3), sequence.ramPages())) {
      for (Sequence.Step step : sequence.steps()) {
        one.encode(step);
        three.encode(step);
        assertEquals(one.encoder().retainedBytes(), three.encoder().retainedBytes());
      }
    }
  }

  /** FITDOC has two producers; without this its results would be those of another system. */
  @Test
  void areTwoForFitdocUnlessItIsToldOtherwise() {
    assertEquals(2, Method.parse("fitdoc").encoders());
    assertEquals(1, Method.parse("fitdoc:encoders=1").encoders());
    assertEquals(2, Method.parse("fitdoc+gzip").encoders());
    assertEquals(1, Method.parse("exclude-free+fitdoc").encoders());
    assertEquals(1, Method.parse("delta").encoders());
  }

  /** Without this the bytes could depend on which thread was first. */
  @ParameterizedTest
  @MethodSource("methods")
  void giveTheSameBytesOnRealThreads(String spec) throws IOException {
    Method method = with(spec, 3);
    try (ExecutorService threads = Executors.newFixedThreadPool(3)) {
      Workers workers = tasks -> runAll(threads, tasks);
      for (Sequence sequence : List.of(Sequence.manyVms(), Sequence.fullFirst())) {
        var parallel = new EncodedCheckpoint();
        try (var inTurn = new Replay(method, sequence.ramPages());
            CheckpointEncoder encoder =
                CheckpointEncoder.of(
                    method,
                    PageSize.SMALL,
                    sequence.ramPages(),
                    parallel::append,
                    workers,
                    null,
                    null)) {
          for (Sequence.Step step : sequence.steps()) {
            parallel.clear();
            encoder.begin(step.kind());
            for (int vm = 0; vm < step.vms().size(); vm++) {
              encoder.encode(vm, step.vms().get(vm));
            }
            encoder.end();
            MethodContractTest.assertSameLanes(inTurn.encode(step), parallel);
          }
        }
      }
    }
  }

  private static void runAll(ExecutorService threads, List<Workers.Task> tasks) throws IOException {
    List<Future<?>> running = new ArrayList<>();
    for (Workers.Task task : tasks) {
      running.add(
          threads.submit(
              () -> {
                task.run();
                return null;
              }));
    }
    for (Future<?> future : running) {
      try {
        future.get();
      } catch (ExecutionException | InterruptedException e) {
        throw new IOException(e);
      }
    }
  }

  /** Without this a page could be put twice into a checkpoint by two lanes. */
  @Test
  void refuseAPageInAnotherThreadsLanes() throws IOException {
    Sequence sequence = Sequence.small();
    try (var one = new Replay(Method.parse("none"), sequence.ramPages());
        var two = new Replay(Method.parse("none:encoders=2"), sequence.ramPages())) {
      Sequence.Step step = sequence.steps().getLast();
      EncodedCheckpoint encoded = one.encode(step);
      assertThrows(CorruptEncodingException.class, () -> two.decode(step, encoded));
    }
  }
}
