package emulha.emulharcv;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import emulha.codecs.Method;
import emulha.emulhacp.Sender;
import emulha.emulhacp.SenderOptions;
import emulha.emulharcv.stores.ImageDescription;
import emulha.emulharcv.stores.RedisServer;
import emulha.emulharcv.stores.StoreLocation;
import emulha.memory.DirtyPages;
import emulha.memory.PageSize;
import emulha.metrics.CheckpointRow;
import emulha.metrics.RunRow;
import emulha.runs.Base;
import emulha.runs.Link;
import emulha.runs.Pace;
import emulha.runs.Terms;
import emulha.runs.Warmup;
import emulha.traces.CheckpointHeader;
import emulha.traces.Clock;
import emulha.traces.Series;
import emulha.traces.SeriesCursor;
import emulha.traces.SeriesDescription;
import emulha.traces.SeriesInfo;
import emulha.wire.Message;
import emulha.wire.Security;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * VMs of 16 KiB, 64 KiB and 2 MiB pages, replicated into every store. Without this, an image could
 * hold the first 4096 bytes of each page, or each page at a fraction of its address.
 */
class PageSizesTest {
  private static final int CHECKPOINTS = 4;

  @TempDir Path directory = Path.of("");

  /** A VM that is written before it is read: its images after the base and each checkpoint. */
  private static final class Guest implements Series {
    private final String vm;
    private final PageSize pageSize;
    private final int frames;
    private final List<byte[]> images = new ArrayList<>();
    private final List<TreeSet<Integer>> written = new ArrayList<>();

    Guest(String vm, PageSize pageSize, int frames, long seed) {
      this.vm = vm;
      this.pageSize = pageSize;
      this.frames = frames;
      var random = new SplittableRandom(seed);
      int pageBytes = pageSize.bytes();
      byte[] image = new byte[frames * pageBytes];
      for (int pfn = 0; pfn < frames; pfn += 2) {
        for (int at = 0; at < pageBytes; at += 1 + random.nextInt(3000)) {
          image[pfn * pageBytes + at] = (byte) random.nextInt();
        }
      }
      images.add(image.clone());
      for (int n = 0; n < CHECKPOINTS; n++) {
        var pfns = new TreeSet<Integer>();
        for (int i = 0; i < frames / 2; i++) {
          int pfn = random.nextInt(frames);
          int from = pfn * pageBytes;
          pfns.add(pfn);
          switch (random.nextInt(4)) {
            case 0 -> Arrays.fill(image, from, from + pageBytes, (byte) 0);
            case 1 -> image[from + pageBytes - 1] ^= (byte) (1 + random.nextInt(255));
            case 2 -> {
              byte[] noise = new byte[pageBytes / 2];
              random.nextBytes(noise);
              System.arraycopy(noise, 0, image, from + pageBytes / 4, noise.length);
            }
            default -> image[from + random.nextInt(pageBytes)] = (byte) random.nextInt();
          }
        }
        written.add(pfns);
        images.add(image.clone());
      }
    }

    long dirtyPages() {
      return written.stream().mapToLong(TreeSet::size).sum();
    }

    @Override
    public SeriesInfo info() {
      return new SeriesInfo(
          vm + "-series",
          new SeriesDescription(
              vm,
              "made-up",
              10_000_000,
              new SeriesDescription.Memory(pageSize.bytesOf(frames), frames, pageSize),
              SeriesDescription.Origin.recorded("construction", Map.of()),
              Clock.HOST),
          CHECKPOINTS);
    }

    @Override
    public SeriesCursor open() {
      return new SeriesCursor() {
        private int base;
        private int next;

        @Override
        public boolean nextBase(int maxPages, DirtyPages into) {
          into.clear(pageSize);
          for (; base < frames && into.count() < maxPages; base++) {
            into.append(base, images.getFirst(), base * pageSize.bytes());
          }
          return into.count() > 0;
        }

        @Override
        public boolean nextCheckpoint(DirtyPages into) {
          into.clear(pageSize);
          if (next == CHECKPOINTS) {
            return false;
          }
          next++;
          for (int pfn : written.get(next - 1)) {
            into.append(pfn, images.get(next), pfn * pageSize.bytes());
          }
          return true;
        }

        @Override
        public CheckpointHeader last() {
          return new CheckpointHeader(next - 1, CheckpointHeader.UNKNOWN_GUEST_TIME, null);
        }

        @Override
        public void close() {}
      };
    }
  }

  private static SenderOptions options(
      RunningReceiver receiver, List<? extends Series> vms, String method, Base base)
      throws IOException {
    return new SenderOptions(
        "run",
        new SenderOptions.Peer(receiver.address(), RunningReceiver.TIMEOUT, Security.NONE, 0),
        List.copyOf(vms),
        new Terms(Method.parse(method), Pace.ASAP, base, true, Link.AS_IT_IS),
        1,
        Warmup.NONE,
        0);
  }

