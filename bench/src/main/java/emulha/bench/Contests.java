package emulha.bench;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import emulha.codecs.CheckpointKind;
import emulha.codecs.Method;
import emulha.codecs.delta.Kernels;
import emulha.codecs.delta.PageDelta;
import emulha.codecs.delta.RemusDelta;
import emulha.codecs.delta.RunLengthDelta;
import emulha.codecs.delta.WordsDelta;
import emulha.codecs.pipeline.CheckpointEncoder;
import emulha.memory.DirtyPages;
import emulha.memory.Page;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** All contests that this machine has the libraries for. */
final class Contests {
  private static final int MIB = 1 << 20;

  private final RecordedPages pages;
  private final List<Contest> contests = new ArrayList<>();

  private Contests(RecordedPages pages) {
    this.pages = pages;
  }

  /** Makes the contests; those that lack a library are named on standard error. */
  static List<Contest> on(RecordedPages pages) {
    var all = new Contests(pages);
    for (String options : List.of("-O3", "-O3 -march=native")) {
      all.attempt("plain C deltas", () -> all.addDeltas(options));
    }
    all.attempt("delta's hit path", all::addHitPath);
    all.attempt("similarity with OpenSSL's MD5", all::addSimilarity);
    all.attempt("Rabin boundaries", all::addRabin);
    all.attempt("zlib", all::addZlib);
    all.attempt("liblz4", all::addLz4);
    all.attempt("libzstd", all::addZstd);
    all.attempt("native call", all::addNativeCall);
    return all.contests;
  }

  private interface Addition {
    void add() throws IOException;
  }

  private void attempt(String what, Addition addition) {
    try {
      addition.add();
    } catch (IOException | IllegalArgumentException e) {
      System.err.println("left out: " + what + ": " + e.getMessage());
    }
  }

  /** What calling a user's library costs, beside the same pages without a stage. */
  private void addNativeCall() throws IOException {
    Path library = NativeLibrary.compile("call.c", "-O2");
    contests.add(
        new Contest(
            "native call",
            "no stage",
            Double.NaN,
            pages.count(),
            method("native:lib=" + library, pages.now()),
            method("none", pages.now())));
  }

  private void addDeltas(String options) throws IOException {
    NativeLibrary c = NativeLibrary.compiled("delta.c", options.split(" ", -1));
    var xbzrle = new RunLengthDelta(RunLengthDelta.Form.XBZRLE, Kernels.differences());
    addEncoder(c, options, "XBZRLE encode", "xbzrle_encode_all", 0.65, xbzrle);
    addEncoder(
        c,
        options,
        "Remus encode",
        "remus_encode_all",
        0.60,
        new RemusDelta(Kernels.differences()));
    addEncoder(
        c,
        options,
        "FITDOC encode",
        "fitdoc_encode_all",
        0.70,
        new WordsDelta(Kernels.differences()));
    addDecoder(c, options, xbzrle);
  }

  private Contest.Work encodeAll(PageDelta delta, byte[] old, byte[] now) {
    byte[] target = new byte[delta.reserveBytes()];
    return () -> {
      long sum = 0;
      for (int at = 0; at < now.length; at += Page.BYTES) {
        sum += delta.encode(old, at, now, at, target, 0);
      }
      return sum;
    };
  }

  private void addEncoder(
      NativeLibrary c, String options, String name, String function, double goal, PageDelta delta) {
    MethodHandle handle =
        c.function(
            function, FunctionDescriptor.of(JAVA_LONG, ADDRESS, ADDRESS, JAVA_LONG, ADDRESS));
    MemorySegment old = MemorySegment.ofArray(pages.old());
    MemorySegment now = MemorySegment.ofArray(pages.now());
    MemorySegment target = MemorySegment.ofArray(new byte[2 * Page.BYTES]);
    long count = pages.count();
    contests.add(
        new Contest(
            name,
            "C, gcc " + options,
            goal,
            pages.count(),
            encodeAll(delta, pages.old(), pages.now()),
            () -> (long) handle.invokeExact(old, now, count, target)));
  }

