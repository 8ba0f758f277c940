package emulha.codecs;

import emulha.memory.PageSize;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A stage at work on trial: what it writes waits in lanes of its own until it is taken, so that a
 * stage may try several and choose. Owned by one thread.
 */
public final class StageTrial {
  private static final double WEIGHT_OF_LAST = 1.0 / 16;

  private final StageEncoder encoder;
  private final EncoderContext own;
  private final List<LaneWriter> lanes;
  private final @Nullable CostClock clock;
  private final HandedOn handedOn = new HandedOn();
  private double cpuNanos;
  private long lastNanos;
  private boolean measured;

  /**
   * Makes the worker, and opens lanes like its own.
   *
   * @param candidate the stage on trial
   * @param measure whether CPU time is measured, where there is a clock
   */
  public StageTrial(Stage candidate, boolean measure, EncoderContext context) {
    own = context.apart();
    encoder = candidate.newEncoder(own, handedOn);
    lanes = context.openLanesLike(own);
    clock = measure ? context.clock() : null;
    lastNanos = (long) candidate.usualNanos() * context.pageSize().bytes() / PageSize.MIN_BYTES;
    cpuNanos = lastNanos;
  }

  /** The worker, whose owner closes it. */
  public StageEncoder encoder() {
    return encoder;
  }

  /** Encodes a block; the bytes that it would cost. */
  public long encode(Block block) throws IOException {
    own.counters().clear();
    handedOn.block = null;
    CostClock cpu = clock;
    if (cpu == null) {
      encoder.encode(block);
    } else {
      long start = cpu.nanos();
      encoder.encode(block);
      lastNanos = Math.max(0, cpu.nanos() - start);
      cpuNanos = measured ? cpuNanos + (lastNanos - cpuNanos) * WEIGHT_OF_LAST : lastNanos;
      measured = true;
    }
    Block rest = handedOn.block;
    return own.bufferedPayloadBytes() + (rest == null ? 0 : rest.length());
  }

  /** CPU time of a block, on average; without a clock as the stage declares it. */
  public double cpuNanos() {
    return cpuNanos;
  }

  /** CPU time of the last block; without a clock as the stage declares it. */
  public long lastNanos() {
    return lastNanos;
  }

  /** Makes what was encoded part of the checkpoint; the block handed on, if one was. */
  public @Nullable Block take(EncoderContext context) throws IOException {
    own.moveTo(context.control(), lanes);
    context.counters().add(own.counters());
    return handedOn.block;
  }

  /** Forgets what was encoded. */
  public void discard() {
    own.discard();
  }

  /** Stands behind a candidate and notes what it hands on. */
  private static final class HandedOn implements StageEncoder {
    private @Nullable Block block;

    @Override
    public void encode(Block block) {
      this.block = block;
    }

    @Override
    public void skip(Block page) {}
  }
}
