package emulha.commands.terminal;

import emulha.files.Closing;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Lets a long command end cleanly on Ctrl-C: from then on {@link #requested} says so, and the JVM
 * waits for the command to close this before it exits, but not for ever.
 */
public final class Interrupt implements AutoCloseable {
  private static final long PATIENCE_S = 60;

  private static final Set<Interrupt> OPEN = ConcurrentHashMap.newKeySet();

  private final CountDownLatch done = new CountDownLatch(1);
  private final Thread hook = Thread.ofPlatform().unstarted(this::interrupt);
  private volatile boolean requested;

  public Interrupt() {
    Runtime.getRuntime().addShutdownHook(hook);
    OPEN.add(this);
  }

  /** Waits, when the JVM ends, for the commands that come to their ends; not for ever. */
  public static void awaitAll() {
    OPEN.forEach(Interrupt::awaitDone);
  }

  /** Whether the command should come to its end. */
  public boolean requested() {
    return requested;
  }

  private void interrupt() {
    requested = true;
    if (!awaitDone()) {
      System.err.println("emulha: gave up waiting for the end of the recording");
    }
  }

  private boolean awaitDone() {
    try {
      return done.await(PATIENCE_S, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return true;
    }
  }

  @Override
  public void close() {
    OPEN.remove(this);
    done.countDown();
    if (!requested) {
      // If the JVM is on its way out, the hook will find the command done.
      Closing.removeHook(hook);
    }
  }
}
