package emulha.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedFrame;
import jdk.jfr.consumer.RecordingFile;

/**
 * What the CPU time of a replay goes to, by the samples of JDK Flight Recorder: for each part of
 * the path, the share of each kind of work. {@code bench/path.py} makes the recordings and runs
 * this.
 *
 * <p>Arguments: recordings with {@code jdk.CPUTimeSample} of both emulators. Prints {@code part
 * kind samples}, separated by tabs, and then the methods that took most and are of no kind.
 */
public final class PathProfile {
  /** Parts of the path, by a method that only they have below them; the first that matches. */
  private static final Map<String, String> PARTS = new LinkedHashMap<>();

  /** Kinds of work, by the beginning of a frame, innermost first. */
  private static final Map<String, String> KINDS = new LinkedHashMap<>();

  static {
    PARTS.put("emulha.emulhacp.Replay.transfer", "send");
    PARTS.put("emulha.emulharcv.Session.receive", "receive");
    PARTS.put("emulha.emulharcv.Storer.decodeAndStore", "decode and store");
    KINDS.put("emulha.memory.PageDigests", "verification");
    KINDS.put("java.util.zip.CRC32C", "checksums");
    KINDS.put("sun.nio.ch.SocketDispatcher", "the kernel's sends and receives");
    KINDS.put("sun.nio.ch.UnixDispatcher", "the kernel's sends and receives");
    KINDS.put("sun.nio.ch.Net.poll", "waits and wake-ups");
    KINDS.put("sun.nio.ch.Net.available", "waits and wake-ups");
    KINDS.put("java.lang.Object.wait", "waits and wake-ups");
    KINDS.put("java.lang.Object.notify", "waits and wake-ups");
    KINDS.put("jdk.internal.misc.Unsafe.park", "waits and wake-ups");
    KINDS.put("jdk.internal.misc.Unsafe.unpark", "waits and wake-ups");
    KINDS.put("sun.management.ThreadImpl", "clock reads");
    KINDS.put("com.sun.management.internal.HotSpotThreadImpl", "clock reads");
    KINDS.put("java.lang.System.nanoTime", "clock reads");
    KINDS.put("java.lang.System.arraycopy", "copies");
    KINDS.put("java.util.Arrays.copyOf", "copies");
    KINDS.put("java.nio.HeapByteBuffer", "copies");
    KINDS.put("java.nio.DirectByteBuffer", "copies");
    KINDS.put("java.nio.ByteBuffer", "copies");
    KINDS.put("jdk.internal.misc.Unsafe.copyMemory", "copies");
    KINDS.put("jdk.internal.misc.ScopedMemoryAccess.copyMemory", "copies");
    KINDS.put("jdk.internal.foreign.AbstractMemorySegmentImpl.copy", "copies");
    KINDS.put("java.lang.foreign.MemorySegment.copy", "copies");
    KINDS.put("emulha.memory.DirtyPages.append", "copies");
    KINDS.put("emulha.codecs.LaneReader.read", "copies");
    KINDS.put("emulha.codecs.pipeline.Whole", "copies");
  }

  private PathProfile() {}

  /** Prints the shares. */
  public static void main(String[] recordings) throws IOException {
    Map<String, Map<String, Integer>> samples = new LinkedHashMap<>();
    Map<String, Integer> others = new TreeMap<>();
    for (String recording : recordings) {
      try (var file = new RecordingFile(Path.of(recording))) {
        while (file.hasMoreEvents()) {
          RecordedEvent event = file.readEvent();
          if (event.getEventType().getName().equals("jdk.CPUTimeSample")
              && event.getStackTrace() != null) {
            count(event.getStackTrace().getFrames(), samples, others);
          }
        }
      }
    }
    samples.forEach(
        (part, kinds) ->
            kinds.forEach(
                (kind, n) -> System.out.printf(Locale.ROOT, "%s\t%s\t%d%n", part, kind, n)));
    others.entrySet().stream()
        .sorted(Map.Entry.<String, Integer>comparingByValue().reversed())
        .limit(12)
        .forEach(e -> System.out.printf(Locale.ROOT, "other\t%s\t%d%n", e.getKey(), e.getValue()));
  }

  private static void count(
      List<RecordedFrame> frames,
      Map<String, Map<String, Integer>> samples,
      Map<String, Integer> others) {
    String part = null;
    String kind = null;
    for (RecordedFrame frame : frames) {
      String name = name(frame);
      part = part == null ? matching(PARTS, name) : part;
      kind = kind == null ? matching(KINDS, name) : kind;
    }
    if (part == null) {
      return;
    }
    if (kind == null) {
      kind = "the rest";
      others.merge(part + ": " + name(frames.getFirst()), 1, Integer::sum);
    }
    samples.computeIfAbsent(part, p -> new TreeMap<>()).merge(kind, 1, Integer::sum);
  }

  private static String name(RecordedFrame frame) {
    return frame.getMethod().getType().getName() + "." + frame.getMethod().getName();
  }

  private static String matching(Map<String, String> by, String name) {
    return by.keySet().stream().filter(name::startsWith).map(by::get).findFirst().orElse(null);
  }
}
