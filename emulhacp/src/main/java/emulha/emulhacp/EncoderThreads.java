package emulha.emulhacp;

import emulha.codecs.pipeline.Workers;
import emulha.linux.Scheduling;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Threads that encode beside the sender's own, which takes the first task itself. Their CPU time is
 * counted while they have a task. Used by one thread.
 */
final class EncoderThreads implements Workers, AutoCloseable {
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private final ExecutorService executor;
  private final AtomicLong cpuNs = new AtomicLong();
  private final Queue<Scheduling.Watched> watched = new ConcurrentLinkedQueue<>();

  /**
   * @param encoders number of encoder threads, the caller's included
   */
  EncoderThreads(int encoders) {
    var factory = Thread.ofPlatform().daemon().name("encoding-", 1).factory();
    executor =
        Executors.newFixedThreadPool(
            Math.max(1, encoders - 1),
            task ->
                factory.newThread(
                    () -> {
                      watched.add(Scheduling.ofThisThread());
                      task.run();
                    }));
  }

  @Override
  public void run(List<Task> tasks) throws IOException {
    List<Future<?>> others = new ArrayList<>();
    Throwable failure = null;
    try {
      for (Task task : tasks.subList(1, tasks.size())) {
        others.add(executor.submit(() -> counted(task)));
      }
      tasks.getFirst().run();
    } catch (IOException | RuntimeException | Error e) {
      failure = e;
    }
    boolean interrupted = false;
    // All of them, whatever one came to: who is told of it frees what they work with.
    for (int i = 0; i < others.size(); ) {
      try {
        others.get(i).get();
        i++;
      } catch (ExecutionException e) {
        failure = failure == null ? asIoException(e.getCause()) : failure;
        i++;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
      failure =
          failure == null ? new InterruptedIOException("interrupted while encoding") : failure;
    }
    switch (failure) {
      case null -> {}
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      case Throwable e -> throw asIoException(e);
    }
  }

  private @Nullable Void counted(Task task) throws IOException {
    long start = THREADS.getCurrentThreadCpuTime();
    try {
      task.run();
    } finally {
      cpuNs.addAndGet(THREADS.getCurrentThreadCpuTime() - start);
    }
    return null;
  }

  private static IOException asIoException(Throwable cause) {
    return cause instanceof IOException e ? e : new IOException("encoding failed: " + cause, cause);
  }

  /** CPU time of the threads beside the caller's so far. */
  long cpuNs() {
    return cpuNs.get();
  }

  /** How these threads were scheduled since they began; null where the machine does not tell. */
  @Nullable Scheduling scheduling() {
    Scheduling sum = Scheduling.NONE;
    for (Scheduling.Watched thread : watched) {
      sum = Scheduling.sum(sum, thread.now());
    }
    return sum;
  }

  @Override
  public void close() {
    executor.shutdownNow();
  }
}