  private void addDecoder(NativeLibrary c, String options, RunLengthDelta xbzrle) {
    byte[] encoded = new byte[pages.now().length + 2 * Page.BYTES];
    byte[] decoded = new byte[pages.now().length];
    int[] lengths = new int[pages.count()];
    int hits = 0;
    int end = 0;
    for (int at = 0; at < pages.now().length; at += Page.BYTES) {
      int length = xbzrle.encode(pages.old(), at, pages.now(), at, encoded, end);
      if (length > 0) {
        System.arraycopy(pages.old(), at, decoded, hits * Page.BYTES, Page.BYTES);
        lengths[hits++] = length;
        end += length;
      }
    }
    int count = hits;
    MethodHandle handle =
        c.function(
            "xbzrle_decode_all",
            FunctionDescriptor.of(JAVA_LONG, ADDRESS, ADDRESS, JAVA_LONG, ADDRESS));
    MemorySegment in = MemorySegment.ofArray(encoded);
    MemorySegment sizes = MemorySegment.ofArray(lengths);
    MemorySegment out = MemorySegment.ofArray(decoded);
    contests.add(
        new Contest(
            "XBZRLE decode",
            "C, gcc " + options,
            1.0,
            count,
            () -> {
              int at = 0;
              long wrong = 0;
              for (int i = 0; i < count; i++) {
                int result = xbzrle.decode(encoded, at, lengths[i], decoded, i * Page.BYTES);
                wrong += result < 0 ? -1 : 0;
                at += lengths[i];
              }
              return wrong;
            },
            () -> (long) handle.invokeExact(in, sizes, (long) count, out)));
  }

  /** A method over one checkpoint, and another in turn. */
  private Contest.Work method(String spec, byte[]... contents) throws IOException {
    DirtyPages[] checkpoints =
        Arrays.stream(contents).map(RecordedPages::checkpoint).toArray(DirtyPages[]::new);
    CheckpointEncoder encoder =
        CheckpointEncoder.of(
            Method.parse(spec), new long[] {pages.count()}, (lane, bytes, offset, length) -> {});
    int[] turn = {0};
    return () -> {
      long before = encoder.payloadBytes();
      encoder.begin(CheckpointKind.INCREMENTAL);
      encoder.encode(0, checkpoints[turn[0]++ % checkpoints.length]);
      encoder.end();
      return encoder.payloadBytes() - before;
    };
  }

  private void addHitPath() throws IOException {
    var delta = new RunLengthDelta(RunLengthDelta.Form.XOR, Kernels.differences());
    Contest.Work there = encodeAll(delta, pages.old(), pages.now());
    Contest.Work back = encodeAll(delta, pages.now(), pages.old());
    Contest.Work method = method("delta:cache=unlimited,misses=whole", pages.old(), pages.now());
    int[] turn = {0};
    contests.add(
        new Contest(
            "delta, all hits",
            "its encoder alone",
            1.3,
            pages.count(),
            withoutSum(method),
            withoutSum(() -> (turn[0]++ & 1) == 0 ? back.run() : there.run())));
  }

  private void addSimilarity() throws IOException {
    NativeLibrary c = NativeLibrary.compiled("similarity.c", "-O3", "-l:libcrypto.so.3");
    MethodHandle handle =
        c.function(
            "similarity_all",
            FunctionDescriptor.of(JAVA_LONG, ADDRESS, JAVA_LONG, JAVA_LONG, ADDRESS));
    MemorySegment now = MemorySegment.ofArray(pages.now());
    MemorySegment out = MemorySegment.ofArray(new byte[pages.now().length]);
    for (int chunk : new int[] {256, 1024, 4096}) {
      long chunks = pages.now().length / chunk;
      contests.add(
          new Contest(
              "similarity, " + chunk + " B chunks",
              "C with OpenSSL's MD5",
              0.25,
              pages.count(),
              method(
                  "similarity:chunk=" + (chunk < 1024 ? chunk : chunk / 1024 + "KiB"), pages.now()),
              () -> (long) handle.invokeExact(now, chunks, (long) chunk, out)));
    }
  }

  private void addRabin() throws IOException {
    for (String chunk : List.of("256", "1KiB", "4KiB")) {
      contests.add(
          new Contest(
              "similarity, Rabin boundaries, " + chunk,
              "fixed boundaries, Java",
              Double.NaN,
              pages.count(),
              withoutSum(method("similarity:boundaries=rabin,chunk=" + chunk, pages.now())),
              withoutSum(method("similarity:chunk=" + chunk, pages.now()))));
    }
  }

