package emulha.codecs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import emulha.codecs.pipeline.CheckpointDecoder;
import emulha.codecs.pipeline.CheckpointEncoder;
import emulha.codecs.pipeline.Workers;
import emulha.memory.DirtyPages;
import emulha.memory.FreeMap;
import emulha.memory.PageSize;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Both ends of a method, joined by memory: what sender and receiver do, without the network. */
public final class Replay implements AutoCloseable {
  /** A thread's buffers of each VM's decoded pages, which are copied before the next step. */
  private static final ThreadLocal<List<DirtyPages>> STAGING =
      ThreadLocal.withInitial(ArrayList::new);

  private final Method method;
  private final PageSize pageSize;
  private final byte[] canary;
  private final long[] ramPages;
  private final Supplier<CheckpointEncoder> newEncoder;
  private @Nullable CheckpointEncoder encoder;
  private final CheckpointDecoder decoder;
  private final List<Map<Long, byte[]>> images = new ArrayList<>();
  private final List<Map<Long, byte[]>> expected = new ArrayList<>();
  private EncodedCheckpoint encoded = new EncodedCheckpoint();

  /** The decoder of a VM of one page, with no earlier content, no record and no table. */
  public static CheckpointDecoder decoder(Method method) {
    return CheckpointDecoder.of(
        method, PageSize.SMALL, new long[] {1}, (vm, pfn, target, offset) -> {}, null, null);
  }

  public Replay(Method method, long[] ramPages) {
    this(method, PageSize.SMALL, ramPages);
  }

  Replay(Method method, PageSize pageSize, long[] ramPages) {
    this.method = method;
    this.pageSize = pageSize;
    canary = new byte[pageSize.bytes()];
    Arrays.fill(canary, (byte) 0xc5);
    this.ramPages = ramPages;
    for (int vm = 0; vm < ramPages.length; vm++) {
      images.add(new HashMap<>());
      expected.add(new HashMap<>());
    }
    newEncoder =
        () ->
            CheckpointEncoder.of(
                method,
                pageSize,
                ramPages,
                (lane, bytes, offset, length) -> {
                  assertTrue(length >= 1 && length <= FrameSink.MAX_BYTES, "frame of " + length);
                  encoded.append(lane, bytes, offset, length);
                },
                Workers.IN_TURN,
                null,
                null);
    decoder =
        CheckpointDecoder.of(
            method,
            pageSize,
            ramPages,
            (vm, pfn, target, offset) -> {
              byte[] page = images.get(vm).get(pfn);
              if (page == null) {
                Arrays.fill(target, offset, offset + pageSize.bytes(), (byte) 0);
              } else {
                System.arraycopy(page, 0, target, offset, pageSize.bytes());
              }
            },
            null,
            null);
  }

  public CheckpointEncoder encoder() {
    CheckpointEncoder existing = encoder;
    if (existing == null) {
      existing = newEncoder.get();
      encoder = existing;
    }
    return existing;
  }

  CheckpointDecoder decoder() {
    return decoder;
  }

  /** Encodes one step; the result is the caller's. */
  public EncodedCheckpoint encode(Sequence.Step step) throws IOException {
    encoded = new EncodedCheckpoint();
    encoder().begin(step.kind());
    for (int vm = 0; vm < ramPages.length; vm++) {
      encoder().encode(vm, step.vms().get(vm));
    }
    encoder().end();
    return encoded;
  }

  /** Decodes one step, compares every page, and stores them in the images. */
  public void decode(Sequence.Step step, EncodedCheckpoint encoded) throws IOException {
    boolean priming = step.kind() == CheckpointKind.PRIMING;
    List<DirtyPages> staged = new ArrayList<>();
    if (priming) {
      for (int vm = 0; vm < ramPages.length; vm++) {
        store(images.get(vm), step.vms().get(vm));
        store(expected.get(vm), step.vms().get(vm));
      }
    }
    decoder.begin(step.kind(), encoded);
    for (int vm = 0; vm < ramPages.length; vm++) {
      DirtyPages pages = step.vms().get(vm);
      if (priming) {
        decoder.decode(vm, pages);
      } else {
        DirtyPages staging = staging(vm, pages.count() + 2);
        decoder.decode(vm, staging);
        staged.add(staging);
      }
    }
    decoder.end();
    for (int vm = 0; !priming && vm < ramPages.length; vm++) {
      DirtyPages pages = received(step.vms().get(vm));
      comparePages(pages, staged.get(vm));
      store(images.get(vm), staged.get(vm));
      store(expected.get(vm), pages);
      requireCanaries(staged.get(vm), pages.count() + 2);
    }
  }

