package emulha.codecs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Methods with several encoder threads. */
final class EncodersTest {
  /** Methods that can have several encoder threads, and do not have them yet. */
  static List<String> methods() {
    return MethodSpecs.ALL.stream()
        .filter(
            spec ->
                !spec.contains("encoders=")
                    && Method.parse(spec).stages().stream()
                        .allMatch(stage -> stage.whyOneEncoder().isEmpty()))
        .toList();
  }

  private static Method with(String spec, int encoders) {
    return Method.parse(
        spec
            + (spec.substring(spec.lastIndexOf('+') + 1).contains(":") ? "," : ":")
            + "encoders="
            + encoders);
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
                method.newEncoder(sequence.ramPages(), parallel::append, workers, null)) {
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
