package emulha.bench;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import com.github.luben.zstd.ZstdCompressCtx;
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
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.Deflater;
import net.jpountz.lz4.LZ4Compressor;
import net.jpountz.lz4.LZ4Factory;

/** All contests that this machine has the libraries for. */
final class Contests {
  private static final int MIB = 1 << 20;
  private static final double NO_GOAL = Double.NaN;

  /** Of the method stream and of its peer: 64 MiB. */
  private static final int WINDOW_LOG = 26;

  private final RecordedPages pages;
  private final MemorySegment old;
  private final MemorySegment now;
  private final long count;

  /** Takes an encoding of a page. */
  private final MemorySegment out = MemorySegment.ofArray(new byte[2 * Page.BYTES]);

  private final List<Contest> contests = new ArrayList<>();

  private Contests(RecordedPages pages) {
    this.pages = pages;
    old = MemorySegment.ofArray(pages.old());
    now = MemorySegment.ofArray(pages.now());
    count = pages.count();
  }

  /** Makes the contests; those that lack a library are named on standard error. */
  static List<Contest> on(RecordedPages pages) {
    var all = new Contests(pages);
    for (String options : List.of("-O3", "-O3 -march=native")) {
      all.attempt("plain C deltas", () -> all.addDeltas(options));
    }
    all.attempt("XBZRLE with AVX2", all::addXbzrleAvx2);
    all.attempt("delta's hit path", all::addHitPath);
    all.attempt("similarity with OpenSSL's MD5", all::addSimilarity);
    all.attempt("Rabin boundaries", all::addRabin);
    all.attempt("zlib", all::addZlib);
    all.attempt("liblz4", all::addLz4);
    all.attempt("libzstd", all::addZstd);
    all.attempt("direct calls", all::addDirect);
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
    } catch (LinkageError e) {
      // Of lz4-java or zstd-jni, which load their libraries as classes are initialized.
      System.err.println("left out: " + what + ": " + e);
    }
  }

  /** A contest on all of the pages. */
  private void add(
      String name, String peerName, double goal, Contest.Work ours, Contest.Work peer) {
    contests.add(new Contest(name, peerName, goal, pages.count(), ours, peer));
  }

  /** What calling a user's library costs, beside the same pages without a stage. */
  private void addNativeCall() throws IOException {
    Path library = NativeLibrary.compile("call.c", "-O2");
    add(
        "native call",
        "no stage",
        NO_GOAL,
        method("native:lib=" + library, pages.now()),
        method("none", pages.now()));
  }

  /** The goals are for the peer without the machine's own instructions. */
  private void addDeltas(String options) throws IOException {
    NativeLibrary c = NativeLibrary.compiled("delta.c", options.split(" ", -1));
    String peer = "C, gcc " + options;
    boolean goals = options.equals("-O3");
    var xbzrle = new RunLengthDelta(RunLengthDelta.Form.XBZRLE, Kernels.differences());
    var remus = new RemusDelta(Kernels.differences());
    var fitdoc = new WordsDelta(Kernels.differences());
    addEncoder(c, peer, "XBZRLE encode", "xbzrle_encode_all", goals ? 0.60 : NO_GOAL, xbzrle);
    addEncoder(c, peer, "Remus encode", "remus_encode_all", goals ? 0.55 : NO_GOAL, remus);
    addEncoder(c, peer, "FITDOC encode", "fitdoc_encode_all", goals ? 0.65 : NO_GOAL, fitdoc);
    addDecoder(c, peer, goals ? 0.95 : NO_GOAL, xbzrle);
  }

  private void addXbzrleAvx2() throws IOException {
    addEncoder(
        NativeLibrary.compiled("delta.c", "-O3", "-mavx2"),
        "C with AVX2's masks",
        "XBZRLE encode",
        "xbzrle_avx2_encode_all",
        1.15,
        new RunLengthDelta(RunLengthDelta.Form.XBZRLE, Kernels.differences()));
  }

  private interface OfPage {
    /** Encodes the page at {@code at}; the size of its encoding. */
    int encode(int at) throws Throwable;
  }

  private Contest.Work eachPage(OfPage one) {
    return () -> {
      long sum = 0;
      for (int at = 0; at < pages.now().length; at += Page.BYTES) {
        sum += one.encode(at);
      }
      return sum;
    };
  }

  private Contest.Work encodeAll(PageDelta delta, byte[] earlier, byte[] later) {
    byte[] target = new byte[delta.reserveBytes()];
    return eachPage(at -> delta.encode(earlier, at, later, at, target, 0));
  }

  private static Contest.Work inTurn(Contest.Work first, Contest.Work second) {
    int[] turn = {0};
    return () -> (turn[0]++ & 1) == 0 ? first.run() : second.run();
  }

  private void addEncoder(
      NativeLibrary c, String peer, String name, String function, double goal, PageDelta delta) {
    MethodHandle handle = c.function(function, JAVA_LONG, ADDRESS, ADDRESS, JAVA_LONG, ADDRESS);
    add(
        name,
        peer,
        goal,
        encodeAll(delta, pages.old(), pages.now()),
        () -> (long) handle.invokeExact(old, now, count, out));
  }

  private void addDecoder(NativeLibrary c, String peer, double goal, RunLengthDelta xbzrle) {
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
    int encodings = hits;
    MethodHandle handle =
        c.function("xbzrle_decode_all", JAVA_LONG, ADDRESS, ADDRESS, JAVA_LONG, ADDRESS);
    MemorySegment in = MemorySegment.ofArray(encoded);
    MemorySegment sizes = MemorySegment.ofArray(lengths);
    MemorySegment restored = MemorySegment.ofArray(decoded);
    contests.add(
        new Contest(
            "XBZRLE decode",
            peer,
            goal,
            encodings,
            () -> {
              int at = 0;
              long wrong = 0;
              for (int i = 0; i < encodings; i++) {
                int result = xbzrle.decode(encoded, at, lengths[i], decoded, i * Page.BYTES);
                wrong += result < 0 ? -1 : 0;
                at += lengths[i];
              }
              return wrong;
            },
            () -> (long) handle.invokeExact(in, sizes, (long) encodings, restored)));
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
    add(
        "delta, all hits",
        "its encoder alone",
        1.15,
        withoutSum(method),
        withoutSum(inTurn(back, there)));
  }

  private void addSimilarity() throws IOException {
    NativeLibrary c = NativeLibrary.compiled("similarity.c", "-O3", "-l:libcrypto.so.3");
    MethodHandle handle =
        c.function("similarity_all", JAVA_LONG, ADDRESS, JAVA_LONG, JAVA_LONG, ADDRESS);
    MemorySegment digests = MemorySegment.ofArray(new byte[pages.now().length]);
    for (int chunk : new int[] {256, 1024, 4096}) {
      long chunks = pages.now().length / chunk;
      add(
          "similarity, " + chunk + " B chunks",
          "C with OpenSSL's MD5",
          chunk == 1024 ? 0.27 : 0.25,
          method("similarity:chunk=" + (chunk < 1024 ? chunk : chunk / 1024 + "KiB"), pages.now()),
          () -> (long) handle.invokeExact(now, chunks, (long) chunk, digests));
    }
  }

  private void addRabin() throws IOException {
    for (String chunk : List.of("256", "1KiB", "4KiB")) {
      add(
          "similarity, Rabin boundaries, " + chunk,
          "fixed boundaries, Java",
          NO_GOAL,
          withoutSum(method("similarity:boundaries=rabin,chunk=" + chunk, pages.now())),
          withoutSum(method("similarity:chunk=" + chunk, pages.now())));
    }
  }

  /** Work whose two sides give different bytes on purpose. */
  private static Contest.Work withoutSum(Contest.Work work) {
    return () -> Math.min(0, work.run());
  }

  private void addLz4() throws IOException {
    MethodHandle compress =
        NativeLibrary.system("liblz4.so.1")
            .function("LZ4_compress_default", JAVA_INT, ADDRESS, ADDRESS, JAVA_INT, JAVA_INT);
    int room = (int) out.byteSize();
    add(
        "lz4",
        "liblz4",
        1.10,
        method("lz4", pages.now()),
        eachPage(
            at ->
                Math.min(
                    (int) compress.invokeExact(now.asSlice(at, Page.BYTES), out, Page.BYTES, room),
                    Page.BYTES)));
  }

  private void addZstd() throws IOException {
    NativeLibrary zstd = NativeLibrary.compiled("zstd.c", "-O3", "-l:libzstd.so.1");
    MethodHandle alone =
        zstd.function("zstd_all", JAVA_LONG, ADDRESS, JAVA_LONG, JAVA_INT, ADDRESS);
    MethodHandle prefixed =
        zstd.function("zstd_prefix_all", JAVA_LONG, ADDRESS, ADDRESS, JAVA_LONG, JAVA_INT, ADDRESS);
    MethodHandle stream =
        zstd.function("zstd_stream", JAVA_LONG, ADDRESS, ADDRESS, JAVA_LONG, ADDRESS, JAVA_LONG);
    MemorySegment context = openStream(zstd);
    MemorySegment large = MemorySegment.ofArray(new byte[MIB]);
    for (int level : new int[] {1, 3}) {
      add(
          "zstd, level " + level,
          "libzstd",
          1.10,
          method("zstd:level=" + level, pages.now()),
          () -> (long) alone.invokeExact(now, count, level, out));
    }
    add(
        "prefix",
        "libzstd from C",
        1.05,
        method("prefix:level=3", pages.now(), pages.old()),
        inTurn(
            () -> (long) prefixed.invokeExact(old, now, count, 3, out),
            () -> (long) prefixed.invokeExact(now, old, count, 3, out)));
    add(
        "stream",
        "libzstd from C",
        1.05,
        method(
            "stream:level=3,window=" + (1 << (WINDOW_LOG - 20)) + "MiB", pages.old(), pages.now()),
        inTurn(
            () -> (long) stream.invokeExact(context, old, count, large, (long) MIB),
            () -> (long) stream.invokeExact(context, now, count, large, (long) MIB)));
  }

  private static MemorySegment openStream(NativeLibrary zstd) {
    MethodHandle open = zstd.function("zstd_stream_open", ADDRESS, JAVA_INT, JAVA_INT);
    try {
      return (MemorySegment) open.invokeExact(3, WINDOW_LOG);
    } catch (Throwable e) {
      throw new IllegalStateException("zstd_stream_open", e);
    }
  }

  /** The calls of the same library that the method makes, without the method. */
  private void addDirect() throws IOException {
    byte[] content = pages.now();
    byte[] target = new byte[2 * Page.BYTES];
    var deflater = new Deflater(6, true);
    addDirect(
        "gzip:level=6",
        "java.util.zip directly",
        at -> {
          deflater.reset();
          deflater.setInput(content, at, Page.BYTES);
          deflater.finish();
          return deflater.deflate(target);
        });
    LZ4Compressor lz4 = LZ4Factory.nativeInstance().fastCompressor();
    addDirect(
        "lz4",
        "lz4-java directly",
        at -> lz4.compress(content, at, Page.BYTES, target, 0, target.length));
    for (int level : new int[] {1, 3}) {
      var zstd = new ZstdCompressCtx();
      zstd.setLevel(level).setMagicless(true).setContentSize(false).setChecksum(false);
      addDirect(
          "zstd:level=" + level,
          "zstd-jni directly",
          at -> zstd.compressByteArray(target, 0, target.length, content, at, Page.BYTES));
    }
  }

  private void addDirect(String method, String library, OfPage direct) throws IOException {
    add(
        method.replace(":", ", ").replace("=", " "),
        library,
        1.05,
        withoutSum(method(method, pages.now())),
        withoutSum(eachPage(direct)));
  }

  /** Raw deflate at level 6: one z_stream, reset for each page. */
  private void addZlib() throws IOException {
    NativeLibrary zlib = NativeLibrary.compiled("deflate.c", "-O3", "-l:libz.so.1");
    MethodHandle compress =
        zlib.function("deflate_all", JAVA_LONG, ADDRESS, JAVA_LONG, JAVA_INT, ADDRESS);
    add(
        "gzip, level 6",
        "zlib",
        1.10,
        method("gzip:level=6", pages.now()),
        () -> (long) compress.invokeExact(now, count, 6, out));
    String libdeflate = "gzip:level=6,engine=libdeflate";
    if (Method.parse(libdeflate).binding().contains("libdeflate")) {
      add(
          "gzip through libdeflate, level 6",
          "zlib",
          0.65,
          withoutSum(method(libdeflate, pages.now())),
          withoutSum(() -> (long) compress.invokeExact(now, count, 6, out)));
    } else {
      System.err.println("left out: gzip through libdeflate: libdeflate.so.0 is not installed");
    }
  }
}