  @ParameterizedTest
  @CsvSource({
    "16384, ram, zero+delta, SEND",
    "65536, ram, none, SKIP",
    "65536, file, delta, SEND",
    "65536, criu, prefix, SKIP",
    "65536, criu-naive, none, SEND",
    "65536, redis, zero+delta+lz4, SEND",
    "65536, redis, none, SKIP",
    "2097152, ram, similarity+zstd:level=1, SKIP",
    "2097152, file, none, SKIP",
    "2097152, file, regions+zstd:level=1, SEND",
    "2097152, criu, delta:cache=unlimited, SKIP",
    "2097152, criu-naive, prefix, SEND",
    "2097152, redis, prefix:level=1, SKIP",
    "2097152, redis, remus:cache=unlimited, SEND",
  })
  void whatIsRecoveredIsTheImage(int pageBytes, String kind, String method, Base base)
      throws Exception {
    PageSize pageSize = PageSize.of(pageBytes);
    int frames = pageBytes > 1 << 20 ? 8 : 100;
    var vms =
        List.of(
            new Guest("left", pageSize, frames, 0x1ef7L),
            new Guest("right", pageSize, frames / 2, 0x21947L));
    try (RedisServer server = kind.equals("redis") ? new RedisServer(directory) : null) {
      StoreLocation location =
          StoreLocation.parse(
              switch (kind) {
                case "ram" -> "ram";
                case "redis" -> server == null ? "" : server.store();
                default -> kind + ":" + directory.resolve("store");
              });
      List<CheckpointRow> rows = new ArrayList<>();
      RunRow run;
      List<byte[]> images;
      try (var receiver = new RunningReceiver(true, location)) {
        run = Sender.run(options(receiver, vms, method, base), rows::add);
        assertNull(receiver.outcome());
        images = receiver.images.getLast();
      }
      assertTrue(run.proof().verified());
      assertEquals(pageBytes, run.setting().pageBytes());
      for (int vm = 0; vm < vms.size(); vm++) {
        assertArrayEquals(vms.get(vm).images.getLast(), images.get(vm), "image of VM " + vm);
      }
      checkRows(rows, vms, method);
      if (!kind.equals("ram")) {
        Path image = directory.resolve("image");
        location.recover(image, null, line -> {});
        for (int vm = 0; vm < vms.size(); vm++) {
          assertArrayEquals(
              vms.get(vm).images.getLast(),
              Files.readAllBytes(ImageDescription.fileOf(image, vm, vms.size())),
              "recovered image of VM " + vm);
        }
        othersPagesAreKeptOut(location, vms);
      }
    }
  }

  private static void checkRows(List<CheckpointRow> rows, List<Guest> vms, String method) {
    for (Guest vm : vms) {
      long pages = 0;
      long raw = 0;
      long payload = 0;
      for (CheckpointRow row : rows) {
        if (row.key().of().vm().equals(vm.vm) && !row.key().number().full()) {
          assertEquals(vm.pageSize.bytes(), row.key().setting().pageBytes());
          pages += row.traffic().dirtyPages();
          raw += row.traffic().rawBytes();
          payload += row.traffic().payloadBytes();
        }
      }
      assertEquals(vm.dirtyPages(), pages);
      assertEquals(vm.dirtyPages() * vm.pageSize.bytes(), raw);
      if (method.equals("none")) {
        assertEquals(raw, payload);
      }
    }
  }

  /** The same RAM in pages of another size is another VM: its records would be misread. */
  private static void othersPagesAreKeptOut(StoreLocation location, List<Guest> vms) {
    List<Message.Vm> small =
        vms.stream()
            .map(vm -> new Message.Vm(vm.vm, vm.pageSize.bytesOf(vm.frames) / 4096))
            .toList();
    var e = assertThrows(IOException.class, () -> location.open(small, line -> {}).close());
    assertTrue(String.valueOf(e.getMessage()).contains("holds the images of"), e::toString);
  }

  /** Without this, a receiver would begin a session that can only fail. */
  @Test
  void aReceiverRefusesAMethodThatNeedsSmallPages() throws Exception {
    var vm = new Guest("vm", new PageSize(65536), 20, 7);
    try (var receiver = new RunningReceiver(true)) {
      var refused =
          assertThrows(
              IllegalArgumentException.class,
              () -> Sender.run(options(receiver, List.of(vm), "xbzrle", Base.SKIP), row -> {}));
      assertTrue(
          String.valueOf(refused.getMessage()).startsWith("method 'xbzrle'"), refused::toString);
      receiver.stop();
    }
  }

  @Test
  void unlikeSizesAreRefused() throws Exception {
    var vms =
        List.of(new Guest("a", new PageSize(65536), 8, 7), new Guest("b", PageSize.SMALL, 8, 7));
    try (var receiver = new RunningReceiver(true)) {
      var refused =
          assertThrows(
              IllegalArgumentException.class,
              () -> Sender.run(options(receiver, vms, "none", Base.SKIP), row -> {}));
      assertEquals(
          "VMs protected together must have pages of one size: a-series has 64KiB, b-series has"
              + " 4KiB",
          refused.getMessage());
      receiver.stop();
    }
    assertThrows(
        IllegalArgumentException.class,
        () ->
            new Message.Hello(
                Message.VERSION,
                true,
                "none",
                List.of(new Message.Vm("a", 8, 65536), new Message.Vm("b", 8, 4096))));
    assertThrows(IllegalArgumentException.class, () -> new Message.Vm("a", 8, 12288));
  }
}
