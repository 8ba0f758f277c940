package emulha.files;

import java.io.IOException;

/** What closing takes: of several things that may fail at it, of a thread, of a hook. */
public final class Closing {
  @FunctionalInterface
  public interface Each<T> {
    void close(T one) throws IOException;
  }

  private Closing() {}

  /** Waits until a thread has ended; an interrupt meanwhile is kept until then. */
  public static void join(Thread thread) {
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Takes back what was to be done at the JVM's end, if it is not ending already. */
  public static void removeHook(Thread hook) {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // It is done then.
    }
  }

  /**
   * Closes all, those behind one that fails too.
   *
   * @throws IOException the last failure
   */
  public static <T> void all(Iterable<T> several, Each<? super T> each) throws IOException {
    IOException failure = null;
    for (T one : several) {
      try {
        each.close(one);
      } catch (IOException e) {
        failure = e;
      }
    }
    if (failure != null) {
      throw failure;
    }
  }
}