  /** Decodes what may be damaged; only the space behind the last page is checked. */
  void decodeAnything(Sequence.Step step, EncodedCheckpoint encoded) throws IOException {
    decoder.begin(step.kind(), encoded);
    for (int vm = 0; vm < ramPages.length; vm++) {
      int most = Math.toIntExact(ramPages[vm]) + 2;
      DirtyPages staging = staging(vm, most);
      try {
        decoder.decode(vm, staging);
      } finally {
        requireCanaries(staging, most);
      }
    }
    decoder.end();
  }

  /** Compares the images with all that was written. */
  public void compareImages() {
    for (int vm = 0; vm < ramPages.length; vm++) {
      assertEquals(expected.get(vm).keySet(), images.get(vm).keySet());
      for (var page : expected.get(vm).entrySet()) {
        assertEquals(
            -1,
            Arrays.mismatch(page.getValue(), images.get(vm).get(page.getKey())),
            "vm " + vm + " pfn " + page.getKey());
      }
    }
  }

  /** What the receiver shall hold of these pages. */
  private DirtyPages received(DirtyPages pages) {
    FreeMap free = pages.freeMap();
    if (!method.excludesFreePages() || free == null) {
      return pages;
    }
    var received = new DirtyPages(pageSize);
    for (int i = 0; i < pages.count(); i++) {
      if (free.isFree(pages.pfn(i))) {
        received.append(pages.pfn(i), new byte[pageSize.bytes()], 0);
      } else {
        received.append(pages.pfn(i), pages.slab(i), pages.offset(i));
      }
    }
    return received;
  }

  private void comparePages(DirtyPages sent, DirtyPages decoded) {
    assertEquals(sent.count(), decoded.count(), "pages");
    for (int i = 0; i < sent.count(); i++) {
      assertEquals(sent.pfn(i), decoded.pfn(i), "pfn of page " + i);
      int from = sent.offset(i);
      int to = decoded.offset(i);
      assertEquals(
          -1,
          Arrays.mismatch(
              sent.slab(i),
              from,
              from + pageSize.bytes(),
              decoded.slab(i),
              to,
              to + pageSize.bytes()),
          "first wrong byte of page " + i + ", pfn " + sent.pfn(i));
    }
  }

  private DirtyPages staging(int vm, int pages) {
    List<DirtyPages> buffers = STAGING.get();
    if (vm == buffers.size()) {
      buffers.add(new DirtyPages());
    }
    DirtyPages staging = buffers.get(vm);
    staging.clear(pageSize);
    for (int i = 0; i < pages; i++) {
      staging.append(i, canary, 0);
    }
    staging.clear();
    return staging;
  }

  private void requireCanaries(DirtyPages staging, int pages) {
    while (staging.count() < pages) {
      int i = staging.append(Long.MAX_VALUE - pages + staging.count());
      int at = staging.offset(i);
      assertEquals(
          -1,
          Arrays.mismatch(staging.slab(i), at, at + canary.length, canary, 0, canary.length),
          "byte written behind the last page");
    }
  }

  private void store(Map<Long, byte[]> image, DirtyPages pages) {
    for (int i = 0; i < pages.count(); i++) {
      int at = pages.offset(i);
      image.put(pages.pfn(i), Arrays.copyOfRange(pages.slab(i), at, at + pageSize.bytes()));
    }
  }

  @Override
  public void close() {
    if (encoder != null) {
      encoder.close();
    }
    decoder.close();
  }
}