  /** Work whose two sides give different bytes on purpose. */
  private static Contest.Work withoutSum(Contest.Work work) {
    return () -> Math.min(0, work.run());
  }

  private void addLz4() throws IOException {
    MethodHandle compress =
        NativeLibrary.system("liblz4.so.1")
            .function(
                "LZ4_compress_default",
                FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, JAVA_INT, JAVA_INT));
    MemorySegment now = MemorySegment.ofArray(pages.now());
    MemorySegment out = MemorySegment.ofArray(new byte[2 * Page.BYTES]);
    int room = 2 * Page.BYTES;
    contests.add(
        new Contest(
            "lz4",
            "liblz4",
            1.10,
            pages.count(),
            method("lz4", pages.now()),
            () -> {
              long sum = 0;
              for (long at = 0; at < now.byteSize(); at += Page.BYTES) {
                int size =
                    (int) compress.invokeExact(now.asSlice(at, Page.BYTES), out, Page.BYTES, room);
                sum += Math.min(size, Page.BYTES);
              }
              return sum;
            }));
  }

  private void addZstd() throws IOException {
    NativeLibrary zstd = NativeLibrary.system("libzstd.so.1");
    MethodHandle compress =
        zstd.function(
            "ZSTD_compressCCtx",
            FunctionDescriptor.of(
                JAVA_LONG, ADDRESS, ADDRESS, JAVA_LONG, ADDRESS, JAVA_LONG, JAVA_INT));
    MemorySegment context = pointer(zstd, "ZSTD_createCCtx");
    MemorySegment now = MemorySegment.ofArray(pages.now());
    MemorySegment out = MemorySegment.ofArray(new byte[2 * Page.BYTES]);
    long room = 2 * Page.BYTES;
    for (int level : new int[] {1, 3}) {
      contests.add(
          new Contest(
              "zstd, level " + level,
              "libzstd",
              1.10,
              pages.count(),
              method("zstd:level=" + level, pages.now()),
              () -> {
                long sum = 0;
                for (long at = 0; at < now.byteSize(); at += Page.BYTES) {
                  long size =
                      (long)
                          compress.invokeExact(
                              context,
                              out,
                              room,
                              now.asSlice(at, Page.BYTES),
                              (long) Page.BYTES,
                              level);
                  sum += Math.min(size, Page.BYTES);
                }
                return sum;
              }));
    }
  }

  private static MemorySegment pointer(NativeLibrary library, String function) {
    try {
      return (MemorySegment)
          library.function(function, FunctionDescriptor.of(ADDRESS)).invokeExact();
    } catch (Throwable e) {
      throw new IllegalStateException(function, e);
    }
  }

  /** Raw deflate at level 6: one z_stream, reset for each page. */
  private void addZlib() throws IOException {
    NativeLibrary zlib = NativeLibrary.compiled("deflate.c", "-O3", "-l:libz.so.1");
    MethodHandle compress =
        zlib.function(
            "deflate_all", FunctionDescriptor.of(JAVA_LONG, ADDRESS, JAVA_LONG, JAVA_INT, ADDRESS));
    MemorySegment now = MemorySegment.ofArray(pages.now());
    MemorySegment out = Arena.global().allocate(MIB);
    long count = pages.count();
    contests.add(
        new Contest(
            "gzip, level 6",
            "zlib",
            1.10,
            pages.count(),
            method("gzip:level=6", pages.now()),
            () -> (long) compress.invokeExact(now, count, 6, out)));
    String libdeflate = "gzip:level=6,engine=libdeflate";
    if (Method.parse(libdeflate).binding().contains("libdeflate")) {
      contests.add(
          new Contest(
              "gzip through libdeflate, level 6",
              "zlib",
              0.65,
              pages.count(),
              withoutSum(method(libdeflate, pages.now())),
              withoutSum(() -> (long) compress.invokeExact(now, count, 6, out))));
    } else {
      System.err.println("left out: gzip through libdeflate: libdeflate.so.0 is not installed");
    }
  }
}
