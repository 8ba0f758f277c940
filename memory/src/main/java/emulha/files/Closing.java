package emulha.files;

import java.io.IOException;

/** Closing several things, any of which may fail at it, and what a thread works at. */
public final class Closing {
  /** How one is closed. */
  @FunctionalInterface
  public interface Each<T> {
    /** Closes it. */
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
