package emulha.emulhacp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import emulha.codecs.pipeline.Workers;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/** Without this, a native context could be freed while another thread encodes with it. */
final class EncoderThreadsTest {
  private static <E extends Throwable> void assertAllHaveEnded(
      Class<E> type, Workers.Task failing) {
    var ended = new AtomicBoolean();
    try (var threads = new EncoderThreads(2)) {
      E failure =
          assertThrows(
              type,
              () ->
                  threads.run(
                      List.of(
                          failing,
                          () -> {
                            LockSupport.parkNanos(50_000_000);
                            ended.set(true);
                          })));
      assertEquals("first", failure.getMessage());
      assertTrue(ended.get());
    }
  }

  @Test
  void aFailureIsToldWhenAllHaveEnded() {
    assertAllHaveEnded(
        IOException.class,
        () -> {
          throw new IOException("first");
        });
    assertAllHaveEnded(
        IllegalStateException.class,
        () -> {
          throw new IllegalStateException("first");
        });
    assertAllHaveEnded(
        AssertionError.class,
        () -> {
          throw new AssertionError("first");
        });
  }

  @Test
  void aFailureOfAnotherIsToldToo() {
    try (var threads = new EncoderThreads(2)) {
      var e =
          assertThrows(
              IOException.class,
              () ->
                  threads.run(
                      List.of(
                          () -> {},
                          () -> {
                            throw new IOException("second");
                          })));
      assertEquals("second", e.getMessage());
    }
  }
}
