package emulha.traces.exports;

import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import emulha.files.Pending;
import emulha.memory.DirtyPages;
import emulha.memory.FreeMap;
import emulha.traces.CheckpointHeader;
import emulha.traces.Clock;
import emulha.traces.Interval;
import emulha.traces.Progress;
import emulha.traces.Series;
import emulha.traces.SeriesCursor;
import emulha.traces.SeriesDescription;
import emulha.traces.SeriesInfo;
import emulha.traces.imports.FlatImport;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writes a series in the plain layout that {@link FlatImport} describes and reads: the import of
 * what was exported has the same {@linkplain emulha.traces.SeriesDigest digest}. CPU and device
 * state is left out, which the layout has no place for.
 */
public final class FlatExport {

  private static final JsonMapper JSON =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  private final Pending pending;
  private final Series series;
  private final SeriesInfo info;
  private int states;

  private FlatExport(Pending pending, Series series) {
    this.pending = pending;
    this.series = series;
    info = series.info();
  }

  /**
   * Exports a series.
   *
   * @param destination absent or an empty directory
   * @param progress told in checkpoints
   * @return number of checkpoints whose device state was left out
   * @throws IOException if the series has guest times that the layout cannot say: some known and
   *     some not, or going back
   */
  public static int write(Series series, Path destination, Progress progress) throws IOException {
    try (var pending = Pending.directory(destination)) {
      var export = new FlatExport(pending, series);
      export.write(progress);
      pending.commit();
      return export.states;
    }
  }

  private void write(Progress progress) throws IOException {
    boolean timed = info.checkpoints() > 0;
    var stats = new StringBuilder("ckpt,run_ms\n");
    try (SeriesCursor cursor = series.open()) {
      var pages = new DirtyPages(info.pageSize());
      base(cursor, pages);
      long before = 0;
      for (int n = 0; n < info.checkpoints(); n++) {
        cursor.requireCheckpoint(info.name(), pages);
        checkpoint(n, pages);
        CheckpointHeader header = cursor.last();
        states += header.state() == null ? 0 : 1;
        long time = header.guestTimeNs();
        boolean known = time != CheckpointHeader.UNKNOWN_GUEST_TIME;
        timed = n == 0 ? known : timed;
        if (known != timed || (known && time < before)) {
          throw new IOException(
              "%s: checkpoint %s: the plain layout has a run time for each checkpoint or for none; the series gives %s"
                  .formatted(
                      info.name(), n, known ? time + " ns after " + before : "none after others"));
        }
        if (known) {
          String ms = Interval.milliseconds(time - before).toPlainString();
          stats.append(n).append(',').append(ms).append('\n');
          before = time;
        }
        progress.step("checkpoints", n + 1L, info.checkpoints());
      }
    }
    if (timed) {
      write("stats.csv", stats.toString().getBytes(StandardCharsets.US_ASCII));
    }
    write("meta.json", meta());
  }

  private void base(SeriesCursor cursor, DirtyPages pages) throws IOException {
    FreeMap free = null;
    boolean full = info.description().baseFull();
    try (var channel =
            FileChannel.open(
                pending.path().resolve("base.raw"),
                StandardOpenOption.CREATE_NEW,
                StandardOpenOption.WRITE);
        OutputStream index =
            full ? OutputStream.nullOutputStream() : create(FlatImport.BASE_INDEX)) {
      SeriesImage.write(pending, channel, ByteBuffer.allocate(1), info.ramBytes() - 1);
      while (cursor.nextBase(info.stretchPages(), pages)) {
        free = pages.freeMap();
        index.write(pfns(pages));
        SeriesImage.writeBase(pending, channel, pages, 0);
      }
    }
    freeMap("base", free);
  }

  private void checkpoint(int n, DirtyPages pages) throws IOException {
    String name = String.format(Locale.ROOT, "ckpt-%06d", n);
    write(name + ".idx", pfns(pages));
    try (OutputStream out = create(name + ".pages")) {
      for (int i = 0; i < pages.count(); i++) {
        out.write(pages.slab(i), pages.offset(i), info.pageSize().bytes());
      }
    }
    freeMap(name, pages.freeMap());
  }

  private static byte[] pfns(DirtyPages pages) {
    ByteBuffer pfns =
        ByteBuffer.allocate(pages.count() * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < pages.count(); i++) {
      pfns.putLong(pages.pfn(i));
    }
    return pfns.array();
  }

  private void freeMap(String name, @Nullable FreeMap free) throws IOException {
    if (free != null) {
      write(name + ".free", free.bits());
    }
  }

  private OutputStream create(String name) throws IOException {
    return pending.create(pending.path().resolve(name));
  }

  private void write(String name, byte[] bytes) throws IOException {
    try (OutputStream out = create(name)) {
      out.write(bytes);
    }
  }

  private byte[] meta() throws IOException {
    SeriesDescription description = info.description();
    ObjectNode meta = JSON.createObjectNode();
    meta.put("vm", description.vm());
    meta.put("workload", description.workload());
    meta.put("interval_ns", description.intervalNs());
    meta.put("page_size", description.pageSize().bytes());
    meta.put("ram_bytes", description.memory().bytes());
    meta.put("checkpoints", info.checkpoints());
    meta.put("dirty_by", description.origin().dirtyBy());
    ObjectNode own = meta.putObject(FlatImport.OWN);
    own.put("origin", description.origin().synthetic() ? "synthetic" : "recording");
    if (!description.origin().calibration().isEmpty()) {
      ObjectNode calibration = own.putObject("calibration");
      description.origin().calibration().forEach(calibration::put);
    }
    Clock clock = description.clock();
    own.put("clock", clock.kind().word());
    if (clock.kind() == Clock.Kind.GUEST) {
      own.put("instructions_per_second", clock.instructionsPerSecond());
    }
    ObjectNode others = JSON.createObjectNode();
    for (Map.Entry<String, String> fact : description.environment().entrySet()) {
      boolean taken = FlatImport.FIELDS.contains(fact.getKey());
      (taken ? others : meta).put(fact.getKey(), fact.getValue());
    }
    if (!others.isEmpty()) {
      own.set("environment", others);
    }
    return JSON.writeValueAsBytes(meta);
  }
}
